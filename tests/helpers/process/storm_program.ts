/**
 * Many clients, each with an address of its own, that fetch one file at once, and begin again as
 * boot ROMs do when they hear no more. Prints a line when some are done, and then what became of
 * all. Its arguments are the server's address, the file's name and SHA-256, and how many clients.
 */

import { get, HashingSink } from "../../../src/mod.ts";

/** How often a client starts before it counts as failed. */
const MAX_ATTEMPTS = 6;

/** The results of the clients. */
export interface StormResult {
  /** Clients that have the file. */
  whole: number;
  /** Those of them that started more than once. */
  again: number;
  /** Clients that gave up. */
  told: number;
  /** Clients that got something else for the file. */
  corrupt: number;
  /** Why clients started again. */
  reasons: string[];
}

const NOWHERE = { write: () => {}, commit: () => {}, abandon: () => {} };

async function storm([host, name, expected, count]: string[]): Promise<StormResult> {
  const result: StormResult = { whole: 0, again: 0, told: 0, corrupt: 0, reasons: [] };
  const clients = Array.from({ length: Number(count) }, async (_, index) => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const sink = new HashingSink(NOWHERE);
      try {
        await get(name!, sink, {
          ...{ host: host!, from: `10.1.0.${2 + index}`, blksize: 512, windowsize: 2 },
          ...{ timeoutMs: 400, retries: 3 },
        });
      } catch (error) {
        result.reasons.push((error as Error).message);
        continue;
      }
      if (sink.hex !== expected) result.corrupt++;
      result.whole++;
      if (attempt > 1) result.again++;
      // deno-lint-ignore no-console
      if (result.whole === Math.ceil(Number(count) / 10)) console.log("moving");
      return;
    }
    result.told++;
  });
  await Promise.all(clients);
  result.reasons = [...new Set(result.reasons)];
  return result;
}

// deno-lint-ignore no-console
if (import.meta.main) console.log(JSON.stringify(await storm(Deno.args)));
