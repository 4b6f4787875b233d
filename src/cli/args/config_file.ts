/**
 * The configuration file of `serve`: its keys are the long names of the flags, so both are
 * described by the table of flags. Pure.
 */

import { type Flag, FLAGS } from "./flag_table.ts";
import { nearest } from "../../files/suggest.ts";
import { parseJsonc } from "./jsonc.ts";
import { UsageError } from "./usage_error.ts";

/** Flags for a single run, which make no sense in a file. */
const NOT_IN_A_FILE = ["config", "print-config", "map-test", "map-client", "help", "version"];

const ROWS = (FLAGS as readonly Flag[]).filter((row) =>
  row.commands.includes("serve") && !NOT_IN_A_FILE.includes(row.name)
);

/** Flags with their values as text, as on a command line. Throws {@linkcode UsageError}. */
export function parseConfig(text: string, path: string): Map<string, readonly string[]> {
  const words = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(objectIn(text, path))) {
    const row = ROWS.find(({ name }) => name === key);
    if (!row) throw unknownKey(key, path);
    const texts = textsOf(row, value);
    if (!texts) throw new UsageError(`${path}: "${key}" needs ${needed(row)}`);
    if (texts.length > 0) words.set(key, texts);
  }
  return words;
}

/** The effective configuration as the text of such a file, defaults included. */
export function formatConfig(words: ReadonlyMap<string, readonly string[]>): string {
  const object: Record<string, unknown> = {};
  for (const row of ROWS) {
    const texts = words.get(row.name) ?? (row.default === undefined ? undefined : [row.default]);
    if (!texts) continue;
    const values = texts.map((text) =>
      row.takes.kind === "switch" ? text === "true" : takesNumber(row) ? Number(text) : text
    );
    object[row.name] = row.repeatable ? values : values.at(-1);
  }
  return JSON.stringify(object, null, 2);
}

function objectIn(text: string, path: string): object {
  let value: unknown;
  try {
    value = parseJsonc(text);
  } catch (error) {
    throw new UsageError(`${path}, ${(error as Error).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`${path}: a configuration is one JSON object, such as { "port": 69 }`);
}

function unknownKey(key: string, path: string): UsageError {
  const close = nearest(key, ROWS.map((row) => row.name));
  const hint = close === undefined ? "" : `; did you mean "${close}"?`;
  return new UsageError(`${path}: unknown key "${key}"${hint}`);
}

function textsOf(row: Flag, value: unknown): string[] | undefined {
  if (row.takes.kind === "switch") {
    return typeof value === "boolean" ? (value ? ["true"] : []) : undefined;
  }
  if (Array.isArray(value) && row.repeatable) {
    const texts = value.map((one) => textOf(row, one));
    return texts.includes(undefined) ? undefined : texts as string[];
  }
  const text = textOf(row, value);
  return text === undefined ? undefined : [text];
}

function textOf(row: Flag, value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== "string" || value === "") return undefined;
  return takesNumber(row) && !Number.isFinite(Number(value)) ? undefined : value;
}

function needed(row: Flag): string {
  if (row.takes.kind === "switch") return "true or false";
  const one = takesNumber(row) ? "a number" : "a text";
  return row.repeatable ? `${one}, or a list of them` : one;
}

function takesNumber({ takes }: Flag): boolean {
  return takes.kind === "integer" || takes.kind === "seconds";
}
