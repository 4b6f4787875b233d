/**
 * `parse` of `@std/jsonc`, for machines that cannot reach JSR: JSON with comments, and with a comma
 * behind the last value of a list or an object. Of a key that stands there twice the last one
 * counts. `tests/repo/offline_test.ts` holds the cases.
 *
 * @module
 */

/** What JSON can say. */
export type JsonValue =
  | { [key: string]: JsonValue | undefined }
  | JsonValue[]
  | string
  | number
  | boolean
  | null;

interface Token {
  readonly text: string;
  readonly position: number;
}

/** Blanks and comments; a string; a bracket, comma or colon; a number or a word. */
const PARTS = new RegExp(
  [
    String.raw`(?:[ \t\r\n]|//[^\r\n]*|/\*[^]*?\*/)+`,
    String.raw`("(?:\\[^]|[^"\\])*"?)`,
    String.raw`([[\]{}:,])`,
    String.raw`(/\*|[^[\]{}:, \t\r\n/]+|/)`,
  ].join("|"),
  "y",
);

/**
 * Reads a text.
 *
 * @throws {SyntaxError} For what is not JSON with comments; the message ends in the position.
 */
export function parse(text: string): JsonValue {
  const tokens = tokensOf(text);
  let at = 0;
  const value = readValue(next());
  const rest = tokens[at];
  if (rest !== undefined) throw unexpected(rest);
  return value;

  function next(): Token {
    const token = tokens[at++];
    if (token === undefined) throw new SyntaxError("Unexpected end of JSONC input");
    return token;
  }

  function readValue(token: Token): JsonValue {
    if (token.text === "{") return readObject();
    if (token.text === "[") return readList();
    return readPlain(token);
  }

  function readObject(): JsonValue {
    const entries: [string, JsonValue][] = [];
    for (let token = next(); token.text !== "}"; token = next()) {
      if (!token.text.startsWith('"')) throw unexpected(token);
      const key = readPlain(token) as string;
      const colon = next();
      if (colon.text !== ":") throw unexpected(colon);
      entries.push([key, readValue(next())]);
      if (endsWith("}")) break;
    }
    return Object.fromEntries(entries);
  }

  function readList(): JsonValue {
    const values: JsonValue[] = [];
    for (let token = next(); token.text !== "]"; token = next()) {
      values.push(readValue(token));
      if (endsWith("]")) break;
    }
    return values;
  }

  /** Behind a value: the end, or a comma. */
  function endsWith(end: string): boolean {
    const token = next();
    if (token.text !== end && token.text !== ",") throw unexpected(token);
    return token.text === end;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  PARTS.lastIndex = 0;
  while (PARTS.lastIndex < text.length) {
    const position = PARTS.lastIndex;
    const [, string, mark, word] = PARTS.exec(text) ?? [];
    // A comment that has no end.
    if (word === "/*") throw new SyntaxError("Unexpected end of JSONC input");
    const found = string ?? mark ?? word;
    if (found !== undefined) tokens.push({ text: found, position });
  }
  return tokens;
}

/** A string, a number, or one of three words. */
function readPlain(token: Token): JsonValue {
  try {
    return JSON.parse(token.text);
  } catch {
    throw unexpected(token);
  }
}

function unexpected({ text, position }: Token): SyntaxError {
  const shown = text.length > 30 ? `${text.slice(0, 30)}...` : text;
  return new SyntaxError(`Unexpected token ${shown} in JSONC at position ${position}`);
}
