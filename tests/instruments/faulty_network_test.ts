import { assert, assertEquals } from "@std/assert";
import { encodePacket } from "../../src/protocol/mod.ts";
import { Fates, type FaultSpec } from "../../src/instruments/fault_plan.ts";
import { OVERTAKE_MS } from "../../src/instruments/faulty_lane.ts";
import { FaultyNetwork } from "../../src/instruments/faulty_network.ts";
import { MemoryNetwork } from "../helpers/sim/memory_network.ts";
import { ack } from "../helpers/net/raw_client.ts";

const PEER = { hostname: "10.0.0.7", port: 2000 };
const GOOD: FaultSpec = { loss: 0, dup: 0, reorder: 0, delayMs: 0, seed: 7 };

function network(spec: Partial<FaultSpec>) {
  const told: string[] = [];
  const arrived: number[] = [];
  const memory = new MemoryNetwork();
  const faulty = new FaultyNetwork({ ...GOOD, ...spec }, {
    told: (kind, { sent, bytes }) => told.push(`${sent ? ">" : "<"} ${bytes[3]} ${kind}`),
  });
  const socket = faulty.wrap(memory).bind({ hostname: "10.0.0.1", port: 69 }, {
    receive: (bytes) => arrived.push(bytes[3]!),
    unsendable() {},
    failed() {},
    broken() {},
  });
  const inner = memory.sockets[0]!;
  const send = (block: number) => socket.send(encodePacket(ack(block)), PEER);
  return { clock: memory.clock, told, arrived, inner, socket, send };
}

/** The fates of the first datagrams as a word each. */
function fatesOf(spec: Partial<FaultSpec>, stream: number, count = 200): string[] {
  const fates = new Fates({ ...GOOD, ...spec }, stream);
  return Array.from({ length: count }, () => {
    const { lost, twice, late } = fates.next();
    return `${lost ? "lost" : ""}${twice ? "twice" : ""}${late ? "late" : ""}`;
  });
}

const BAD = { loss: 0.2, dup: 0.2, reorder: 0.2 };

Deno.test("Fates are the same for the same seed, and others for another", () => {
  assertEquals(fatesOf(BAD, 0), fatesOf(BAD, 0));
  assert(fatesOf(BAD, 0).join() !== fatesOf({ ...BAD, seed: 8 }, 0).join());
  assert(fatesOf(BAD, 0).join() !== fatesOf(BAD, 1).join());
});

Deno.test("Fates lose the same datagrams whatever else is asked for", () => {
  const lost = (fates: string[]) => fates.map((fate) => fate === "lost");
  assertEquals(lost(fatesOf({ loss: 0.2 }, 3)), lost(fatesOf(BAD, 3)));
});

Deno.test("Fates come about as often as was asked", () => {
  const fates = fatesOf({ loss: 0.05, dup: 0.5 }, 0, 20_000);
  const share = (word: string) => fates.filter((fate) => fate === word).length / fates.length;
  assert(Math.abs(share("lost") - 0.05) < 0.01, String(share("lost")));
  assert(Math.abs(share("twice") - 0.475) < 0.02, String(share("twice")));
  assertEquals(fatesOf({ loss: 1 }, 0, 3), ["lost", "lost", "lost"]);
});

Deno.test("FaultyNetwork loses and doubles what is sent, and says so", () => {
  const lossy = network({ loss: 1 });
  lossy.send(1);
  assertEquals([lossy.inner.sent, lossy.told], [[], ["> 1 lost"]]);
  const doubling = network({ dup: 1 });
  doubling.send(1);
  assertEquals(doubling.inner.sent, ["ACK 1 to 2000", "ACK 1 to 2000"]);
});

Deno.test("FaultyNetwork lets a datagram be overtaken, or go when none comes", () => {
  const { clock, inner, send, told } = network({ reorder: 1 });
  send(1);
  assertEquals(inner.sent, []);
  send(2);
  assertEquals(inner.sent, ["ACK 2 to 2000", "ACK 1 to 2000"]);
  send(3);
  clock.advance(OVERTAKE_MS);
  assertEquals(inner.sent.at(-1), "ACK 3 to 2000");
  assertEquals(told, ["> 1 late", "> 3 late"]);
});

Deno.test("FaultyNetwork delays both ways and keeps its own copy", () => {
  const { clock, inner, socket, arrived } = network({ delayMs: 20 });
  const bytes = encodePacket(ack(1));
  socket.send(bytes, PEER);
  bytes[3] = 99;
  const received = encodePacket(ack(5));
  inner.deliver(received, PEER);
  received[3] = 99;
  assertEquals([inner.sent, arrived], [[], []]);
  clock.advance(20);
  assertEquals([inner.sent, arrived], [["ACK 1 to 2000"], [5]]);
});

Deno.test("FaultyNetwork loses what arrives, and hands on the next", () => {
  const { inner, arrived, told } = network({ loss: 0.5 });
  for (let block = 1; arrived.length === 0 && block < 100; block++) {
    inner.deliver(ack(block), PEER);
  }
  assertEquals(told.filter((line) => line.endsWith("lost")).length, arrived[0]! - 1);
});

Deno.test("FaultyNetwork sends what was on its way before it closes", () => {
  const { clock, inner, socket, send } = network({ delayMs: 1000 });
  send(1);
  send(2);
  socket.close();
  assertEquals([inner.sent, inner.closed], [["ACK 1 to 2000", "ACK 2 to 2000"], true]);
  assertEquals(clock.listeners, 0);
});
