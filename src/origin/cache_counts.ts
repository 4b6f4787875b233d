/**
 * How much is in the folder of a cache, in a small file there. Each process changes it together
 * with the folder, while it holds the folder's lock. So nobody has to look at all files to know it.
 */

import { join } from "../files/path_parts.ts";

const NAME = "counts";

/** The length of the file: it is written in one call, so that a killed process leaves no half. */
export const COUNTS_BYTES = 100;

const FORM = /^tftp cache counts 1: (\d{1,15}) (\d{1,15}) (\d{1,15}) (\d{1,15}) *\n$/;

export interface Counts {
  /** Bytes of the complete files. */
  readonly copies: number;
  /** Bytes reserved for files that grow. */
  readonly growing: number;
  readonly files: number;
  /** When the files were last looked at, in milliseconds. */
  readonly listedMs: number;
}

/** What the file says; undefined where there is none, or something else. */
export function readCounts(folder: string): Counts | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(join(folder, NAME));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const numbers = FORM.exec(text)?.slice(1).map(Number);
  if (!numbers) return undefined;
  const [copies, growing, files, listedMs] = numbers as [number, number, number, number];
  return { copies, growing, files, listedMs };
}

export function writeCounts(folder: string, { copies, growing, files, listedMs }: Counts): void {
  const numbers = [copies, growing, files, listedMs].map((number) => Math.max(0, number));
  const text = `tftp cache counts 1: ${numbers.join(" ")}`.padEnd(COUNTS_BYTES - 1) + "\n";
  const options = { write: true, create: true, mode: 0o600 };
  using file = Deno.openSync(join(folder, NAME), options);
  file.writeSync(new TextEncoder().encode(text));
}
