/** Tries one row of the matrix: moves files of every size and compares each by its hash. */

import { join } from "@std/path";
import type { Job } from "./clients.ts";
import type { Row } from "./matrix.ts";
import { fromNetascii, hash, hashFile, payloadName, type Size, toNetascii } from "./payloads.ts";

const ARRIVES_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 10;

/** Who takes part in a row and where their files are. */
export interface Setup {
  row: Row;
  sizes: readonly Size[];
  host: string;
  port: number;
  /** The folder that is served; it holds every payload. */
  served: string;
  /** The client's folder; it holds every payload once more, with `UPLOAD_PREFIX` in front. */
  local: string;
  move(job: Job): Promise<string>;
  /** See PeerClient. */
  rawNetascii: boolean;
  /** False for a server that may acknowledge the last block before the file is whole on disk. */
  wholeWhenAcknowledged: boolean;
}

/** What came of a row: the labels of the sizes that did not arrive equal, and all complaints. */
export interface Outcome {
  unequal: string[];
  complaints: string;
}

/** What uploaded files are called, so that they are never taken for those already served. */
export const UPLOAD_PREFIX = "up-";

/** Moves one file of each size and says which did not arrive as they should. */
export async function attempt(setup: Setup): Promise<Outcome> {
  const { row, host, port, sizes } = setup;
  const files = sizes.map((size) => {
    const name = payloadName(row.mode, size);
    const remote = row.direction === "get" ? name : UPLOAD_PREFIX + name;
    return { size, remote, local: join(setup.local, remote) };
  });
  const arrived = (remote: string) =>
    join(row.direction === "get" ? setup.local : setup.served, remote);
  for (const file of files) await removeIfThere(arrived(file.remote));
  const complaints = await setup.move({ row, host, port, files });
  const unequal: string[] = [];
  for (const file of files) {
    const payload = await Deno.readFile(join(setup.served, payloadName(row.mode, file.size)));
    const expected = expectedBytes(payload, setup);
    if (row.direction === "put" && complaints === "" && !setup.wholeWhenAcknowledged) {
      await untilLong(arrived(file.remote), expected.length);
    }
    const equal = await hashOf(arrived(file.remote)) === await hash(expected);
    if (!equal) unequal.push(file.size.label);
    await removeIfThere(arrived(file.remote));
  }
  return { unequal, complaints };
}

function expectedBytes(
  payload: Uint8Array<ArrayBuffer>,
  setup: Setup,
): Uint8Array<ArrayBuffer> {
  const { row, rawNetascii } = setup;
  if (row.mode === "octet" || !rawNetascii) return payload;
  return row.direction === "get" ? toNetascii(payload) : fromNetascii(payload);
}

/** Waits for a file to reach a length, or for the patience to end: the hash decides either way. */
async function untilLong(path: string, length: number): Promise<void> {
  const giveUpAt = performance.now() + ARRIVES_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    const found = await Deno.stat(path).catch(() => undefined);
    if (found !== undefined && found.size >= length) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function hashOf(path: string): Promise<string> {
  try {
    return await hashFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no such file";
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
