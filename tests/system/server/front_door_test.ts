/** What a server answers at its listening port, datagram by datagram. */

import { assert, assertEquals } from "@std/assert";
import {
  ack,
  type Content,
  data,
  describe,
  error,
  oack,
  RawClient,
  rrq,
  wrq,
} from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";

const ILLEGAL = 'ERROR 4 "Illegal TFTP operation"';
const UNKNOWN_TID = 'ERROR 5 "Unknown transfer ID"';
const MISSING = 'ERROR 1 "File not found"';

/** What is no request but is answered (P6), with a name for it. */
const ANSWERED: readonly [what: string, content: Content][] = [
  ["DATA", data(1, "x")],
  ["ACK", ack(0)],
  ["OACK", oack({ blksize: 512 })],
  ["opcode 0", "\0\0\0\0"],
  ["opcode 9", "\0\x09\0\0"],
  ["opcode 256", "\x01\0\0\0"],
  ["an ACK too long", "\0\x04\0\0\0"],
  ["RRQ and nothing", "\0\x01"],
  ["RRQ without a mode", "\0\x01file\0"],
  ["RRQ with an empty mode", "\0\x01file\0\0"],
  ["RRQ without a name", "\0\x01\0octet\0"],
  ["RRQ that does not end in NUL", "\0\x01file\0octet"],
  ["RRQ with an option that does not end in NUL", "\0\x01file\0octet\0blksize\x008"],
  ["WRQ without a mode", "\0\x02file\0"],
];

Deno.test("serve() answers with ERROR 4 what is no request", async () => {
  for (const [what, content] of ANSWERED) {
    // A server each, for it gives one address few such answers.
    await using served = new ServedFolder({ uploads: "new" });
    await using client = new RawClient();
    await client.send(content, served.port);
    const { from, packet } = await client.next();
    assert(packet?.opcode === 5 && packet.code === 4, `${what} was answered otherwise`);
    assertEquals(from.port, served.port);
    assertEquals(served.errors, []);
  }
});

/** What gets silence: an answer could start a quarrel without end. */
const UNANSWERED: readonly [what: string, content: Content][] = [
  ["nothing", ""],
  ["one byte", "\x01"],
  ["ERROR", error(0, "go away")],
  ["ERROR 5", error(5, "Unknown transfer ID")],
  ["ERROR cut short", "\0\x05"],
  ["ERROR without an end", "\0\x05\0\0go away"],
];

Deno.test("serve() answers no ERROR and nothing shorter than an opcode", async () => {
  await using served = new ServedFolder();
  await using client = new RawClient();
  for (const [, content] of UNANSWERED) await client.send(content, served.port);
  await client.ask(rrq("missing"), served.port, MISSING);
  assertEquals(served.records.filter(({ kind }) => kind === "dropped").length, UNANSWERED.length);
});

Deno.test("serve() answers invalid packets of an address five times, then rarely", async () => {
  await using served = new ServedFolder();
  await using client = new RawClient();
  for (let i = 0; i < 200; i++) await client.send(ack(i), served.port);
  for (let i = 0; i < 5; i++) await client.expect(ILLEGAL);
  // Another port of the same address shares its share, real requests are always answered.
  await using neighbour = new RawClient();
  await neighbour.send(ack(1), served.port);
  await neighbour.ask(rrq("missing"), served.port, MISSING);
  await using stranger = new RawClient("127.0.0.2");
  await stranger.ask(ack(1), { hostname: "127.0.0.1", port: served.port }, ILLEGAL);
  await client.ask(rrq("missing"), served.port, MISSING);
});

Deno.test("serve() on a single port answers DATA and ACK of no transfer with ERROR 5", async () => {
  await using served = new ServedFolder({ singlePort: true });
  await using client = new RawClient();
  await client.ask(ack(1), served.port, UNKNOWN_TID);
  await client.ask(data(1, "x"), served.port, UNKNOWN_TID);
  await client.ask(oack({ blksize: 512 }), served.port, ILLEGAL);
  await client.send(error(0, "go away"), served.port);
  await client.ask(rrq("missing"), served.port, MISSING);
});

/** Requests and the first answer: what the established servers disagree about. */
const OPTION_ANSWERS: readonly [options: Record<string, string | number>, answer: string][] = [
  [{}, "DATA 1 (512 bytes)"],
  [{ blksize: 0 }, "DATA 1 (512 bytes)"],
  [{ blksize: 7 }, "DATA 1 (512 bytes)"],
  [{ blksize: 8 }, "OACK blksize=8"],
  [{ blksize: 65464 }, "OACK blksize=65464"],
  [{ blksize: 65465 }, "OACK blksize=65464"],
  [{ blksize: 70000 }, "OACK blksize=65464"],
  [{ blksize: "abc" }, "DATA 1 (512 bytes)"],
  [{ blksize: "-5" }, "DATA 1 (512 bytes)"],
  [{ blksize: "0x200" }, "DATA 1 (512 bytes)"],
  [{ blksize: "1e3" }, "DATA 1 (512 bytes)"],
  [{ blksize: " 512" }, "DATA 1 (512 bytes)"],
  [{ blksize: "" }, "DATA 1 (512 bytes)"],
  [{ blksize: "9".repeat(100) }, "DATA 1 (512 bytes)"],
  [{ blksize: "0512" }, "OACK blksize=512"],
  [{ BLKSIZE: 1024 }, "OACK BLKSIZE=1024"],
  [{ BlkSize: 1024, blksize: 2048 }, "OACK BlkSize=1024"],
  [{ blksize: "abc", BLKSIZE: 1024 }, "OACK BLKSIZE=1024"],
  [{ tsize: 0, blksize: 1024 }, "OACK tsize=1500 blksize=1024"],
  [{ timeout: 1, tsize: 0, blksize: 1024 }, "OACK tsize=1500 blksize=1024"],
  [{ timeout: 0 }, "DATA 1 (512 bytes)"],
  [{ timeout: 300 }, "DATA 1 (512 bytes)"],
  [{ timeout: 3000 }, "DATA 1 (512 bytes)"],
  [{ windowsize: 0 }, "DATA 1 (512 bytes)"],
  [{ windowsize: 1 }, "OACK windowsize=1"],
  [{ windowsize: 65535 }, "OACK windowsize=128"],
  [{ windowsize: 65536 }, "OACK windowsize=128"],
  [{ blksize: 65464, windowsize: 64 }, "OACK blksize=65464 windowsize=2"],
  [{ windowsize: 64, blksize: 65464 }, "OACK windowsize=2 blksize=65464"],
  [{ tsize: 0, mode: "netascii" }, "DATA 1 (512 bytes)"],
  [{ tsize: "junk" }, "DATA 1 (512 bytes)"],
  [{ rollover: 0 }, "OACK rollover=0"],
  [{ rollover: 2 }, "DATA 1 (512 bytes)"],
  [{ multicast: "" }, "DATA 1 (512 bytes)"],
  [{ msftwindow: 31416 }, "DATA 1 (512 bytes)"],
  [{ "": "x" }, "DATA 1 (512 bytes)"],
  [{ constructor: 1, toString: 1 }, "DATA 1 (512 bytes)"],
  [{ __proto: 1, hasOwnProperty: 1 }, "DATA 1 (512 bytes)"],
];

Deno.test("serve() answers odd options with what it grants and never with an ERROR", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", "z".repeat(1500));
  for (const [options, answer] of OPTION_ANSWERS) {
    await using client = new RawClient();
    await client.send(rrq("file", options), served.port);
    const { from, bytes } = await client.next();
    await client.send(error(0, "only asking"), from);
    assertEquals(describe({ bytes }), answer, `options ${JSON.stringify(options)}`);
  }
  assertEquals(served.errors, []);
});

Deno.test("serve() answers a repeated option once, the first asked", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", "z".repeat(1500));
  await using client = new RawClient();
  const twice = "\0\x01file\0octet\0blksize\x001000\0tsize\x000\0blksize\x002000\0";
  await client.ask(twice, served.port, "OACK blksize=1000 tsize=1500");
});

Deno.test("serve() sends the file when an option has no value", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", "short");
  await using client = new RawClient();
  await client.ask("\0\x01file\0octet\0blksize\0", served.port, "DATA 1 (5 bytes)");
});

Deno.test("serve() pads no OACK", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", "short");
  await using client = new RawClient();
  await client.send(rrq("file", { tsize: 0 }), served.port);
  const { bytes } = await client.next();
  assertEquals(String.fromCharCode(...bytes), "\0\x06tsize\x005\0");
});

Deno.test("serve() takes modes in any case and refuses those it does not know", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", "a\nb");
  const answers = {
    octet: "DATA 1 (3 bytes)",
    OCTET: "DATA 1 (3 bytes)",
    NetAscii: "DATA 1 (4 bytes)",
    mail: 'ERROR 4 "Mode is neither octet nor netascii"',
    binary: 'ERROR 4 "Mode is neither octet nor netascii"',
  };
  for (const [mode, answer] of Object.entries(answers)) {
    await using client = new RawClient();
    await client.ask(rrq("file", { mode }), served.port, answer);
  }
});

Deno.test("serve() accepts a request far longer than 512 bytes", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", "short");
  await using client = new RawClient();
  const unknown = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`unknown${i}`, i]));
  await client.ask(rrq("file", unknown), served.port, "DATA 1 (5 bytes)");
});

Deno.test("serve() refuses uploads unless they are switched on", async () => {
  await using served = new ServedFolder();
  await using client = new RawClient();
  await client.ask(wrq("new"), served.port, 'ERROR 2 "Uploads are switched off"');
  assertEquals(served.folder.names(), []);
});
