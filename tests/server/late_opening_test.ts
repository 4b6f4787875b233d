/** Handlers that open their files later than they were asked to, and what ends the wait. */

import { assert, assertEquals } from "@std/assert";
import { ErrorCode, Opcode, type Packet, type RequestPacket } from "../../src/protocol/mod.ts";
import { OPENING_LIMIT_MS } from "../../src/server/opening.ts";
import type { ServePolicy } from "../../src/server/policy.ts";
import { HeldFiles } from "../helpers/files/held_files.ts";
import { MemoryServer } from "../helpers/sim/memory_server.ts";
import { pattern } from "../helpers/files/temp_folder.ts";

const FILES = { file: pattern(900), other: pattern(600) };
const CLIENT = { hostname: "10.9.0.1", port: 3000 };

const NOTHING_HELD = {
  descriptors: 0,
  temporaryFiles: 0,
  rows: 0,
  clients: 0,
  routes: 0,
  timers: 0,
};

function ask(filename: string, opcode: RequestPacket["opcode"] = Opcode.RRQ): RequestPacket {
  return { opcode, filename, mode: "octet", options: [] };
}

const CALL_OFF: Packet = { opcode: Opcode.ERROR, code: 0, message: "Never mind" };

class Scene {
  readonly server: MemoryServer;
  files!: HeldFiles;

  constructor(policy: Partial<ServePolicy> = {}, singlePort = false) {
    this.server = new MemoryServer(FILES, policy, {
      singlePort,
      handler: (files) => this.files = new HeldFiles(files),
    });
    this.server.listen(CLIENT);
  }

  /** A datagram of the client's at the listening port, and all that it causes at once. */
  send(packet: Packet, from = CLIENT): void {
    this.server.deliver(packet, from);
    this.server.turns();
    this.server.pass(30);
  }

  /** What the client was sent, in short. */
  answer(): string | undefined {
    const packet = this.server.take(CLIENT)?.packet;
    if (!packet) return undefined;
    switch (packet.opcode) {
      case Opcode.DATA:
        return `DATA ${packet.block}`;
      case Opcode.ACK:
        return `ACK ${packet.block}`;
      case Opcode.ERROR:
        return `ERROR ${packet.code} ${packet.message}`;
      default:
        return `packet ${packet.opcode}`;
    }
  }

  /** The kinds of what was logged, and the errors. */
  get log(): string[] {
    return this.server.records.map((record) =>
      record.kind === "transfer"
        ? `transfer ${record.result} ${record.error?.message ?? ""}`.trim()
        : record.kind === "refused"
        ? `refused ${record.code} ${record.message}`
        : record.kind
    );
  }

  /** Nothing is left of anything, now and after whatever was put off. */
  assertNothingHeld(): void {
    assertEquals(this.server.holdings, NOTHING_HELD);
    this.server.pass(150_000, 500);
    assertEquals(this.server.holdings, NOTHING_HELD);
    this.server.assertSound();
  }
}

Deno.test("a request that comes again while its file is being opened opens nothing more", () => {
  const scene = new Scene();
  scene.send(ask("file"));
  for (let repeat = 0; repeat < 3; repeat++) {
    scene.server.pass(3000);
    scene.send(ask("file"));
  }
  assertEquals(scene.answer(), undefined);
  assertEquals(scene.files.held.length, 1);
  scene.files.release();
  assertEquals([scene.answer(), scene.answer()], ["DATA 1", undefined]);
});

Deno.test("a file that is opened late arrives whole", () => {
  const scene = new Scene();
  scene.send(ask("file"));
  scene.server.pass(5000);
  scene.files.release();
  for (const block of [1, 2]) {
    const { packet, from } = scene.server.take(CLIENT)!;
    assert(packet.opcode === Opcode.DATA && packet.block === block);
    scene.server.deliver({ opcode: Opcode.ACK, block }, CLIENT, from);
  }
  const [record] = scene.server.records;
  assert(record?.kind === "transfer" && record.result === "done");
  assertEquals([record.bytes, record.elapsedMs >= 5000], [900, true]);
  assertEquals(scene.files.cancelled, []);
  scene.assertNothingHeld();
});

Deno.test("an upload whose sink is opened late is acknowledged then", () => {
  const scene = new Scene({ maxUpload: 100_000, uploadQuota: 100_000 });
  scene.send(ask("upload", Opcode.WRQ));
  assertEquals(scene.answer(), undefined);
  scene.files.release();
  const { packet, from } = scene.server.take(CLIENT)!;
  assertEquals(packet, { opcode: Opcode.ACK, block: 0 });
  scene.server.deliver({ opcode: Opcode.DATA, block: 1, payload: pattern(10) }, CLIENT, from);
  assertEquals(scene.log, ["transfer done"]);
  scene.server.pass(60_000, 500);
  scene.assertNothingHeld();
});

for (const singlePort of [false, true]) {
  Deno.test(`a client's ERROR ends the wait for its file, single port: ${singlePort}`, () => {
    const scene = new Scene({}, singlePort);
    scene.send(ask("file"));
    scene.send(CALL_OFF);
    assertEquals(scene.log, ["transfer failed Never mind"]);
    assertEquals(scene.files.cancelled, ["file"]);
    assertEquals(scene.server.holdings, NOTHING_HELD);
    // The file comes all the same, and is closed.
    scene.files.release();
    assertEquals(scene.answer(), undefined);
    scene.assertNothingHeld();
  });
}

Deno.test("another request of the same client ends the wait for its file", () => {
  const scene = new Scene();
  scene.send(ask("file"));
  scene.send(ask("other"));
  assertEquals(scene.files.held.map(({ request }) => request.name), ["file", "other"]);
  assertEquals(scene.files.cancelled, ["file"]);
  assertEquals(scene.log, ["transfer failed The client started another transfer"]);
  scene.files.release(scene.files.held[0]);
  assertEquals(scene.answer(), undefined);
  scene.files.release();
  assertEquals(scene.answer(), "DATA 1");
  scene.send(CALL_OFF);
});

Deno.test("a late refusal is sent and logged like any other", () => {
  const scene = new Scene();
  scene.send(ask("file"));
  scene.files.refuse(ErrorCode.AccessViolation, "Not for you");
  assertEquals(scene.answer(), "ERROR 2 Not for you");
  assertEquals(scene.log, ["refused 2 Not for you"]);
  scene.assertNothingHeld();
});

Deno.test("an error of a handler that is no refusal is ERROR 0, and its cause is logged", () => {
  const scene = new Scene();
  scene.send(ask("file"));
  scene.files.held[0]!.answer.reject(new TypeError("that was nothing"));
  assertEquals(scene.answer(), "ERROR 0 Internal failure");
  const [record] = scene.server.records;
  assert(record?.kind === "refused");
  assertEquals(record.cause, "TypeError: that was nothing");
  scene.assertNothingHeld();
});

Deno.test("a handler that returns a sink for a download is an error", () => {
  const scene = new Scene();
  scene.send(ask("file"));
  let abandoned = 0;
  scene.files.held[0]!.answer.resolve({ write() {}, commit() {}, abandon: () => void abandoned++ });
  assertEquals(scene.answer(), "ERROR 0 Internal failure");
  assertEquals(abandoned, 1);
  scene.assertNothingHeld();
});

Deno.test(`a file is waited for no longer than ${OPENING_LIMIT_MS} ms`, () => {
  const scene = new Scene();
  scene.send(ask("file"));
  scene.server.pass(OPENING_LIMIT_MS - 100);
  assertEquals(scene.answer(), undefined);
  scene.server.pass(100);
  const reason = "The file could not be opened within 12 seconds";
  assertEquals(scene.answer(), `ERROR 0 ${reason}`);
  assertEquals(scene.log, [`refused 0 ${reason}`]);
  assertEquals(scene.files.cancelled, ["file"]);
  scene.files.release();
  scene.assertNothingHeld();
});

Deno.test("a file is waited for no longer than a silent client", () => {
  const scene = new Scene({ idleTimeoutMs: 2000 });
  scene.send(ask("file"));
  scene.server.pass(2000);
  assertEquals(scene.answer(), "ERROR 0 The file could not be opened within 2 seconds");
  scene.assertNothingHeld();
});

Deno.test("in a full table the wait for a file gives way to another client", () => {
  const scene = new Scene({ maxTransfers: 1, maxPerClient: 1 });
  scene.send(ask("file"));
  scene.server.pass(1500);
  scene.send(ask("other"), { hostname: "10.9.0.2", port: 4000 });
  assertEquals(scene.files.cancelled, ["file"]);
  assertEquals(scene.files.held.length, 2);
  assertEquals(scene.server.holdings.rows, 1);
  scene.server.pass(OPENING_LIMIT_MS);
  scene.assertNothingHeld();
});

Deno.test("in a full table a client that goes on asking keeps its wait", () => {
  const scene = new Scene({ maxTransfers: 1, maxPerClient: 1 });
  scene.send(ask("file"));
  scene.server.pass(1500);
  scene.send(ask("file"));
  scene.send(ask("other"), { hostname: "10.9.0.2", port: 4000 });
  assertEquals(scene.files.held.length, 1);
  scene.files.release();
  assertEquals(scene.answer(), "DATA 1");
});

Deno.test("ServerCore.shutdown() tells clients whose files are being opened", () => {
  const scene = new Scene();
  scene.send(ask("file"));
  let done = false;
  scene.server.core.shutdown(0, () => done = true);
  assertEquals([scene.answer(), done], ["ERROR 0 Server is shutting down", true]);
  assertEquals(scene.files.cancelled, ["file"]);
  scene.files.release();
  scene.assertNothingHeld();
});

Deno.test("ServerCore.shutdown() lets what is being opened be sent while it drains", () => {
  const scene = new Scene();
  scene.send(ask("file"));
  let done = false;
  scene.server.core.shutdown(60_000, () => done = true);
  scene.files.release();
  for (const block of [1, 2]) {
    const { from } = scene.server.take(CLIENT)!;
    assertEquals(done, false);
    scene.server.deliver({ opcode: Opcode.ACK, block }, CLIENT, from);
  }
  assertEquals([done, scene.log], [true, ["transfer done"]]);
});
