/** Files sent to a real server: under their name only when whole, and never mixed. */

import { assert, assertEquals } from "@std/assert";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { ack, data, error, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";

const EXISTS = 'ERROR 6 "File already exists"';

Deno.test("serve() takes an upload, and shows it only when it is whole", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  const content = pattern(700);
  await using client = new RawClient();
  const tid = await client.ask(wrq("new"), served.port, "ACK 0");
  await client.ask(data(1, content.subarray(0, 512)), tid, "ACK 1");
  assert(!served.folder.names().includes("new"), "a part bears the name");
  await using reader = new RawClient();
  await reader.ask(rrq("new"), served.port, 'ERROR 1 "File not found"');
  const [part] = served.folder.names();
  await reader.ask(rrq(part!), served.port, 'ERROR 1 "File not found"');
  await client.ask(data(2, content.subarray(512)), tid, "ACK 2");
  // Whole when the last ACK is here, not some time later.
  assertEquals(served.folder.names(), ["new"]);
  assertEquals(served.folder.bytes("new"), content);
});

Deno.test("serve() keeps no part of an upload that ends in an ERROR", async () => {
  await using served = new ServedFolder({ uploads: "overwrite" });
  served.folder.write("old", "the old file");
  await using client = new RawClient();
  for (const name of ["new", "old"]) {
    for (const blocks of [0, 1]) {
      const tid = await client.ask(wrq(name), served.port, "ACK 0");
      if (blocks === 1) await client.ask(data(1, pattern(512)), tid, "ACK 1");
      await client.send(error(0, "no more"), tid);
      assertEquals((await served.nextTransfer()).error?.message, "no more");
      assertEquals(served.folder.names(), ["old"]);
    }
  }
  assertEquals(served.folder.text("old"), "the old file");
});

Deno.test("serve() keeps no part of an upload that breaks the protocol", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const tid = await client.ask(wrq("new"), served.port, "ACK 0");
  const answer = 'ERROR 4 "Block of 513 bytes, blksize is 512"';
  await client.ask(data(1, pattern(513)), tid, answer);
  assertEquals((await served.nextTransfer()).error?.name, "ProtocolError");
  assertEquals(served.folder.names(), []);
});

Deno.test("serve() takes only new files by default", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  served.folder.write("old", "the old file");
  await using client = new RawClient();
  await client.ask(wrq("old"), served.port, EXISTS);
  assertEquals(served.folder.text("old"), "the old file");
});

Deno.test("serve() replaces a file if configured", async () => {
  await using served = new ServedFolder({ uploads: "overwrite" });
  served.folder.write("old", "the old file");
  await using client = new RawClient();
  const tid = await client.ask(wrq("old"), served.port, "ACK 0");
  await client.ask(data(1, "new"), tid, "ACK 1");
  assertEquals([served.folder.text("old"), served.folder.names()], ["new", ["old"]]);
});

Deno.test("serve() gives a name to the first of two uploads that is whole", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using slow = new RawClient();
  await using quick = new RawClient();
  const slowTid = await slow.ask(wrq("name"), served.port, "ACK 0");
  const quickTid = await quick.ask(wrq("name"), served.port, "ACK 0");
  await slow.ask(data(1, pattern(512)), slowTid, "ACK 1");
  await quick.ask(data(1, "quick"), quickTid, "ACK 1");
  await slow.ask(data(2, "slow"), slowTid, EXISTS);
  await served.nextTransfer();
  await served.nextTransfer();
  assertEquals([served.folder.text("name"), served.folder.names()], ["quick", ["name"]]);
});

Deno.test("serve() that overwrites keeps the last of two uploads, never a mixture", async () => {
  await using served = new ServedFolder({ uploads: "overwrite" });
  await using one = new RawClient();
  await using two = new RawClient();
  const oneTid = await one.ask(wrq("name"), served.port, "ACK 0");
  const twoTid = await two.ask(wrq("name"), served.port, "ACK 0");
  await one.ask(data(1, new Uint8Array(512).fill(1)), oneTid, "ACK 1");
  await two.ask(data(1, new Uint8Array(512).fill(2)), twoTid, "ACK 1");
  await one.ask(data(2, "\x01"), oneTid, "ACK 2");
  assertEquals(served.folder.bytes("name"), new Uint8Array(513).fill(1));
  await two.ask(data(2, "\x02\x02"), twoTid, "ACK 2");
  assertEquals(served.folder.bytes("name"), new Uint8Array(514).fill(2));
  assertEquals(served.folder.names(), ["name"]);
});

Deno.test("serve() repeats the last ACK of an upload to a client that missed it", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const tid = await client.ask(wrq("new"), served.port, "ACK 0");
  await client.ask(data(1, "all"), tid, "ACK 1");
  await served.nextTransfer();
  for (let i = 0; i < 3; i++) {
    const { from, bytes } = await client.insist(data(1, "all"), tid);
    assertEquals([from.port, [...bytes]], [tid.port, [0, 4, 0, 1]]);
  }
  assertEquals(served.folder.text("new"), "all");
});

Deno.test("serve() repeats it also when it had to repeat the ACK before", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const tid = await client.ask(wrq("new"), served.port, "ACK 0");
  await client.ask(data(1, pattern(512)), tid, "ACK 1");
  // The client reads from its flash.
  await client.expect("ACK 1");
  await client.ask(data(2, "end"), tid, "ACK 2");
  await served.nextTransfer();
  // Only what comes at once may be a copy that the network made: the client's own wait is longer.
  await new Promise((resolve) => setTimeout(resolve, 60));
  await client.ask(data(2, "end"), tid, "ACK 2");
});

Deno.test("serve() takes each block once, however often it comes", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const tid = await client.ask(wrq("new"), served.port, "ACK 0");
  for (let i = 0; i < 5; i++) await client.send(data(1, pattern(512)), tid);
  await client.expect("ACK 1");
  for (let i = 0; i < 5; i++) await client.send(data(2, "end"), tid);
  for (;;) {
    const { packet } = await client.next();
    if (packet?.opcode === 4 && packet.block === 2) break;
    assertEquals(packet, { opcode: 4, block: 1 });
  }
  assertEquals(served.folder.bytes("new").length, 515);
});

Deno.test("serve() echoes the announced size and takes what comes", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const options = { tsize: 3, blksize: 1024 };
  const tid = await client.ask(wrq("new", options), served.port, "OACK tsize=3 blksize=1024");
  await client.ask(data(1, "abc"), tid, "ACK 1");
  assertEquals(served.folder.text("new"), "abc");
});

Deno.test("serve() translates a netascii upload, also where a pair straddles blocks", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const tid = await client.ask(wrq("new", { mode: "NETASCII" }), served.port, "ACK 0");
  await client.ask(data(1, "x".repeat(511) + "\r"), tid, "ACK 1");
  await client.ask(data(2, "\ny\r\0z\r"), tid, "ACK 2");
  assertEquals(served.folder.text("new"), "x".repeat(511) + "\ny\rz\r");
});

Deno.test("serve() receives windows, reports a gap once, keeps what came behind it", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const blocks = [1, 2, 3, 4].map((i) => new Uint8Array(8).fill(i));
  const options = { blksize: 8, windowsize: 4 };
  const tid = await client.ask(wrq("new", options), served.port, "OACK blksize=8 windowsize=4");
  await client.send(data(1, blocks[0]!), tid);
  await client.send(data(3, blocks[2]!), tid);
  await client.expect("ACK 1");
  await client.send(data(4, blocks[3]!), tid);
  await client.ask(data(2, blocks[1]!), tid, "ACK 4");
  await client.ask(data(5, "end"), tid, "ACK 5");
  assertEquals(served.folder.bytes("new").length, 35);
});

Deno.test("serve() lists what it sends as acknowledged only", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const tid = await client.ask(wrq("new"), served.port, "ACK 0");
  await client.send(ack(1), tid);
  await client.ask(data(1, "abc"), tid, "ACK 1");
  const record = await served.nextTransfer();
  assertEquals([record.direction, record.bytes, record.retransmits], ["put", 3, 0]);
});

Deno.test("serve() tells who sends to a name that is too long, before any data", async () => {
  await using served = new ServedFolder({ uploads: "version" });
  served.folder.write("b".repeat(255), "old");
  served.folder.write("b".repeat(253), "old");
  await using client = new RawClient();
  const tooLong = 'ERROR 0 "The name is too long"';
  await client.ask(wrq("a".repeat(256)), served.port, tooLong);
  // The old file would have to be kept as a longer name.
  await client.ask(wrq("b".repeat(255)), served.port, tooLong);
  await client.ask(wrq("b".repeat(253)), served.port, "ACK 0");
  const hints = served.records.map((record) => record.kind === "refused" && record.hint);
  assertEquals(hints, [undefined, undefined]);
});

Deno.test("serve() tells a client that its file can't be saved any more", async () => {
  await using served = new ServedFolder({ uploads: "overwrite" });
  const path = served.folder.write("name", "old");
  await using client = new RawClient();
  const tid = await client.ask(wrq("name"), served.port, "ACK 0");
  await Deno.remove(path);
  await Deno.mkdir(path);
  await client.ask(data(1, "new"), tid, 'ERROR 0 "Cannot save the file"');
  assertEquals(served.folder.names(), ["name"]);
});
