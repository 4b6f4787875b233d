/**
 * Parses JSON with comments and trailing commas, with `@std/jsonc`. Added here: the line of an
 * error, and that a duplicate key is an error, because one of the values would be lost silently.
 * Pure.
 */

import { parse } from "@std/jsonc";

/** Parses such a text. Throws `SyntaxError` with the line of the error. */
export function parseJsonc(text: string): unknown {
  const plain = text.replace(/^\ufeff/, " ");
  let value: unknown;
  try {
    value = parse(plain);
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    const at = position === undefined ? plain.length : Number(position);
    throw faultAt(plain, at, message.replace(/ in JSONC at position.*$/s, ""));
  }
  refuseDoubledKeys(plain);
  return value;
}

/** Finds duplicate keys in a valid text. */
function refuseDoubledKeys(text: string): void {
  const objects: Set<string>[] = [];
  let last = "";
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") objects.push(new Set());
    else if (token === "}" || token === "]") objects.pop();
    else if (token.startsWith('"')) last = token;
    else if (token === ":") {
      const keys = objects.at(-1)!;
      const key: string = JSON.parse(last);
      if (keys.has(key)) throw faultAt(text, index, `${last} is here twice`);
      keys.add(key);
    }
  }
}

/** Strings and comments, in which brackets do not count, and brackets and colons. */
const TOKENS = /"(?:\\.|[^"\\])*"|\/\/[^\r\n]*|\/\*[^]*?\*\/|[{}[\]:]/g;

function faultAt(text: string, position: number, what: string): SyntaxError {
  const line = text.slice(0, position).split("\n").length;
  return new SyntaxError(`line ${line}: ${what}`);
}
