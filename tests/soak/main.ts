/**
 * A soak: mixed requests, half of them abandoned or hostile, against a server of its own
 * process. Afterwards it must hold no more than after the first part.
 *
 *     deno task soak                  100,000 requests
 *     deno task soak --requests=10000
 */

// deno-lint-ignore-file no-console
import { ack, data, error, RawClient, rrq, wrq } from "../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../helpers/files/temp_folder.ts";
import { SoakedServer } from "./soaked_server.ts";

/** Requests before the first look. */
const WARM_UP = 5000;

/** Requests between two looks in passing. */
const STRETCH = 10_000;

/** Clients at once. */
const CLIENTS = 24;

/** How much more may be held at the end than at the first look. */
const TOLERANCE = 1.1;

/** One client's request: whole, missed, abandoned or hostile. */
async function ask(kind: number, port: number, name: string): Promise<void> {
  await using client = new RawClient();
  switch (kind % 8) {
    case 0:
      await client.fetch(rrq("small"), port);
      break;
    case 1:
      await client.fetch(rrq("large", { blksize: 1428 }), port);
      break;
    case 2: {
      await client.send(wrq(name), port);
      const { from } = await client.next();
      await client.send(data(1, "upload"), from);
      await client.next();
      await client.send(error(0, "no need to repeat your ACK"), from);
      break;
    }
    case 3:
      await client.send(rrq("missing"), port);
      await client.next();
      break;
    case 4:
      // Abandoned, some at once and some after a block.
      await client.send(kind % 4 === 0 ? wrq(name) : rrq("large", { windowsize: 8 }), port);
      if (kind % 3 === 0) await client.send(ack(0), (await client.next()).from);
      break;
    case 5:
      await client.send(
        ["\0\x09junk", "\0\x01a", "\0\x05\0\0", "\0\x01../x\0octet\0"][kind % 4]!,
        port,
      );
      break;
    case 6:
      await replace(client, port, name);
      break;
    default: {
      // Shows that it is there, and goes silent.
      await client.send(rrq("large", { blksize: 1000, windowsize: 16 }), port);
      await client.send(ack(0), (await client.next()).from);
    }
  }
}

/** Replaces its own transfer, and ends the first one twice while that is still told what comes. */
async function replace(client: RawClient, port: number, name: string): Promise<void> {
  await client.send(wrq(`${name}-replaced`), port);
  const { from } = await client.next();
  await client.send(rrq("missing"), port);
  await client.next();
  for (let times = 0; times < 2; times++) await client.send(Uint8Array.of(0, 5, 0, 0, 0), from);
}

async function soak(server: SoakedServer, from: number, to: number): Promise<void> {
  let next = from;
  let busy = 0;
  await Promise.all(Array.from({ length: CLIENTS }, async (_, lane) => {
    while (next < to) {
      try {
        await ask(next++, server.port, `upload${lane}`);
      } catch {
        // Told to come again: abandoned requests fill the table, as they are meant to.
        busy++;
      }
    }
  }));
  console.log(`${to} requests, ${busy} of them not served`);
}

if (import.meta.main) {
  const told = Deno.args.find((arg) => arg.startsWith("--requests="));
  const requests = Math.max(2 * WARM_UP, Number(told?.split("=")[1] ?? 100_000));
  using folder = new TempFolder();
  folder.write("small", "small");
  folder.write("large", pattern(20_000));
  const server = await SoakedServer.start(folder.path);
  const begun = performance.now();
  await soak(server, 0, WARM_UP);
  const early = await server.atRest();
  console.log(JSON.stringify(early));
  for (let from = WARM_UP; from < requests; from += STRETCH) {
    await soak(server, from, Math.min(from + STRETCH, requests));
    console.log(JSON.stringify(await server.held()));
  }
  const late = await server.atRest();
  console.log(JSON.stringify(late));
  await server.stop();
  const grown = Object.entries(late).filter(([key, now]) => now > (early[key] ?? 0) * TOLERANCE);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(grown.length === 0 ? `flat after ${seconds} s` : `grown: ${grown.join("; ")}`);
  Deno.exit(grown.length === 0 ? 0 : 1);
}
