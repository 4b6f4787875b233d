/** The operands and flags of `doctor`. */

import { parseTftpUri } from "../../protocol/mod.ts";
import type { Presets } from "./build.ts";
import type { DoctorCommand } from "./command.ts";
import { FlagValues } from "./flags.ts";
import { toServe } from "./parse_serve.ts";
import { toLocalEnd, toNetworkSettings } from "./parse_settings.ts";
import { checkFilename, parseTarget } from "./target.ts";
import { UsageError } from "./usage_error.ts";

type Words = ReadonlyMap<string, readonly string[]>;

/** The doctor's own flags, besides those of `serve`. */
const OWN = ["serve", "json"];

/** @throws {UsageError} for invalid arguments, or contradicting ones. */
export function toDoctor(
  operands: readonly string[],
  words: Words,
  presets: Presets = {},
): DoctorCommand {
  const json = words.has("json");
  if (words.has("serve")) {
    const given = new Map([...words].filter(([name]) => !OWN.includes(name)));
    const serve = toServe(operands, given, presets);
    if (serve.task !== "serve") {
      throw new UsageError("--print-config and --map-test cannot be combined with doctor --serve");
    }
    return { kind: "doctor", json, target: { kind: "machine", serve } };
  }
  const values = new FlagValues(words, "doctor");
  const { host, port: named, file } = serverIn(operands);
  const port = values.number("port") ?? 69;
  if (named !== undefined && values.given("port") && named !== port) {
    throw new UsageError(`two ports given: ${named} and -p ${port}`);
  }
  if (values.on("ipv4") && values.on("ipv6")) {
    throw new UsageError("--ipv4 and --ipv6 cannot be combined");
  }
  const upload = values.text("upload");
  return {
    kind: "doctor",
    json,
    target: {
      kind: "server",
      ...{ host, port: named ?? port },
      file: file === undefined ? undefined : checkFilename(file),
      upload: upload === undefined ? undefined : checkFilename(upload),
      thorough: values.on("thorough"),
      settings: { ...toLocalEnd(values), ...toNetworkSettings(values) },
    },
  };
}

/** `HOST[:PORT] [FILE]`, or both in a tftp:// address. */
function serverIn(operands: readonly string[]): { host: string; port?: number; file?: string } {
  const [first, second, extra] = operands;
  if (first === undefined) {
    throw new UsageError("no HOST given: tftp doctor HOST[:PORT] [FILE], or tftp doctor --serve");
  }
  if (/^tftp:\/\//i.test(first)) {
    if (second !== undefined) throw new UsageError(`"${second}" is one word too many`);
    const { host, port, filename } = parseTftpUri(first);
    return {
      host,
      ...(port === undefined ? {} : { port }),
      ...(filename === "" ? {} : { file: filename }),
    };
  }
  if (extra !== undefined) {
    throw new UsageError(`one FILE is enough, "${extra}" is one word too many`);
  }
  return { ...parseTarget(first), ...(second === undefined ? {} : { file: second }) };
}
