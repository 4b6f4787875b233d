/**
 * Rewrites requested names by a map file in the format of tftp-hpa, so a map file for in.tftpd
 * works here too. Rules work on bytes: in a name, one character stands for one byte. Pure.
 */

import { decodeText, encodeText, ErrorCode, TftpError } from "../protocol/mod.ts";
import { Effort, EffortError, type Match } from "./ere_match.ts";
import {
  appliesTo,
  fillIn,
  type MapRequest,
  type MapRule,
  matchRule,
  nextFrom,
  parseRule,
} from "./map_rule.ts";

/** Rules tried for one name: stops a file whose rules go round in a circle. */
const MAX_STEPS = 1024;

/** The longest name that rules may produce, in bytes. */
const MAX_NAME_BYTES = 4096;

/**
 * Steps of the matcher for one name, in all its rules: a few milliseconds. A name of 255 characters
 * takes some 30 to 6000 for a rule, most of them where the rule matches and has several groups.
 */
const MAX_LOOKS = 50_000;

/** And as many more for each rule, so that long map files work too. */
const LOOKS_PER_RULE = 1000;

/**
 * The rules of a map file, parsed as tftp-hpa's in.tftpd does.
 *
 * ```ts
 * import { MapFile } from "@tftp/tftp";
 *
 * const map = new MapFile("r ^bootx64 efi/bootx64", "the map of a test");
 * const name = map.rewrite("bootx64.efi", { direction: "get", client: "192.0.2.7" });
 * if (name !== "efi/bootx64.efi") throw new Error(name);
 * ```
 */
export class MapFile {
  /** The text it was parsed from. */
  readonly source: { readonly text: string; readonly path: string };
  readonly #rules: readonly MapRule[];

  /** Parses the text of a file. Throws `SyntaxError` that names the file and the line. */
  constructor(text: string, path: string) {
    this.source = { text, path };
    this.#rules = text.split("\n").flatMap((line, index) => {
      try {
        return parseRule(toBytes(line.replace(/\r$/, "")), index + 1) ?? [];
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new SyntaxError(`${path}, line ${index + 1}: ${error.message}`);
      }
    });
  }

  /** Number of rules. */
  get size(): number {
    return this.#rules.length;
  }

  /** The rewritten name. Throws a local {@linkcode TftpError} where a rule refuses it. */
  rewrite(filename: string, request: MapRequest): string {
    let name = toBytes(filename);
    let steps = MAX_STEPS;
    const effort = new Effort(MAX_LOOKS + LOOKS_PER_RULE * this.#rules.length);
    for (let at = 0; at < this.#rules.length; at++) {
      const rule = this.#rules[at]!;
      if (!appliesTo(rule, request)) continue;
      let matched = false;
      let from = 0;
      for (;;) {
        if (--steps < 0 || name.length > MAX_NAME_BYTES) throw endless(rule);
        const match = matchWithin(rule, name, { from, effort });
        if (!match) break;
        matched = true;
        const made = fillIn(rule, { match, name, client: request.client });
        const [start, end] = match[0] ?? [0, name.length];
        const rewritten = name.slice(0, start) + made + name.slice(end);
        if (rule.operations.has("a")) throw refusal(rule.replacement === "" ? "" : rewritten);
        if (!rule.operations.has("r")) break;
        name = rewritten;
        from = nextFrom(rule, start);
        if (!rule.operations.has("g")) break;
      }
      if (!matched) continue;
      if (rule.operations.has("e")) break;
      if (rule.operations.has("s")) at = -1;
    }
    return fromBytes(name);
  }
}

/** Throws a local {@linkcode TftpError} when the effort is used up. */
function matchWithin(
  rule: MapRule,
  name: string,
  limits: { from: number; effort: Effort },
): Match | undefined {
  try {
    return matchRule(rule, name, limits);
  } catch (error) {
    throw error instanceof EffortError ? endless(rule) : error;
  }
}

/** With `a`, the replacement is the message for the client. */
function refusal(message: string): TftpError {
  const words = message === "" ? undefined : fromBytes(message);
  return new TftpError("local", ErrorCode.AccessViolation, words);
}

function endless({ line }: MapRule): TftpError {
  const error = new TftpError("local", ErrorCode.AccessViolation);
  error.cause = new Error(
    `the rules of the map file took more than ${MAX_STEPS} steps or too many comparisons, ` +
      `line ${line}`,
  );
  return error;
}

function toBytes(text: string): string {
  return Array.from(encodeText(text), (byte) => String.fromCharCode(byte)).join("");
}

function fromBytes(bytes: string): string {
  return decodeText(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}
