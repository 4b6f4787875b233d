/** The handlers besides that of the folder, checked at the start; loaded only where needed. */

import { LocalFileError } from "../../engine/errors.ts";
import type { LogRecord } from "../../server/log_record.ts";
import type { OriginPlace } from "../../origin/origin_files.ts";
import { type Compose, composeBy, type HandlerSettings } from "../../server/worker_handlers.ts";
import type { ServeSettings } from "../args/command.ts";
import type { LogOutput } from "./log_output.ts";
import type { UploadHook } from "./on_upload.ts";
import { UsageError } from "../args/usage_error.ts";

/** The handlers, and the program that runs after an upload. */
export interface ServeHandlers {
  /** For the threads of a server with workers. */
  readonly settings?: HandlerSettings | undefined;
  /** For a server in this thread. */
  readonly compose?: Compose | undefined;
  readonly hook?: UploadHook | undefined;
}

/**
 * Prepares all of it. Throws a `UsageError` for invalid values, and a `LocalFileError` for a hosts
 * file or a template with a mistake.
 */
export async function prepareHandlers(
  settings: ServeSettings,
  { log, origin }: { log: LogOutput; origin: OriginPlace | undefined },
): Promise<ServeHandlers> {
  const { templates, checksums, hosts } = settings;
  const write = (record: LogRecord) => log.write(record);
  await checkTemplates(settings, write);
  const around = {
    templates,
    checksums,
    ...(hosts === undefined ? {} : { hosts }),
    ...(origin ? { origin } : {}),
  };
  const compose = await composed(around, write);
  const hook = await uploadHook(settings, write);
  return { settings: compose ? around : undefined, compose, hook };
}

async function checkTemplates(
  { templates, root, policy, hosts, io }: ServeSettings,
  write: (record: LogRecord) => void,
): Promise<void> {
  if (templates.length === 0 || root === undefined) return;
  const { checkTemplates } = await import("../../made/check_templates.ts");
  try {
    const places = checkTemplates(root, templates, policy.ignoreCase ?? false);
    if (places.has("mac") && io !== "native") write({ kind: "notice", message: NO_ARP });
    if (places.has("hostname") && hosts === undefined) {
      throw new UsageError(
        "a template needs {hostname}: name a file that has it with --hosts FILE",
      );
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`--template: ${error.message}`);
  }
}

/** The notice where Deno does not show the ARP table. */
const NO_ARP = "the ARP table can only be read with native sockets (--io native): {mac} is " +
  "known only from --hosts";

async function composed(
  settings: HandlerSettings,
  write: (record: LogRecord) => void,
): Promise<Compose | undefined> {
  try {
    return await composeBy(settings, write);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new LocalFileError(error.message, settings.hosts ?? "", 0, error);
  }
}

async function uploadHook(
  { onUpload, root, policy }: ServeSettings,
  log: (record: LogRecord) => void,
): Promise<UploadHook | undefined> {
  if (onUpload === undefined || root === undefined) return undefined;
  const { UploadHook } = await import("./on_upload.ts");
  return new UploadHook({ root, policy, command: onUpload, log });
}
