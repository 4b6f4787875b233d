/** The flags of an origin. */

import type { OriginFlags } from "./command.ts";
import type { FlagName } from "./flag_table.ts";
import type { FlagValues } from "./flags.ts";
import { UsageError } from "./usage_error.ts";

/** Whether an operand is an origin, and not a folder. */
export function isOrigin(operand: string): boolean {
  return /^(https?|s3):\/\//i.test(operand);
}

/** Flags that need another flag. */
const BELONGS_TO: Partial<Record<FlagName, FlagName>> = {
  "origin-first": "origin",
  "origin-redirect": "origin",
  "origin-ca": "origin",
  "cache": "origin",
  "cache-stale": "cache",
  "s3-endpoint": "origin",
  "s3-credentials": "origin",
};

/** What works only with files in a folder. */
const NEEDS_FOLDER: readonly FlagName[] = [
  "root-per-client",
  "ignore-case",
  "upload-mode",
  "upload-quota",
  "template",
  "on-upload",
];

/** @throws {UsageError} for flags that contradict each other. */
export function toOriginFlags(values: FlagValues): OriginFlags | undefined {
  for (const [flag, owner] of Object.entries(BELONGS_TO)) {
    const isOff = [undefined, "false"].includes(values.text(flag as FlagName));
    if (!isOff && values.text(owner) === undefined) {
      throw new UsageError(`--${flag} needs --${owner}`);
    }
  }
  const url = values.text("origin");
  if (url === undefined) return undefined;
  const hasFolder = values.text("dir") !== undefined;
  if (!hasFolder) refuseWithoutFolder(values);
  else if (values.on("origin-first") && values.text("on-upload") !== undefined) {
    throw new UsageError("--origin-first and --on-upload cannot be combined: no file comes here");
  }
  const folder = values.text("cache");
  return {
    url,
    first: values.on("origin-first") || !hasFolder,
    redirects: values.texts("origin-redirect").map(toHost),
    limitMs: (values.number("origin-timeout") ?? 0) * 1000,
    caFile: values.text("origin-ca"),
    s3: /^s3:/i.test(url)
      ? {
        endpoint: values.text("s3-endpoint"),
        region: values.text("s3-region")!,
        credentials: values.text("s3-credentials"),
      }
      : undefined,
    cache: folder === undefined ? undefined : {
      folder,
      maxBytes: values.number("cache-size")!,
      stale: values.on("cache-stale"),
    },
  };
}

function refuseWithoutFolder(values: FlagValues): void {
  const flag = NEEDS_FOLDER.find((flag) => ![undefined, "false"].includes(values.text(flag)));
  if (flag !== undefined) throw new UsageError(`--${flag} needs a folder beside the origin`);
  if (values.text("uploads") !== "version") return;
  throw new UsageError("--uploads version needs a folder: an origin keeps no old files");
}

function toHost(text: string): string {
  if (/^[\w.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i.test(text)) return text;
  throw new UsageError(`--origin-redirect needs a host such as cdn.example, not "${text}"`);
}
