import { assertEquals } from "@std/assert";
import { rrq, wrq } from "../../src/doctor/server/requests.ts";
import { Conversation } from "../../src/doctor/server/conversation.ts";
import type { Question, Sending } from "../../src/doctor/server/question.ts";
import {
  type Address,
  describePacket,
  encodePacket,
  Opcode,
  type Packet,
  packetIn,
} from "../../src/protocol/mod.ts";

const SERVER = { hostname: "192.0.2.1", port: 69 };
const TID = { hostname: "192.0.2.1", port: 4001 };

/** A conversation with its time line: what it sends is told as `port: packet`. */
class Line {
  readonly conversation: Conversation;

  constructor(question: Partial<Question>) {
    const defaults = { request: rrq("f"), blocks: 0, waitMs: 1000, times: 3, mostMs: 60_000 };
    this.conversation = new Conversation({ ...defaults, ...question }, SERVER);
  }

  start(): string[] {
    return told(this.conversation.start(0));
  }

  receives(atMs: number, packet: Packet, from: Address = TID): string[] {
    return told(this.conversation.receive(encodePacket(packet), from, atMs));
  }

  ticks(atMs: number): string[] {
    return told(this.conversation.tick(atMs));
  }

  get seen() {
    return this.conversation.seen;
  }
}

function told(sendings: readonly Sending[]): string[] {
  return sendings.map(({ bytes, to, by }) =>
    `${by === "stranger" ? "stranger " : ""}${to.port}: ${describePacket(packetIn(bytes)!)}`
  );
}

function data(block: number, length: number): Packet {
  return { opcode: Opcode.DATA, block, payload: new Uint8Array(length).fill(97) };
}

function oack(options: Record<string, number>): Packet {
  const list = Object.entries(options).map(([name, value]) => ({ name, value: String(value) }));
  return { opcode: Opcode.OACK, options: list };
}

const ENOUGH = 'ERROR 0 "tftp doctor has seen enough"';

Deno.test("Conversation asks as often as it may, and ends in silence", () => {
  const line = new Line({});
  assertEquals(line.start(), ['69: RRQ "f" octet']);
  assertEquals(line.ticks(999), []);
  assertEquals(line.ticks(1000), ['69: RRQ "f" octet']);
  assertEquals(line.ticks(2000), ['69: RRQ "f" octet']);
  assertEquals(line.ticks(3000), []);
  assertEquals([line.conversation.over, line.seen.ending, line.seen.asked], [true, "silence", 3]);
});

Deno.test("Conversation that needs only the answer ends the transfer with ERROR", () => {
  const line = new Line({ request: rrq("f", { tsize: 0 }) });
  line.start();
  const sent = line.receives(7, oack({ tsize: 5 }));
  assertEquals(sent, ['4001: ERROR 8 "tftp doctor has seen enough"']);
  const { ending, answerMs, from } = line.seen;
  assertEquals([ending, answerMs, from?.port], ["answer", 7, 4001]);
});

Deno.test("Conversation takes a whole file in lockstep", () => {
  const line = new Line({ blocks: 9, keepBytes: 4 });
  line.start();
  assertEquals(line.receives(1, data(1, 512)), ["4001: ACK 1"]);
  assertEquals(line.receives(4, data(2, 3)), ["4001: ACK 2"]);
  const { ending, whole, blocks, bytes, roundTripsMs, head } = line.seen;
  assertEquals([ending, whole, blocks, bytes], ["file", true, 2, 515]);
  assertEquals([roundTripsMs, head.length], [[1, 3], 4]);
});

Deno.test("Conversation counts what a window lacks and what came late", () => {
  const line = new Line({ request: rrq("f", { windowsize: 4 }), blocks: 8 });
  line.start();
  assertEquals(line.receives(1, oack({ windowsize: 4 })), ["4001: ACK 0"]);
  for (const block of [1, 3, 2]) line.receives(2, data(block, 512));
  assertEquals(line.receives(3, data(4, 512)), ["4001: ACK 4"]);
  for (const block of [5, 6, 8]) line.receives(4, data(block, 512));
  assertEquals(line.ticks(30), ["4001: ACK 6"]);
  const { windows, wholeWindows, lost, late, expected } = line.seen;
  assertEquals({ windows, wholeWindows, lost, late, expected }, {
    ...{ windows: 2, wholeWindows: 1, lost: 1, late: 1, expected: 8 },
  });
  for (const block of [7, 8, 9]) line.receives(40, data(block, 512));
  assertEquals(line.receives(41, data(10, 512)), [`4001: ${ENOUGH}`]);
});

Deno.test("Conversation repeats an ACK on purpose and counts the copies", () => {
  const tests = new Map([[2, "echo" as const]]);
  const line = new Line({ blocks: 3, tests, watchMs: 50 });
  line.start();
  assertEquals(line.receives(1, data(1, 512)), ["4001: ACK 1"]);
  assertEquals(line.receives(2, data(2, 512)), ["4001: ACK 1"]);
  assertEquals(line.receives(3, data(2, 512)), []);
  // So late, a copy comes by a timer.
  assertEquals(line.receives(30, data(2, 512)), []);
  assertEquals(line.ticks(52), ["4001: ACK 2"]);
  assertEquals(line.seen.tests, [{ at: 2, test: "echo", copies: 2 }]);
});

Deno.test("Conversation holds an ACK back until its block comes again", () => {
  const line = new Line({ blocks: 2, tests: new Map([[1, "hold" as const]]), mostMs: 7000 });
  line.start();
  assertEquals(line.receives(10, data(1, 512)), []);
  assertEquals(line.ticks(3000), []);
  assertEquals(line.receives(5010, data(1, 512)), ["4001: ACK 1"]);
  assertEquals(line.seen.tests, [{ at: 1, test: "hold", copies: 2, againMs: 5000 }]);
});

Deno.test("Conversation sends an ACK as a stranger and reports the answer", () => {
  const line = new Line({
    blocks: 2,
    tests: new Map([[1, "stranger" as const]]),
    watchMs: 50,
  });
  line.start();
  assertEquals(line.receives(1, data(1, 512)), ["stranger 4001: ACK 1"]);
  const sent = told(line.conversation.strangerHears(5, 3));
  assertEquals(sent, ["4001: ACK 1"]);
  assertEquals(line.seen.tests, [{ at: 1, test: "stranger", copies: 1, told: 5 }]);
});

Deno.test("Conversation reports other senders, and sends them ERROR 5", () => {
  const line = new Line({ blocks: 3 });
  line.start();
  const other = { hostname: "192.0.2.9", port: 69 };
  assertEquals(line.receives(1, data(1, 512), other), ['69: ERROR 5 "Unknown transfer ID"']);
  assertEquals(line.receives(2, data(1, 512), other), []);
  assertEquals([line.seen.elsewhere, line.seen.answer], [[other], undefined]);
});

Deno.test("Conversation takes the twin of a request that was sent twice for no fault", () => {
  const line = new Line({ blocks: 3 });
  line.start();
  line.ticks(1000);
  line.receives(1001, data(1, 512));
  line.receives(1002, data(1, 512), { ...TID, port: 4002 });
  assertEquals(line.seen.elsewhere, []);
});

Deno.test("Conversation watches for an ERROR that comes again", () => {
  const line = new Line({ watchMs: 300 });
  line.start();
  const error: Packet = { opcode: Opcode.ERROR, code: 1, message: "no" };
  assertEquals(line.receives(1, error), []);
  line.receives(20, error);
  line.ticks(301);
  const { ending, errorCopies, answer } = line.seen;
  assertEquals([ending, errorCopies], ["ERROR", 1]);
  assertEquals(answer, { kind: "ERROR", code: 1, text: "no", ended: true });
});

Deno.test("Conversation gives up when nothing follows", () => {
  const line = new Line({ blocks: 2, times: 2 });
  line.start();
  line.receives(1, data(1, 512));
  assertEquals(line.ticks(1001), ["4001: ACK 1"]);
  assertEquals(line.ticks(2001), []);
  assertEquals([line.seen.ending, line.seen.stalls], ["stalled", 2]);
});

Deno.test("Conversation uploads one block where that was asked for", () => {
  const line = new Line({ request: wrq("f"), upload: new Uint8Array(3) });
  assertEquals(line.start(), ['69: WRQ "f" octet']);
  const ack = (block: number): Packet => ({ opcode: Opcode.ACK, block });
  assertEquals(line.receives(1, ack(0)), ["4001: DATA 1 (3 bytes)"]);
  assertEquals(line.receives(2, ack(1)), []);
  assertEquals(line.seen.ending, "file");
});

Deno.test("Conversation tells what follows block 65535", () => {
  for (const rollover of [0, 1]) {
    const line = new Line({ request: rrq("f", { blksize: 8 }), blocks: 65537 });
    line.start();
    line.receives(0, oack({ blksize: 8 }));
    for (let block = 1; block <= 65535; block++) line.receives(1, data(block, 8));
    assertEquals(line.receives(2, data(rollover, 8)), [`4001: ACK ${rollover}`]);
    assertEquals(line.seen.rollover, rollover);
  }
});

Deno.test("Conversation ends where the run's bounds are reached", () => {
  const line = new Line({});
  line.start();
  line.conversation.outOfBounds();
  assertEquals([line.conversation.over, line.seen.ending], [true, "bounds"]);
});
