/** What `serve` prints: its addresses, an example command, what it waits for, and its end. */

import { join } from "@std/path";
import type { Server } from "../../server/server.ts";
import type { ServerOfWorkers } from "../../server/workers.ts";
import type { ServeCommand, ServeSettings } from "../args/command.ts";
import { hostPort } from "../text/format.ts";
import type { LogOutput } from "./log_output.ts";
import { likelyFile, type Start, tryLine } from "../text/try_line.ts";

/** How many names of the folder are read to find an example. */
const MAX_LOOKED_AT = 1000;

/** The addresses of the server and, unless a journal reads this, a command with a real file. */
export async function announce(
  server: ServerOfWorkers,
  { command, log, origin }: {
    command: ServeCommand;
    log: LogOutput;
    /** The prefix of the origin, without secrets. */
    origin: string | undefined;
  },
): Promise<void> {
  const { settings } = command;
  const policy = {
    off: "read only",
    new: "uploads of new files",
    overwrite: "uploads may replace files",
    version: "uploads, old versions are kept",
  }[settings.policy.uploads];
  const { root } = settings;
  const places = placesOf(settings, origin).join(", then ");
  const sockets = settings.io === "native" ? ", native sockets" : "";
  tell(
    settings,
    log,
    server.addresses.map(({ hostname, port }) =>
      `serving ${places} on ${hostPort(hostname, port)} (${policy}${sockets})`
    ),
  );
  if (settings.log.format === "json" || log.isInJournal) return;
  const where = reachable(server.addresses, settings);
  const file = (root === undefined ? undefined : await fileToTry(root)) ?? "FILE";
  log.say([
    `tftp: try in another terminal: ${tryLine(startOf(command), { server: where, file })}`,
    "tftp: Ctrl-C stops the server",
  ]);
}

/** Where the files come from, in order. */
function placesOf({ root, origin }: ServeSettings, shown: string | undefined): string[] {
  const places = [root, shown].filter((place) => place !== undefined);
  return origin?.first ? places.reverse() : places;
}

/** Prints lines, and adds them to a log that is JSON or goes to a file. */
export function tell({ log }: ServeSettings, output: LogOutput, lines: readonly string[]): void {
  if (log.format === "json" || log.file !== undefined) {
    for (const message of lines) output.write({ kind: "notice", message });
  }
  if (log.format !== "json" || log.file !== undefined) {
    output.say(lines.map((line) => `tftp: ${line}`));
  }
}

/** An address of the server for a client on this machine, IPv4 if possible. */
function reachable(addresses: Server["addresses"], { ipv6Only }: ServeSettings): string {
  const easy = addresses.map(({ hostname, port }) => {
    if (hostname === "::" && ipv6Only) return hostPort("::1", port);
    const isWildcard = hostname === "0.0.0.0" || hostname === "::";
    return hostPort(isWildcard ? "127.0.0.1" : hostname, port);
  });
  return easy.find((address) => !address.startsWith("[")) ?? easy[0] ?? "HOST";
}

/** A file of the folder that is not empty. */
async function fileToTry(root: string): Promise<string | undefined> {
  const names: string[] = [];
  let looked = 0;
  try {
    for await (const entry of Deno.readDir(root)) {
      if (entry.isFile) names.push(entry.name);
      if (++looked === MAX_LOOKED_AT) break;
    }
    const file = likelyFile(names);
    if (file !== undefined && (await Deno.stat(join(root, file))).size > 0) return file;
  } catch {
    // A folder that can't be listed can still be served.
  }
  return undefined;
}

function startOf({ presets }: ServeCommand): Start {
  const root = new URL("../../../", import.meta.url).href;
  const adapters = `${root}offline/`;
  const { standalone, os } = Deno.build;
  return {
    ...{ os, standalone, root, serverOnly: standalone && Object.keys(presets).length > 0 },
    ...{ execPath: Deno.execPath(), denoVersion: Deno.version.deno, cwd: Deno.cwd() },
    mainModule: Deno.mainModule,
    importMap: !standalone && isMappedTo(adapters) ? `${adapters}import_map.json` : undefined,
  };
}

/** Whether the packages are replaced by what is in this folder. */
function isMappedTo(folder: string): boolean {
  try {
    return import.meta.resolve("@std/path").startsWith(folder);
  } catch {
    // A bundle outside of the project has its packages inside.
    return false;
  }
}

/** What the server waits for before it ends, if anything. */
export function waitingLines(server: Server | ServerOfWorkers, drainMs: number): string[] {
  // Workers count their own transfers.
  const count = "status" in server ? server.status.transfers : undefined;
  if (count === 0) return [];
  const running = count === 1 ? "1 transfer" : `${count ?? "the running"} transfers`;
  const most = `${drainMs / 1000} s`;
  return [`waiting up to ${most} for ${running} to end; a second signal ends them at once`];
}
