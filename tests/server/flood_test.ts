/**
 * Floods, in virtual time. Beside each of them clients that mean it ask for a file, one after the
 * other; every one must get it whole at its first try.
 */

import { assert, assertEquals } from "@std/assert";
import { type Address, Opcode, type Packet, type RequestPacket } from "../../src/protocol/mod.ts";
import type { Handler } from "../../src/engine/handler.ts";
import { MemoryServer } from "../helpers/sim/memory_server.ts";
import { pattern } from "../helpers/files/temp_folder.ts";

/** More than one block, and less than two. */
const FILES = { file: pattern(900), large: pattern(200_000) };

/** What a datagram takes to a client and back. */
const ROUND_TRIP_MS = 20;

const CLIENTS = 20;

function rrq(filename: string, blksize?: number): RequestPacket {
  const options = blksize === undefined ? [] : [{ name: "blksize", value: String(blksize) }];
  return { opcode: Opcode.RRQ, filename, mode: "octet", options };
}

function ack(block: number): Packet {
  return { opcode: Opcode.ACK, block };
}

/** Fetches `file` as a client does that repeats nothing. What it was told instead, if anything. */
function fetch(server: MemoryServer, client: Address, meanwhile: (ms: number) => void): string {
  server.listen(client);
  server.deliver(rrq("file"), client);
  let received = 0;
  for (let waits = 0; waits < 20; waits++) {
    meanwhile(ROUND_TRIP_MS);
    const answer = server.take(client);
    if (!answer) continue;
    const { packet, from } = answer;
    if (packet.opcode !== Opcode.DATA) return JSON.stringify(packet);
    server.deliver(ack(packet.block), client, from);
    received += packet.payload.length;
    if (received === FILES.file.length) return "whole";
  }
  return "silence";
}

/** Clients that mean it, one after the other, while a flood goes on. */
function assertAllServed(
  server: MemoryServer,
  flood: (ms: number) => void,
  addressOf = (index: number) => ({ hostname: `10.9.0.${index + 1}`, port: 3000 + index }),
): void {
  const outcomes = Array.from({ length: CLIENTS }, (_, index) => {
    const outcome = fetch(server, addressOf(index), flood);
    flood(100);
    return outcome;
  });
  assertEquals(outcomes.filter((outcome) => outcome !== "whole"), []);
  server.assertSound();
}

/** The address of a flooding client: all of one, or each of its own. */
type Spread = (index: number) => Address;

const SPREADS: Readonly<Record<string, Spread>> = {
  "one address": (index) => ({ hostname: "10.6.6.6", port: 1024 + index % 60_000 }),
  "many addresses": (index) => ({
    hostname: `10.${100 + (index >> 16) % 100}.${(index >> 8) & 255}.${index & 255}`,
    port: 2000,
  }),
};

/** Requests at a rate, each followed by as many ACKs as are wanted, and then silence. */
class Flood {
  #sent = 0;
  #due = 0;
  readonly #waiting: { client: Address; acks: number }[] = [];

  constructor(
    readonly server: MemoryServer,
    readonly how: {
      readonly perSecond: number;
      readonly from: Spread;
      readonly request: RequestPacket;
      /** The ACKs that each client sends before it goes silent. */
      readonly acks: number;
    },
  ) {}

  get sent(): number {
    return this.#sent;
  }

  /** Lets time pass, and the flood go on in it. */
  readonly pass = (ms: number): void => {
    const { server, how } = this;
    for (let passed = 0; passed < ms; passed += 5) {
      this.#due += how.perSecond * 5 / 1000;
      for (; this.#due >= 1; this.#due--) this.#ask();
      server.network.clock.advance(5);
      server.turns(8);
      this.#acknowledge();
      server.turns(1);
    }
  };

  #ask(): void {
    const { server, how } = this;
    const client = how.from(this.#sent++);
    if (how.acks > 0) {
      server.listen(client);
      this.#waiting.push({ client, acks: how.acks });
    }
    server.deliver(how.request, client);
  }

  #acknowledge(): void {
    const { server } = this;
    for (const entry of this.#waiting.splice(0)) {
      const answer = server.take(entry.client);
      if (answer) {
        const { packet, from } = answer;
        if (packet.opcode === Opcode.ERROR) entry.acks = 0;
        else {
          server.deliver(ack(packet.opcode === Opcode.DATA ? packet.block : 0), entry.client, from);
          entry.acks--;
        }
      }
      if (entry.acks > 0) this.#waiting.push(entry);
      else server.forget(entry.client);
    }
  }
}

for (const [name, from] of Object.entries(SPREADS)) {
  Deno.test(`ServerCore serves others beside 2,000 silent clients of ${name}`, () => {
    const server = new MemoryServer(FILES, {}, { keepRecords: false });
    const flood = new Flood(server, {
      perSecond: 10_000,
      from,
      request: rrq("large", 1000),
      acks: 1,
    });
    // All 2,000 within a fifth of a second.
    flood.pass(200);
    assertEquals(flood.sent, 2000);
    assertAllServed(server, (ms) => server.pass(ms));
  });

  for (const acks of [0, 1]) {
    const what = acks === 0 ? "never answers" : "acknowledges one OACK";
    Deno.test(`ServerCore serves others beside a flood of ${name} that ${what}`, () => {
      const server = new MemoryServer(FILES, {}, { keepRecords: false });
      const flood = new Flood(server, { perSecond: 3000, from, request: rrq("large", 1000), acks });
      flood.pass(2000);
      assertAllServed(server, flood.pass);
      assert(flood.sent > 10_000);
      const { descriptors, rows } = server.holdings;
      assert(descriptors <= 4000 && rows <= 4000, `${descriptors} files, ${rows} rows`);
      server.pass(150_000, 500);
      assertEquals(server.holdings.rows, 0);
      assertEquals(server.holdings.descriptors, 0);
    });
  }
}

for (
  const [name, ports] of Object.entries({
    "a single port": { singlePort: true },
    "a range of two ports": { portRange: { first: 7000, last: 7001 } },
  })
) {
  Deno.test(`ServerCore on ${name} serves others beside floods`, () => {
    for (const acks of [0, 1]) {
      for (const from of Object.values(SPREADS)) {
        const server = new MemoryServer(FILES, {}, { ...ports, keepRecords: false });
        const flood = new Flood(server, {
          ...{ perSecond: 3000, request: rrq("large", 1000) },
          ...{ from, acks },
        });
        flood.pass(1000);
        assertAllServed(server, flood.pass);
        server.pass(150_000, 500);
        assertEquals([server.holdings.rows, server.core.routes], [0, 0]);
      }
    }
  });
}

Deno.test("ServerCore serves a client that acknowledges every 80 seconds", () => {
  const server = new MemoryServer(FILES);
  const client = { hostname: "10.9.0.1", port: 3000 };
  server.listen(client);
  server.deliver(rrq("file"), client);
  server.turns();
  const blocks = new Set<number>();
  for (let round = 0; round < 2; round++) {
    const answers = [];
    for (let answer = server.take(client); answer; answer = server.take(client)) {
      answers.push(answer);
    }
    const { packet, from } = answers[0]!;
    assert(packet.opcode === Opcode.DATA);
    blocks.add(packet.block);
    if (round === 1) server.pass(80_000, 50);
    // Before it was heard its address may be forged: then it is waited for a minute only.
    else server.pass(55_000, 50);
    server.deliver(ack(packet.block), client, from);
  }
  assertEquals([...blocks], [1, 2]);
  const [record] = server.records.filter(({ kind }) => kind === "transfer");
  assertEquals(record?.kind === "transfer" && record.result, "done");
  assertEquals(server.holdings.rows, 0);
});

Deno.test("ServerCore bounds what clients hold that begin again and again", () => {
  const server = new MemoryServer(FILES, { maxTransfers: 50 }, { keepRecords: false });
  const clients = Array.from({ length: 50 }, (_, index) => ({
    hostname: `10.6.0.${index}`,
    port: 2000,
  }));
  for (let round = 0; round < 40; round++) {
    for (const client of clients) {
      server.listen(client);
      server.deliver(rrq("large", 1000), client);
    }
    server.turns(40);
    server.pass(100);
    for (const client of clients) {
      const answer = server.take(client);
      if (answer) server.deliver(ack(0), client, answer.from);
    }
    server.pass(1100);
    const { descriptors, rows } = server.holdings;
    assert(rows <= 101 && descriptors <= 101, `round ${round}: ${rows} rows, ${descriptors} files`);
  }
  server.pass(150_000, 500);
  assertEquals([server.holdings.rows, server.holdings.descriptors], [0, 0]);
  server.assertSound();
});

Deno.test("ServerCore serves a client in whose name others ask", () => {
  const server = new MemoryServer(FILES, {}, { keepRecords: false });
  const from = SPREADS["one address"]!;
  const flood = new Flood(server, { perSecond: 3000, from, request: rrq("large", 1000), acks: 0 });
  flood.pass(2000);
  assertAllServed(server, flood.pass, (index) => ({ hostname: "10.6.6.6", port: 61_100 + index }));
});

Deno.test("ServerCore leaves receive buffer to others beside uploads of silent clients", () => {
  const server = new MemoryServer({});
  const options = [{ name: "blksize", value: "1428" }, { name: "windowsize", value: "65535" }];
  const wrq = (filename: string): RequestPacket => {
    return { opcode: Opcode.WRQ, filename, mode: "octet", options };
  };
  const grantedTo = (index: number, answers: boolean): number => {
    const client = { hostname: `10.9.1.${index}`, port: 3000 };
    server.listen(client);
    server.deliver(wrq(`file${index}`), client);
    server.turns();
    const { packet, from } = server.take(client)!;
    const block: Packet = { opcode: Opcode.DATA, block: 1, payload: new Uint8Array(1428) };
    if (answers) server.deliver(block, client, from);
    assert(packet.opcode === Opcode.OACK);
    return Number(packet.options.find(({ name }) => name === "windowsize")?.value);
  };
  const whole = grantedTo(0, false);
  // Enough for every port of the pool.
  const forged = Array.from({ length: 40 }, (_, index) => grantedTo(index + 1, false));
  assert(forged.every((windowsize) => windowsize >= Math.floor(whole / 2)), `${forged}`);
  const honest = Array.from({ length: 40 }, (_, index) => grantedTo(index + 100, true));
  assertEquals(honest[0], Math.floor(whole / 2));
  assertEquals(honest.at(-1), 1, "those that answer share what there is");
});

Deno.test("ServerCore suggests names again soon after a flood of wrong ones", () => {
  const handler = (files: Handler): Handler => ({
    open: (request) => files.open(request),
    probableName: () => "file",
  });
  const server = new MemoryServer(FILES, {}, { handler });
  const hints = (misses: number) => {
    const before = server.records.length;
    for (let miss = 0; miss < misses; miss++) {
      server.deliver(rrq("flie"), { hostname: "10.9.0.1", port: 3000 });
      server.pass(1);
      server.turns(1);
    }
    return server.records.slice(before).filter((record) => "hint" in record).length;
  };
  const inFlood = hints(10_000);
  assert(inFlood > 200 && inFlood < 250, `${inFlood} in ten seconds`);
  server.pass(1000);
  assertEquals(hints(1), 1);
});
