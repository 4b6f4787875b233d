/** SIGHUP: reopens the log and reloads configuration and map, while transfers go on. */

import type { ServerOfWorkers } from "../../server/workers.ts";
import type { ServeCommand, ServeSettings } from "../args/command.ts";
import type { LogOutput } from "./log_output.ts";
import type { UploadHook } from "./on_upload.ts";
import { completed, fixedDifferences, policyOf, tryUploadFolder } from "./serve_config.ts";

/** On Windows, SIGHUP only ends a program. */
const CAN_RELOAD = Deno.build.os !== "windows";

/** What uses the configuration, beside the server. */
export interface Reloaded {
  readonly log: LogOutput;
  readonly hook: UploadHook | undefined;
}

/** `command` is as configured, so that it can be compared with what is configured later. */
export class Reload {
  /** How long transfers may take to end, by the latest configuration. */
  drainMs: number;
  readonly #command: ServeCommand;
  readonly #server: ServerOfWorkers;
  readonly #log: LogOutput;
  readonly #hook: UploadHook | undefined;
  readonly #begun: ServeSettings;
  /** One after the other: a second signal may come while the log is being reopened. */
  #running: Promise<void> = Promise.resolve();
  readonly #listener = () => {
    this.#running = this.#running.then(() => this.#run());
  };

  constructor(command: ServeCommand, server: ServerOfWorkers, { log, hook }: Reloaded) {
    this.#command = command;
    this.#server = server;
    this.#log = log;
    this.#hook = hook;
    this.#begun = command.settings;
    this.drainMs = command.settings.drainMs;
    if (CAN_RELOAD) Deno.addSignalListener("SIGHUP", this.#listener);
  }

  /** Stops listening for the signal. */
  close(): void {
    if (CAN_RELOAD) Deno.removeSignalListener("SIGHUP", this.#listener);
  }

  async #run(): Promise<void> {
    try {
      const { settings } = completed(this.#command);
      // All that can fail comes first: a configuration must not be applied in part.
      const policy = policyOf(settings);
      this.#refuseWriting(settings);
      tryUploadFolder(this.#server.root, policy);
      await this.#log.reopen(settings.log);
      await this.#server.reconfigure(policy);
      this.#hook?.reconfigure(policy);
      this.drainMs = settings.drainMs;
      this.#note(settings);
    } catch (error) {
      const [reason] = (error as Error).message.split("\n");
      const message = `nothing changed: ${reason}`;
      this.#log.write({ kind: "error", message });
    }
  }

  /** The permission to write was given up at the start. */
  #refuseWriting({ policy }: ServeSettings): void {
    if (policy.uploads === "off" || this.#begun.policy.uploads !== "off") return;
    throw new Error("uploads can't be switched on at run time: restart the server");
  }

  #note(settings: ServeSettings): void {
    const later = fixedDifferences(this.#begun, settings);
    const rest = later.length === 0 ? "" : `; ${later.join(", ")} will change at the next restart`;
    this.#log.write({ kind: "notice", message: `configuration and map reloaded${rest}` });
  }
}
