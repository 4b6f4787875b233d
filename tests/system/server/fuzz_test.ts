/** The server under random and mutated datagrams: it never fails, and goes on serving. */

import { assert, assertEquals } from "@std/assert";
import { encodePacket } from "../../../src/protocol/mod.ts";
import { Prng } from "../../helpers/sim/prng.ts";
import { ack, data, error, oack, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { descriptorsAsBefore, openDescriptors } from "../../helpers/files/descriptors.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { until } from "../../helpers/sim/within.ts";

const DATAGRAMS = 5000;
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;

/** Well-formed packets, to be spoilt. */
const SEEDS: readonly Uint8Array[] = [
  rrq("file"),
  rrq("file", { blksize: 1428, windowsize: 32, tsize: 0, timeout: 1 }),
  rrq("folder/../file", { mode: "netascii" }),
  wrq("upload", { tsize: 100, blksize: 8 }),
  wrq("../upload"),
  ack(0),
  data(1, pattern(100)),
  error(3, "no room"),
  oack({ blksize: 1428, tsize: 0 }),
].map(encodePacket);

/** One datagram: random bytes, or a packet with bytes changed, cut, doubled or inserted. */
function spoilt(random: Prng): Uint8Array {
  if (random.chance(0.15)) return random.bytes(random.int(0, random.chance(0.05) ? 60_000 : 600));
  let bytes = Array.from(random.pick(SEEDS));
  for (let changes = random.int(0, 4); changes > 0; changes--) {
    const at = random.int(0, bytes.length);
    switch (random.int(0, 4)) {
      case 0:
        bytes[at] = random.int(0, 255);
        break;
      case 1:
        bytes = bytes.slice(0, at);
        break;
      case 2:
        bytes.splice(at, 0, ...random.bytes(random.int(1, 8)));
        break;
      case 3:
        bytes.splice(at, 0, ...bytes.slice(0, at));
        break;
      case 4:
        bytes.splice(at, random.int(0, 6));
        break;
    }
  }
  return Uint8Array.from(bytes.slice(0, 60_000), (byte) => byte ?? 0);
}

/** Runs a body with random numbers; should it fail, the first words are how to repeat it. */
async function withSeed(body: (random: Prng) => Promise<void>): Promise<void> {
  const seed = Number(Deno.env.get("TFTP_FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 32));
  try {
    await body(new Prng(seed));
  } catch (error) {
    const message = `TFTP_FUZZ_SEED=${seed} repeats this: ${(error as Error).message}`;
    throw new Error(message, { cause: error });
  }
}

/** Another client's file arrives whole. */
async function assertServes({ port }: ServedFolder): Promise<void> {
  await using client = new RawClient();
  assertEquals(await client.fetch(rrq("file"), port), pattern(2000));
}

Deno.test("serve() survives thousands of random and mutated datagrams", () =>
  withSeed(async (random) => {
    const served = new ServedFolder({ uploads: "new" });
    served.folder.write("file", pattern(2000));
    const before = Deno.memoryUsage().rss;
    for (let sent = 0; sent < DATAGRAMS;) {
      // Many clients, so that the datagrams don't all belong to the transfer of one.
      await using fuzzer = new RawClient();
      for (let burst = random.int(1, 50); burst > 0; burst--, sent++) {
        await fuzzer.send(spoilt(random), served.port);
      }
      // The door takes datagrams in order: an answer means that it has taken the others.
      await using client = new RawClient();
      const { packet } = await client.insist(rrq("missing"), served.port);
      assertEquals(packet, { opcode: 5, code: 1, message: "File not found" });
    }
    await assertServes(served);
    const growth = Deno.memoryUsage().rss - before;
    assert(growth < MAX_GROWTH_BYTES, `${growth} bytes of memory more than before`);
    await served.server.shutdown();
    assertEquals(served.server.status.transfers, 0);
    assertEquals(served.errors, []);
    assertEquals(served.folder.names(), ["file"]);
    served.folder[Symbol.dispose]();
  }));

/** A file too large to be kept in memory, so that each transfer opens it. */
function writeLarge({ folder }: ServedFolder): void {
  folder.write("file", "");
  Deno.truncateSync(folder.at("file"), 5 * 2 ** 20);
}

/** Two requests from one socket, and spoilt datagrams to whatever port has answered. */
async function attack(random: Prng, served: ServedFolder, round: number): Promise<void> {
  await using client = new RawClient();
  const request = () => random.chance(0.5) ? rrq("file") : wrq(`upload${round}`);
  const from: Deno.NetAddr[] = [];
  const spoil = async () => {
    const at = random.chance(0.2) ? served.port : random.pick(from);
    await client.send(spoilt(random), at);
  };
  await client.send(request(), served.port);
  from.push((await client.next()).from);
  for (let i = random.int(0, 10); i > 0; i--) await spoil();
  if (random.chance(0.7)) {
    await client.send(random.chance(0.5) ? rrq("missing") : request(), served.port);
    for (let i = random.int(0, 10); i > 0; i--) await spoil();
  }
  // Some vanish without a word.
  if (random.chance(0.5)) await client.send(error(0, "enough"), from[0]!);
}

Deno.test({
  name: "serve() holds nothing more after random datagrams to the ports of transfers",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withSeed(async (random) => {
      await using served = new ServedFolder({ uploads: "overwrite", idleTimeoutMs: 300 });
      writeLarge(served);
      const before = openDescriptors();
      const idle = served.server.status;
      for (let round = 0; round < 200; round++) await attack(random, served, round);
      await until(() => served.server.status.transfers === 0, "the end of all transfers");
      // What was replaced is told for a second what comes late, and holds its file until then.
      await descriptorsAsBefore(before);
      const { transfers, clients, sockets } = served.server.status;
      assertEquals({ transfers, clients, sockets, remembered: 0 }, { ...idle, remembered: 0 });
      assertEquals(served.errors, []);
      assertEquals(served.folder.names().filter((name) => name.startsWith(".")), []);
    }),
});

Deno.test("serve() survives random datagrams to the port of a transfer", () =>
  withSeed(async (random) => {
    await using served = new ServedFolder({ uploads: "new" });
    served.folder.write("file", pattern(2000));
    for (let round = 0; round < 100; round++) {
      await using client = new RawClient();
      const request = random.chance(0.5) ? rrq("file") : wrq(`upload${round}`);
      await client.send(request, served.port);
      const { from } = await client.next();
      for (let i = 0; i < 20; i++) await client.send(spoilt(random), from);
      await client.send(error(0, "enough"), from);
      await served.nextTransfer();
    }
    await assertServes(served);
    assertEquals(served.errors, []);
    assertEquals(served.folder.names().filter((name) => name.startsWith(".")), []);
  }));
