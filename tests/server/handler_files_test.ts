/** What the server makes of the sources and sinks that a handler gives it. */

import { assert, assertEquals } from "@std/assert";
import type { Sink, Source } from "../../src/engine/source_sink.ts";
import type { Handler } from "../../src/engine/handler.ts";
import { Later } from "../../src/engine/later.ts";
import { Opcode, type Packet, type RequestPacket } from "../../src/protocol/mod.ts";
import type { ServePolicy } from "../../src/server/policy.ts";
import { MemorySink, MemorySource } from "../helpers/sim/memory_network.ts";
import { MemoryServer } from "../helpers/sim/memory_server.ts";
import { pattern } from "../helpers/files/temp_folder.ts";

const CLIENT = { hostname: "::ffff:10.9.0.1", port: 3000 };

function serving(open: Handler["open"], policy: Partial<ServePolicy> = {}): MemoryServer {
  const server = new MemoryServer({}, policy, { handler: () => ({ open }) });
  server.listen(CLIENT);
  return server;
}

function send(server: MemoryServer, packet: Packet): void {
  server.deliver(packet, CLIENT);
  server.turns();
}

function rrq(options: RequestPacket["options"] = []): RequestPacket {
  return { opcode: Opcode.RRQ, filename: "file", mode: "octet", options };
}

Deno.test("a source without a size grants no tsize", () => {
  const options = [{ name: "tsize", value: "0" }, { name: "blksize", value: "512" }];
  for (const size of [undefined, 100]) {
    // As a stream that does not know its length.
    const source = { ...plainSource(pattern(100)), size };
    const server = serving(() => source);
    send(server, rrq(options));
    const packet = server.take(CLIENT)?.packet;
    assert(packet?.opcode === Opcode.OACK);
    const names = packet.options.map(({ name }) => name);
    assertEquals(names, size === undefined ? ["blksize"] : ["tsize", "blksize"]);
  }
});

Deno.test("a handler sees the request as the client sent it, and what the server allows", () => {
  const seen: unknown[] = [];
  const server = serving((request) => {
    const { direction, client, name, askedName, mode, options, announcedBytes, writing } = request;
    seen.push({ direction, client, name, askedName, mode, options, announcedBytes, writing });
    return new MemorySink();
  }, { uploads: "version", uploadDir: "in", ignoreCase: true });
  const options = [{ name: "TSIZE", value: "77" }, { name: "odd", value: "x" }];
  send(server, { opcode: Opcode.WRQ, filename: "../a\\b", mode: "OCTET", options });
  assertEquals(seen, [{
    direction: "put",
    client: { hostname: "10.9.0.1", port: 3000 },
    name: "../a\\b",
    askedName: "../a\\b",
    mode: "octet",
    options,
    announcedBytes: 77,
    writing: { ignoreCase: true, existing: "keep", only: "in" },
  }]);
});

Deno.test("maxUpload and uploads hold for every handler", () => {
  let opened = 0;
  const open = () => {
    opened++;
    return new MemorySink();
  };
  const wrq = (size: string): RequestPacket => ({
    ...{ opcode: Opcode.WRQ, filename: "file", mode: "octet" },
    options: [{ name: "tsize", value: size }],
  });
  for (
    const [policy, packet] of [[{ uploads: "off" }, wrq("1")], [
      { maxUpload: 9 },
      wrq("10"),
    ]] as const
  ) {
    const server = serving(open, policy);
    send(server, packet);
    assertEquals(server.take(CLIENT)?.packet.opcode, Opcode.ERROR);
  }
  assertEquals(opened, 0);
});

Deno.test("an upload that goes elsewhere takes room of the quota until it is saved", () => {
  const sink = new MemorySink();
  const server = serving(() => sink, { uploadQuota: 10_000 });
  for (const port of [3000, 3001, 3002]) {
    const client = { hostname: "10.9.0.1", port };
    server.listen(client);
    server.deliver({ opcode: Opcode.WRQ, filename: "file", mode: "octet", options: [] }, client);
    server.turns();
    let { from } = server.take(client)!;
    for (let block = 1; block <= 16; block++) {
      const payload = pattern(block < 16 ? 512 : 100);
      server.deliver({ opcode: Opcode.DATA, block, payload }, client, from);
      const answer = server.take(client)!;
      assertEquals(answer.packet, { opcode: Opcode.ACK, block });
      from = answer.from;
    }
  }
  const results = server.records.map((record) => record.kind === "transfer" && record.result);
  assertEquals(results, ["done", "done", "done"]);
});

Deno.test("a read that never ends is given up after the idle timeout", () => {
  let closed = 0;
  const server = serving(() => ({
    size: undefined,
    read: () => new Later<number>(),
    close: () => void closed++,
  }), { idleTimeoutMs: 5000 });
  send(server, rrq());
  server.pass(5100, 100);
  const packet = server.take(CLIENT)?.packet;
  assert(packet?.opcode === Opcode.ERROR);
  assertEquals(packet.message, "The file could not be read within 5 seconds");
  assertEquals([closed, server.holdings.rows, server.holdings.timers], [1, 0, 0]);
});

Deno.test("a commit that never ends is given up after the idle timeout", () => {
  const calls: string[] = [];
  const sink: Sink = {
    write: () => void calls.push("write"),
    commit: () => new Later(),
    abandon: () => void calls.push("abandon"),
  };
  const server = serving(() => sink, { idleTimeoutMs: 5000 });
  send(server, { opcode: Opcode.WRQ, filename: "file", mode: "octet", options: [] });
  const { from } = server.take(CLIENT)!;
  server.deliver({ opcode: Opcode.DATA, block: 1, payload: pattern(7) }, CLIENT, from);
  server.pass(5100, 100);
  const packet = server.take(CLIENT)?.packet;
  assert(packet?.opcode === Opcode.ERROR);
  assertEquals(packet.message, "The file could not be saved within 5 seconds");
  assertEquals(calls, ["write", "abandon"]);
  server.pass(30_000, 500);
  assertEquals([server.holdings.rows, server.holdings.timers], [0, 0]);
});

Deno.test("a client's ERROR ends the wait for its file's bytes at once", () => {
  let closed = 0;
  let cancelled = 0;
  const reads: Later<number>[] = [];
  const server = serving((request) => {
    request.onCancel(() => cancelled++);
    return {
      size: undefined,
      slow: true,
      read: () => {
        const read = new Later<number>();
        reads.push(read);
        return read;
      },
      close: () => void closed++,
    };
  });
  send(server, rrq());
  reads[0]!.resolve(512);
  const { from } = server.take(CLIENT)!;
  server.deliver({ opcode: Opcode.ACK, block: 1 }, CLIENT, from);
  assertEquals([reads.length, closed], [2, 0]);
  server.deliver({ opcode: Opcode.ERROR, code: 0, message: "Enough" }, CLIENT, from);
  assertEquals([closed, cancelled, server.holdings.rows], [1, 1, 0]);
  reads[1]!.resolve(512);
  assertEquals(server.take(CLIENT), undefined);
  server.assertSound();
});

Deno.test("of a slow source no more is read than what leaves next", () => {
  for (const [slow, bytes] of [[true, 512], [false, 16_384]] as const) {
    let asked = 0;
    const server = serving(() => ({
      ...{ size: 100_000, slow, close() {} },
      read: (into: Uint8Array) => asked = into.length,
    }));
    send(server, rrq());
    assertEquals(asked, bytes);
  }
});

function plainSource(bytes: Uint8Array): Source {
  const source = new MemorySource(bytes);
  return { size: bytes.length, read: (into) => source.read(into), close: () => source.close() };
}

Deno.test("a source that can't be closed costs neither the record nor the server", () => {
  const close = () => {
    throw new Error("close failed");
  };
  const open = () => ({ ...plainSource(pattern(100)), close });
  const answered = serving(open);
  send(answered, rrq());
  answered.deliver({ opcode: Opcode.ACK, block: 1 }, CLIENT, answered.take(CLIENT)!.from);
  const silent = serving(open);
  send(silent, rrq());
  silent.pass(61_000);
  for (const [server, result] of [[answered, "done"], [silent, "failed"]] as const) {
    const told = server.records.map((record) =>
      record.kind === "error" ? record.message : record.kind === "transfer" && record.result
    );
    assertEquals([told, server.holdings.rows], [["Error: close failed", result], 0]);
  }
});
