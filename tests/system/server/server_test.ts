/** Transfers with a real server, datagram by datagram: its ports, its manners, its uploads. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { get, NetworkError, serve } from "../../../src/mod.ts";
import { describePacket } from "../../../src/protocol/mod.ts";
import { MemorySink } from "../../helpers/sim/memory_network.ts";
import { ack, data, error, oack, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { within } from "../../helpers/sim/within.ts";

const UNKNOWN_TID = 'ERROR 5 "Unknown transfer ID"';

Deno.test("serve() answers from a port of the transfer, and a new one each time", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", "short");
  await using client = new RawClient();
  const ports: number[] = [];
  for (let i = 0; i < 5; i++) {
    const from = await client.ask(rrq("file"), served.port, "DATA 1 (5 bytes)");
    await client.send(ack(1), from);
    await served.nextTransfer();
    ports.push(from.port);
  }
  ports.forEach((port, i) => {
    assertNotEquals(port, served.port);
    assertNotEquals(port, ports[i - 1]);
  });
});

Deno.test("serve() on a single port answers from it, again and again", async () => {
  await using served = new ServedFolder({ singlePort: true, uploads: "new" });
  served.folder.write("file", pattern(1300));
  await using client = new RawClient();
  for (let i = 0; i < 3; i++) {
    assertEquals(await client.fetch(rrq("file"), served.port), pattern(1300));
  }
  await client.ask(wrq("first"), served.port, "ACK 0");
  const from = await client.ask(data(1, "one"), served.port, "ACK 1");
  assertEquals(from.port, served.port);
});

Deno.test("serve() on a single port takes an upload right after another", async () => {
  await using served = new ServedFolder({ singlePort: true, uploads: "new" });
  await using client = new RawClient();
  for (const name of ["first", "second"]) {
    await client.ask(wrq(name), served.port, "ACK 0");
    await client.ask(data(1, name), served.port, "ACK 1");
    await served.nextTransfer();
  }
  assertEquals([served.folder.text("first"), served.folder.text("second")], ["first", "second"]);
});

Deno.test("serve() tells a stranger to a transfer's port so, and goes on", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  served.folder.write("file", pattern(700));
  await using client = new RawClient();
  await using stranger = new RawClient();
  const tid = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  await stranger.ask(ack(1), tid, UNKNOWN_TID);
  await stranger.send(error(0, "stop"), tid);
  await stranger.ask(data(1, "x"), tid, UNKNOWN_TID);
  await client.ask(ack(1), tid, "DATA 2 (188 bytes)");
  await client.send(ack(2), tid);
  assertEquals((await served.nextTransfer()).error, undefined);
});

Deno.test("serve() sends nothing twice for a duplicate ACK at windowsize 1", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(1300));
  await using client = new RawClient();
  const tid = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  for (let i = 0; i < 10; i++) await client.send(ack(1), tid);
  await client.expect("DATA 2 (512 bytes)");
  await client.ask(ack(2), tid, "DATA 3 (276 bytes)");
  await client.send(ack(3), tid);
  assertEquals((await served.nextTransfer()).retransmits, 0);
});

Deno.test("serve() takes a repeated request for the one it answers already", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(700));
  await using client = new RawClient();
  const tid = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  await client.send(rrq("file"), served.port);
  await client.ask(ack(1), tid, "DATA 2 (188 bytes)");
  await client.send(ack(2), tid);
  await served.nextTransfer();
  assertEquals(served.records.length, 1);
});

Deno.test("serve() takes another request from one port for a new start", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(700));
  served.folder.write("other", "second");
  await using client = new RawClient();
  const old = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  const now = await client.ask(rrq("other"), served.port, "DATA 1 (6 bytes)");
  assertNotEquals(old.port, now.port);
  await client.send(ack(1), now);
  assertEquals((await served.nextTransfer()).filename, "other");
  assertEquals((await served.nextTransfer()).error?.message, "The client started another transfer");
});

Deno.test("serve() accepts a last ACK that the next request has overtaken", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", "first");
  await using client = new RawClient();
  const requests = [rrq("file"), rrq("missing"), rrq("file"), rrq("file")];
  let tid = await client.ask(rrq("file"), served.port, "DATA 1 (5 bytes)");
  for (const request of requests) {
    await client.send(request, served.port);
    await client.send(ack(1), tid);
    const missing = request.filename === "missing";
    // An ERROR 5 for the late ACK would be taken for the answer by a client that waits for one.
    tid = await client.expect(missing ? 'ERROR 1 "File not found"' : "DATA 1 (5 bytes)");
    if (!missing) assertEquals((await served.nextTransfer()).error, undefined);
    else tid = await client.ask(rrq("file"), served.port, "DATA 1 (5 bytes)");
  }
});

Deno.test("serve() on a single port lets a new request take over", async () => {
  await using served = new ServedFolder({ singlePort: true });
  served.folder.write("file", pattern(700));
  served.folder.write("other", "second");
  await using client = new RawClient();
  await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  await client.ask(rrq("other"), served.port, "DATA 1 (6 bytes)");
  await client.send(ack(1), served.port);
  assertEquals((await served.nextTransfer()).filename, "other");
});

Deno.test("serve() makes no failure of odd packets from the client itself", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(700));
  await using client = new RawClient();
  const tid = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  for (
    const junk of ["", "\0", "\0\x04", "\0\x09\0\0", "\0\x04\0", "\0\x05\0", "\0\x06\0\0", "x"]
  ) {
    await client.send(junk, tid);
  }
  await client.send(oack({ blksize: 8 }), tid);
  await client.send(data(1, "x"), tid);
  for (const block of [0, 2, 3, 32768, 65535]) await client.send(ack(block), tid);
  await client.ask(ack(1), tid, "DATA 2 (188 bytes)");
  await client.send(ack(2), tid);
  assertEquals((await served.nextTransfer()).error, undefined);
  assertEquals(served.errors, []);
});

Deno.test("serve() ends an empty file and an exact multiple with an empty block", async () => {
  await using served = new ServedFolder();
  served.folder.write("empty", "");
  served.folder.write("exact", pattern(1024));
  await using client = new RawClient();
  const tid = await client.ask(rrq("empty"), served.port, "DATA 1 (0 bytes)");
  await client.send(ack(1), tid);
  const exact = await client.ask(rrq("exact"), served.port, "DATA 1 (512 bytes)");
  await client.ask(ack(1), exact, "DATA 2 (512 bytes)");
  await client.ask(ack(2), exact, "DATA 3 (0 bytes)");
  await client.send(ack(3), exact);
});

Deno.test("serve() sends a file at the size it had when it was asked for", async () => {
  await using served = new ServedFolder();
  const path = served.folder.write("log", pattern(600));
  await using client = new RawClient();
  const tid = await client.ask(rrq("log"), served.port, "DATA 1 (512 bytes)");
  await Deno.writeFile(path, pattern(5000), { append: true });
  await client.ask(ack(1), tid, "DATA 2 (88 bytes)");
  await client.send(ack(2), tid);
});

Deno.test("serve() makes no whole file of one that became shorter", async () => {
  await using served = new ServedFolder();
  const path = served.folder.write("log", pattern(200_000));
  await using client = new RawClient();
  let tid = await client.ask(rrq("log"), served.port, "DATA 1 (512 bytes)");
  await Deno.truncate(path, 10);
  for (let block = 1;; block++) {
    await client.send(ack(block), tid);
    const { packet, from } = await client.next();
    tid = from;
    if (packet?.opcode === 3) continue;
    assertEquals(packet && describePacket(packet), 'ERROR 0 "The file changed while it was sent"');
    break;
  }
  assert((await served.nextTransfer()).error?.message.includes("became shorter"));
});

Deno.test("serve() asked only for the size gets over it", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(1500));
  await using client = new RawClient();
  for (const code of [0, 8]) {
    const tid = await client.ask(rrq("file", { tsize: 0 }), served.port, "OACK tsize=1500");
    await client.send(error(code, "size only"), tid);
    assertEquals((await served.nextTransfer()).bytes, 0);
  }
  assertEquals(await client.fetch(rrq("file"), served.port), pattern(1500));
});

Deno.test("serve() serves two hundred clients at once", async () => {
  await using served = new ServedFolder();
  for (let i = 0; i < 10; i++) served.folder.write(`file${i}`, pattern(20_000 + i * 512));
  const { target } = served;
  const fetches = Array.from({ length: 200 }, async (_, i) => {
    const sink = new MemorySink();
    const summary = await get(`file${i % 10}`, sink, { ...target, windowsize: 1 + i % 4 });
    assertEquals(sink.bytes.length, 20_000 + i % 10 * 512);
    assert(sink.bytes.every((byte, at) => byte === expected[at]), `file${i % 10} is damaged`);
    await summary.dallied;
  });
  const expected = pattern(30_000);
  await within(Promise.all(fetches), "the end of two hundred transfers");
  assertEquals(served.errors, []);
});

Deno.test("serve() that shuts down tells its clients, keeps no part, and ends", async () => {
  const served = new ServedFolder({ uploads: "new" });
  served.folder.write("file", pattern(700));
  await using getter = new RawClient();
  await using putter = new RawClient();
  await getter.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  await putter.ask(wrq("new"), served.port, "ACK 0");
  await served.server.shutdown();
  await getter.expect('ERROR 0 "Server is shutting down"');
  await putter.expect('ERROR 0 "Server is shutting down"');
  await served.server.finished;
  assertEquals(served.folder.names(), ["file"]);
  await served.server.shutdown();
  served.folder[Symbol.dispose]();
});

Deno.test("serve() that shuts down forgets clients that may miss their last ACK", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  for (const name of ["first", "second", "third"]) {
    const tid = await client.ask(wrq(name), served.port, "ACK 0");
    await client.ask(data(1, name), tid, "ACK 1");
    await served.nextTransfer();
  }
  // The sanitizers see to it that no timer outlives the server.
});

Deno.test("serve() listens on IPv6 and IPv4 where nothing else is said", async () => {
  await using served = new ServedFolder({ addresses: [] });
  served.folder.write("file", "short");
  for (const hostname of ["127.0.0.1", "::1"]) {
    await using client = new RawClient(hostname);
    const to = { hostname, port: served.port };
    const from = await client.ask(rrq("file"), to, "DATA 1 (5 bytes)");
    assertEquals(from.hostname, hostname);
    await client.send(ack(1), from);
    assertEquals((await served.nextTransfer()).error, undefined);
  }
});

Deno.test("serve() listens on each address it is given", async () => {
  await using served = new ServedFolder({ addresses: ["127.0.0.1", "127.0.0.2"] });
  served.folder.write("file", "short");
  for (const { hostname, port } of served.server.addresses) {
    await using client = new RawClient(hostname);
    const from = await client.ask(rrq("file"), { hostname, port }, "DATA 1 (5 bytes)");
    assertEquals(from.hostname, hostname);
    await client.send(ack(1), from);
  }
});

Deno.test("serve() that can't have one of its addresses keeps none", () => {
  using folder = new TempFolder();
  const options = { root: folder.path, port: 0, addresses: ["127.0.0.1", "192.0.2.1"] };
  // The sanitizers see to it that the first socket is closed.
  assertThrows(() => serve(options), NetworkError, "192.0.2.1");
});
