/** The mixed requests of a soak: whole ones, misses, and as many that are abandoned or hostile. */

import { ack, data, error, RawClient, rrq, wrq } from "../helpers/net/raw_client.ts";
import type { Address } from "../../src/protocol/mod.ts";
import { pattern, type TempFolder } from "../helpers/files/temp_folder.ts";

/** Clients at once. */
const CLIENTS = 24;

/** The files that the requests ask for. */
export function fillSoakedFolder(folder: TempFolder): void {
  folder.write("small", "small");
  folder.write("large", pattern(20_000));
}

/**
 * Each client has an address of its own: the server still repeats for those that were abandoned,
 * and would take a request from a port of theirs for one of their repeats.
 */
function clientAddress(request: number): string {
  return `127.${1 + (request >> 16)}.${request >> 8 & 0xff}.${request & 0xff}`;
}

/** Sends requests `from` to `to`; returns how many of them were not served. */
export async function soak(port: number, from: number, to: number): Promise<number> {
  let next = from;
  let notServed = 0;
  await Promise.all(Array.from({ length: CLIENTS }, async (_, lane) => {
    while (next < to) {
      try {
        await ask(next++, { hostname: "127.0.0.1", port }, `upload${lane}`);
      } catch {
        // The table is full of abandoned requests, as it is meant to be.
        notServed++;
      }
    }
  }));
  return notServed;
}

/** One client's request: whole, missed, abandoned or hostile. */
async function ask(kind: number, server: Address, name: string): Promise<void> {
  await using client = new RawClient(clientAddress(kind));
  switch (kind % 8) {
    case 0:
      await client.fetch(rrq("small"), server);
      break;
    case 1:
      await client.fetch(rrq("large", { blksize: 1428 }), server);
      break;
    case 2: {
      await client.send(wrq(name), server);
      const { from } = await client.next();
      await client.send(data(1, "upload"), from);
      await client.next();
      await client.send(error(0, "no need to repeat your ACK"), from);
      break;
    }
    case 3:
      await client.send(rrq("missing"), server);
      await client.next();
      break;
    case 4:
      // Abandoned, some at once and some after a block.
      await client.send(kind % 4 === 0 ? wrq(name) : rrq("large", { windowsize: 8 }), server);
      if (kind % 3 === 0) await client.send(ack(0), (await client.next()).from);
      break;
    case 5:
      await client.send(
        ["\0\x09junk", "\0\x01a", "\0\x05\0\0", "\0\x01../x\0octet\0"][kind % 4]!,
        server,
      );
      break;
    case 6:
      await replace(client, server, name);
      break;
    default: {
      // Shows that it is there, and goes silent.
      await client.send(rrq("large", { blksize: 1000, windowsize: 16 }), server);
      await client.send(ack(0), (await client.next()).from);
    }
  }
}

/** Replaces its own transfer, and ends the first one twice while that is still told what comes. */
async function replace(client: RawClient, server: Address, name: string): Promise<void> {
  await client.send(wrq(`${name}-replaced`), server);
  const { from } = await client.next();
  await client.send(rrq("missing"), server);
  await client.next();
  for (let times = 0; times < 2; times++) await client.send(Uint8Array.of(0, 5, 0, 0, 0), from);
}
