import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodePacket } from "../../src/protocol/mod.ts";
import { Fates, type FaultSpec } from "../../src/instruments/fault_plan.ts";
import { OVERTAKE_MS } from "../../src/instruments/faulty_lane.ts";
import { FaultyNetwork } from "../../src/instruments/faulty_network.ts";
import { MemoryEndpoint, settle } from "../helpers/memory_endpoint.ts";
import { ack } from "../helpers/raw_client.ts";

const GOOD: FaultSpec = { loss: 0, dup: 0, reorder: 0, delayMs: 0, seed: 7 };
const PEER = { hostname: "10.0.0.2", port: 2000 };

/** Time that passes when a test says so. */
class ManualTimer {
  #nowMs = 0;
  #due: { atMs: number; callback: () => void }[] = [];

  readonly later = (ms: number, callback: () => void) => {
    const due = { atMs: this.#nowMs + ms, callback };
    this.#due.push(due);
    return () => this.#due = this.#due.filter((other) => other !== due);
  };

  get waiting(): number {
    return this.#due.length;
  }

  async pass(ms: number): Promise<void> {
    this.#nowMs += ms;
    const due = this.#due.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#due = this.#due.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { callback } of due) callback();
    await settle();
  }
}

function network(spec: Partial<FaultSpec>) {
  const timer = new ManualTimer();
  const told: string[] = [];
  const inner = new MemoryEndpoint();
  const faulty = new FaultyNetwork({ ...GOOD, ...spec }, {
    later: timer.later,
    told: (kind, { sent, bytes }) => told.push(`${sent ? ">" : "<"} ${bytes[3]} ${kind}`),
  });
  const send = (block: number) => endpoint.send(encodePacket(ack(block)), PEER);
  const endpoint = faulty.wrap(inner);
  return { timer, told, inner, endpoint, send };
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

Deno.test("FaultyNetwork loses and doubles what is sent, and says so", async () => {
  const lossy = network({ loss: 1 });
  await lossy.send(1);
  assertEquals([lossy.inner.sent, lossy.told], [[], ["> 1 lost"]]);
  const doubling = network({ dup: 1 });
  await doubling.send(1);
  assertEquals(doubling.inner.sent, ["ACK 1 to 2000", "ACK 1 to 2000"]);
});

Deno.test("FaultyNetwork lets a datagram be overtaken, or go when none comes", async () => {
  const { timer, inner, send, told } = network({ reorder: 1 });
  await send(1);
  assertEquals(inner.sent, []);
  await send(2);
  assertEquals(inner.sent, ["ACK 2 to 2000", "ACK 1 to 2000"]);
  await send(3);
  await timer.pass(OVERTAKE_MS);
  assertEquals(inner.sent.at(-1), "ACK 3 to 2000");
  assertEquals(told, ["> 1 late", "> 3 late"]);
});

Deno.test("FaultyNetwork delays both ways and keeps its own copy", async () => {
  const { timer, inner, endpoint } = network({ delayMs: 20 });
  const bytes = encodePacket(ack(1));
  await endpoint.send(bytes, PEER);
  bytes[3] = 99;
  const receiving = endpoint.receive();
  inner.deliver(ack(5), PEER);
  await settle();
  assertEquals(inner.sent, []);
  await timer.pass(20);
  assertEquals(inner.sent, ["ACK 1 to 2000"]);
  assertEquals((await receiving)[0][3], 5);
});

Deno.test("FaultyNetwork loses what arrives, and waits on for the next", async () => {
  const { inner, endpoint, told } = network({ loss: 0.5 });
  const receiving = endpoint.receive();
  let arrived = 0;
  receiving.then(([bytes]) => arrived = bytes[3]!);
  for (let block = 1; arrived === 0 && block < 100; block++) {
    inner.deliver(ack(block), PEER);
    await settle();
  }
  assertEquals(told.filter((line) => line.endsWith("lost")).length, arrived - 1);
});

Deno.test("FaultyNetwork sends what was on its way before it closes", async () => {
  const { inner, endpoint, send, timer } = network({ delayMs: 1000 });
  const receiving = endpoint.receive();
  await send(1);
  await send(2);
  endpoint.close();
  await assertRejects(() => receiving);
  assertEquals([inner.sent, inner.closed], [["ACK 1 to 2000", "ACK 2 to 2000"], true]);
  assertEquals(timer.waiting, 0);
});

Deno.test("FaultyNetwork hands on a failure of the socket, and goes on", async () => {
  const { inner, endpoint } = network({});
  inner.receiveFaults.push(new Error("broken for once"));
  await assertRejects(() => endpoint.receive(), Error, "broken for once");
  const receiving = endpoint.receive();
  inner.deliver(ack(1), PEER);
  assertEquals((await receiving)[0][3], 1);
});
