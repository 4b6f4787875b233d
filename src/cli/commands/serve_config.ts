/**
 * The files that configure a server: the configuration and the map, read at the start and on
 * SIGHUP.
 */

import { MapFile } from "../../server/map_file.ts";
import type { ServePolicy } from "../../server/policy.ts";
import type { ServeCommand, ServeSettings } from "../args/command.ts";
import { parseConfig } from "../args/config_file.ts";
import type { FlagName } from "../args/flag_table.ts";
import { mergedWords, withConfig } from "../args/parse_serve.ts";
import { UsageError } from "../args/usage_error.ts";
import { localFileError } from "../../files/file_error.ts";
import { uploadFolder } from "../../files/upload_folder.ts";
import { tryUploads } from "../../files/upload_trial.ts";

/** The command with the values of its configuration file, if there is one. */
export function completed(command: ServeCommand): ServeCommand {
  if (command.config === undefined) return command;
  const words = parseConfig(readText(command.config), command.config);
  try {
    return withConfig(command, words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${command.config}: ${error.message}`);
  }
}

/** The effective values of the command line and the file together. */
export function effectiveWords(command: ServeCommand): ReturnType<typeof mergedWords> {
  const { config } = command;
  return mergedWords(
    command,
    config === undefined ? new Map() : parseConfig(readText(config), config),
  );
}

/**
 * The policy with its map. Throws `UsageError` for an invalid rule, `LocalFileError` for a missing
 * file.
 */
export function policyOf({ policy, map }: ServeSettings): Partial<ServePolicy> {
  return map === undefined ? policy : { ...policy, map: readMap(map) };
}

/**
 * Tests whether there is the folder for uploads and, if they are on, whether it takes some. `root`
 * is empty where no folder is served: then uploads go to an origin. Throws `LocalFileError`.
 */
export function tryUploadFolder(root: string, { uploads, uploadDir }: Partial<ServePolicy>): void {
  if (root === "") return;
  // In the threads of a running server it would be too late for this error.
  const folder = uploadFolder(root, uploadDir);
  if (uploads === undefined || uploads === "off") return;
  tryUploads(folder, { inPlace: uploads === "overwrite" });
}

export function readMap(path: string): MapFile {
  try {
    return new MapFile(readText(path), path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(error.message);
  }
}

/** The settings that a reload changes. */
type Reloaded = "policy" | "map" | "log" | "drainMs";

/** The flags of all others. */
const FIXED: Readonly<Record<Exclude<keyof ServeSettings, Reloaded>, FlagName>> = {
  root: "dir",
  origin: "origin",
  port: "port",
  addresses: "address",
  ipv6Only: "ipv6",
  singlePort: "single-port",
  portRange: "port-range",
  io: "io",
  interfaceName: "interface",
  workers: "workers",
  user: "user",
  templates: "template",
  hosts: "hosts",
  checksums: "checksums",
  onUpload: "on-upload",
  http: "http",
  trace: "trace",
  pcap: "pcap",
  faults: "fault",
};

/** Settings that differ and can't be changed while a server runs. */
export function fixedDifferences(old: ServeSettings, now: ServeSettings): string[] {
  return Object.entries(FIXED)
    .filter(([key]) => textOf(old, key) !== textOf(now, key))
    .map(([, flag]) => `"${flag}"`);
}

function textOf(settings: ServeSettings, key: string): string | undefined {
  return JSON.stringify(settings[key as keyof typeof FIXED]);
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw localFileError("read", path, error);
  }
}
