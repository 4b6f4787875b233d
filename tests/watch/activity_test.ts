/** The model of what a server does: fed by a server in memory, and by hand. */

import { assert, assertEquals } from "@std/assert";
import { Opcode, PLAIN_AGREEMENT, TftpError } from "../../src/protocol/mod.ts";
import type { LogRecord } from "../../src/server/log_record.ts";
import { MAX_SHOWN, type ThreadSample } from "../../src/server/sampler.ts";
import { Activity, MAX_ENDED } from "../../src/watch/activity.ts";
import { MAX_CLIENTS } from "../../src/watch/client_table.ts";
import { STEP_MS, STEPS } from "../../src/watch/history.ts";
import { MemoryServer } from "../helpers/sim/memory_server.ts";

const ABOUT = { version: "1.2.3", io: "deno", workers: 1, listening: ["10.0.0.1:69"] } as const;
const START = Date.UTC(2026, 7, 3, 10);

const DONE: LogRecord = {
  kind: "transfer",
  result: "done",
  client: "10.0.0.7:2070",
  direction: "get",
  filename: "kernel",
  mode: "octet",
  bytes: 1000,
  elapsedMs: 20,
  agreement: PLAIN_AGREEMENT,
  retransmits: 2,
};

const MISS: LogRecord = {
  kind: "refused",
  ...{ client: "[fd00::7]:2070", direction: "get", filename: "Kernel", mode: "octet", code: 1 },
  ...{ message: "File not found", cause: "NotFound: stat '/secret/Kernel'", hint: "kernel" },
};

function sampleOf(atMs: number, more: Partial<ThreadSample> = {}): ThreadSample {
  const none = { bytes: 0, blocks: 0, retransmits: 0 };
  return {
    ...{ atMs, transfers: 0, clients: 0, waiting: 0, running: [], get: none, put: none },
    ...{ cacheHits: 0, cacheMisses: 0 },
    ...more,
  };
}

Deno.test("a server that is watched tells how far each transfer is", () => {
  const client = { hostname: "10.0.0.7", port: 2070 };
  const server = new MemoryServer({ kernel: new Uint8Array(1000) }, {}, { watched: true });
  server.listen(client);
  const options = [{ name: "blksize", value: "400" }, { name: "tsize", value: "0" }];
  server.deliver({ opcode: Opcode.RRQ, filename: "kernel", mode: "octet", options }, client);
  server.turns();
  const { from } = server.take(client)!;
  server.pass(30);
  server.deliver({ opcode: Opcode.ACK, block: 0 }, client, from);
  server.deliver({ opcode: Opcode.ACK, block: 1 }, client, from);
  const [row] = server.sample().running;
  assertEquals([row?.bytes, row?.size, row?.blksize, row?.rttMs], [400, 1000, 400, 30]);
  assertEquals(server.sample().get, { bytes: 400, blocks: 1, retransmits: 0 });
  server.deliver({ opcode: Opcode.ACK, block: 2 }, client, from);
  server.deliver({ opcode: Opcode.ACK, block: 3 }, client, from);
  assertEquals(server.sample().running, []);
  assertEquals(server.sample().get, { bytes: 1000, blocks: 3, retransmits: 0 });
  const ended = server.records.find(({ kind }) => kind === "transfer");
  assertEquals(ended?.kind === "transfer" && ended.id, row?.id);
  server.assertSound();
});

Deno.test("Activity tells what ended, the newest first, and no path of this machine", () => {
  const activity = new Activity(ABOUT, START);
  activity.record(DONE, START + 1);
  activity.record(MISS, START + 2);
  const failed = new TftpError("peer", 3, "no room");
  activity.record({ ...DONE, result: "failed", error: failed }, START + 3);
  const disk = Object.assign(new Error("can't read /secret/kernel"), { code: 2 });
  activity.record({ ...DONE, result: "failed", error: disk }, START + 4);
  const { ended, totals, clients } = activity.status(START + 5);
  assertEquals(ended.map(({ result, note, hint }) => [result, note, hint]), [
    ["failed", "Access violation", undefined],
    ["failed", "the client said: no room", undefined],
    ["refused", "File not found", "kernel"],
    ["done", undefined, undefined],
  ]);
  assertEquals(ended.map(({ seq }) => seq), [4, 3, 2, 1]);
  assertEquals([totals.get.done, totals.get.failed, totals.get.refused], [1, 2, 1]);
  assertEquals([totals.refusals["1"], totals.refusals.other], [1, 0]);
  assertEquals(
    clients.map(({ client, done, failed, refused }) => [client, done, failed, refused]),
    [
      ["10.0.0.7", 1, 2, 0],
      ["fd00::7", 0, 0, 1],
    ],
  );
  assert(!JSON.stringify(activity.status(START + 6)).includes("secret"));
});

Deno.test("Activity keeps a bounded number of everything", () => {
  const activity = new Activity(ABOUT, START);
  for (let at = 0; at < 5000; at++) {
    const client = `10.0.${at >> 8}.${at & 255}:2070`;
    activity.record({ ...DONE, client, filename: "x".repeat(4000) }, START + at * 1000);
  }
  const running = Array.from({ length: MAX_SHOWN }, (_, id) => ({
    ...{ id, client: "10.0.0.7:1", op: "get", file: "y".repeat(4000), mode: "octet" } as const,
    ...{ bytes: 0, durationMs: 1, blksize: 512, windowsize: 1, retransmits: 0 },
  }));
  activity.sample(sampleOf(0, { running, transfers: 2000 }), 0, START);
  activity.sample(sampleOf(0, { running, transfers: 2000 }), 1, START);
  const status = activity.status(START);
  assertEquals(status.ended.length, MAX_ENDED);
  assertEquals(status.clients.length, MAX_CLIENTS);
  assertEquals(status.running.length, MAX_SHOWN);
  assertEquals(status.now.transfers, 4000);
  assertEquals(status.history.bytes.length, STEPS);
  assert(JSON.stringify(status).length < 400_000, "a status has a bound");
});

Deno.test("Activity adds threads up, and what moved to the step in which it did", () => {
  const activity = new Activity({ ...ABOUT, workers: 2 }, START);
  const moved = (bytes: number) => ({ bytes, blocks: bytes / 500, retransmits: 1 });
  activity.sample(sampleOf(0), 0, START);
  activity.sample(sampleOf(500, { get: moved(1000), clients: 1 }), 0, START + 500);
  activity.sample(sampleOf(90, { put: moved(2000), clients: 2, quotaUsed: 7 }), 1, START + STEP_MS);
  const { now, totals, history } = activity.status(START + STEP_MS);
  assertEquals([now.clients, now.quotaUsed, now.bytesPerSecond], [3, 7, 800]);
  assertEquals([totals.get.bytes, totals.put.bytes], [1000, 2000]);
  assertEquals(history.bytes.slice(-2), [1000, 2000]);
  assertEquals(history.until, new Date(START + 2 * STEP_MS).toISOString());
  const later = activity.status(START + STEP_MS * (STEPS + 5));
  assertEquals(later.history.bytes.every((bytes) => bytes === 0), true);
  assertEquals(later.totals.get.bytes, 1000);
});

Deno.test("Activity shows no transfer as running after its end", () => {
  const activity = new Activity(ABOUT, START);
  const row = {
    ...{ id: 5, client: "10.0.0.7:2070", op: "get", file: "kernel", mode: "octet" } as const,
    ...{ bytes: 512, size: 1024, durationMs: 100, blksize: 512, windowsize: 1, retransmits: 0 },
  };
  activity.sample(sampleOf(0, { running: [row], transfers: 1 }), 0, START);
  assertEquals(activity.running.map(({ id, bytesPerSecond }) => [id, bytesPerSecond]), [[5, 5120]]);
  activity.record({ ...DONE, id: 5 } as LogRecord, START + 1);
  assertEquals(activity.running, []);
  activity.sample(sampleOf(500), 0, START + 500);
  assertEquals(activity.running, []);
});
