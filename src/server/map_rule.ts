/**
 * One rule of a map file: `OPERATION REGEX [REPLACEMENT]`, as tftp-hpa's in.tftpd reads it. Pure.
 */

import { type AddressBytes, parseAddress } from "./cidr.ts";
import { type Expression, lower, parseEre, upper } from "./ere.ts";
import { type Effort, findMatch, type Match } from "./ere_match.ts";

/**
 * What rules depend on besides the name.
 *
 * ```ts
 * import { type MapRequest, MapFile } from "@tftp/tftp";
 *
 * const map = new MapFile("rG ^boot$ boot/ipxe.efi", "the map of a test");
 * const fetching: MapRequest = { direction: "get", client: "192.0.2.7" };
 * const sending: MapRequest = { direction: "put", client: "192.0.2.7" };
 * const names = [map.rewrite("boot", fetching), map.rewrite("boot", sending)];
 * if (names.join() !== "boot/ipxe.efi,boot") throw new Error(names.join());
 * ```
 */
export interface MapRequest {
  /** Whether the client downloads or uploads. */
  readonly direction: "get" | "put";
  /** The client's address, without its port. */
  readonly client: string;
}

/** A rule; the letters are those of the file. */
export interface MapRule {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly operations: ReadonlySet<string>;
  readonly expression: Expression;
  readonly replacement: string;
}

const OPERATIONS = "rgiesaGP46~";

/**
 * Parses a line, in which one character stands for one byte; undefined for a line without a rule.
 * Throws `SyntaxError` that says what is wrong with it.
 */
export function parseRule(text: string, line: number): MapRule | undefined {
  const [operations, afterOperations] = readWord(text, 0);
  if (operations === "") return undefined;
  for (const letter of operations) {
    if (OPERATIONS.includes(letter)) continue;
    throw new SyntaxError(`"${letter}" is not an operation; they are ${[...OPERATIONS].join(" ")}`);
  }
  const letters = new Set(operations);
  if (letters.has("r") && letters.has("~")) {
    throw new SyntaxError(
      '"r" and "~" cannot be combined: without a match there is nothing to replace',
    );
  }
  const [regex, afterRegex] = readWord(text, afterOperations);
  if (regex === "") throw new SyntaxError("the regular expression is missing");
  const [replacement] = readWord(text, afterRegex);
  const expression = parseEre(regex, { ignoreCase: letters.has("i") });
  return { line, operations: letters, expression, replacement };
}

/** A word that ends at white space or `#`; after a backslash, these are part of it. */
function readWord(text: string, from: number): [word: string, end: number] {
  let start = from;
  while (/\s/.test(text[start] ?? "")) start++;
  let end = start;
  while (end < text.length && !/[\s#]/.test(text[end]!)) end += text[end] === "\\" ? 2 : 1;
  end = Math.min(end, text.length);
  return [text.slice(start, end), end];
}

/** Whether the rule applies to such a request. */
export function appliesTo({ operations }: MapRule, request: MapRequest): boolean {
  if (operations.has("G") && request.direction !== "get") return false;
  if (operations.has("P") && request.direction !== "put") return false;
  const isIpv4 = parseAddress(request.client)?.length === 4;
  return !(operations.has("4") && !isIpv4) && !(operations.has("6") && isIpv4);
}

/**
 * Where the rule matches, at `from` or later. A rule with `~` matches, at no position, where its
 * regex does not.
 */
export function matchRule(
  { operations, expression }: MapRule,
  name: string,
  limits: { from: number; effort: Effort },
): Match | undefined {
  const match = findMatch(expression, name, limits);
  if (!operations.has("~")) return match;
  return match ? undefined : [];
}

/**
 * Where the first match of the rule can be after a replacement at `start`. Matches further to the
 * left would read only what was there before, and there was none then.
 */
export function nextFrom({ expression: { extent } }: MapRule, start: number): number {
  return Math.max(0, start + 1 - Math.max(1, extent));
}

/** The replacement, with its escapes filled in. */
export function fillIn(rule: MapRule, { match, name, client }: {
  match: Match;
  name: string;
  client: string;
}): string {
  let made = "";
  let change = (text: string) => text;
  const letters = rule.replacement;
  for (let at = 0; at < letters.length; at++) {
    if (letters[at] !== "\\" || at + 1 === letters.length) {
      made += change(letters[at]!);
      continue;
    }
    const escape = letters[++at]!;
    if (/\d/.test(escape)) {
      const span = match[Number(escape)];
      if (span) made += change(name.slice(...span));
    } else if (escape === "U") change = upper;
    else if (escape === "L") change = lower;
    else if (escape === "E") change = (text) => text;
    else if (escape === "i") made += change(client);
    else if (escape === "x") made += change(hexadecimal(parseAddress(client) ?? []));
    else made += change(escape);
  }
  return made;
}

/** `C00002A9` for 192.0.2.169. */
function hexadecimal(bytes: AddressBytes): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}
