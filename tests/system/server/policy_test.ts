/** What a server allows and what it does not, over the wire. */

import { assert, assertEquals } from "@std/assert";
import { MapFile, OPEN_ACCESS, parseCidr } from "../../../src/mod.ts";
import { ack, data, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

const MISSING = 'ERROR 1 "File not found"';
const REFUSED = 'ERROR 2 "Access violation"';
const DENIED = 'ERROR 2 "This address may not fetch or send files here"';
const FULL = 'ERROR 3 "Disk full or allocation exceeded"';

/** Sends a small file whole. */
async function upload(served: ServedFolder, name: string, content: string): Promise<void> {
  await using client = new RawClient();
  const tid = await client.ask(wrq(name), served.port, "ACK 0");
  await client.ask(data(1, content), tid, "ACK 1");
  await served.nextTransfer();
}

Deno.test("serve() with ignoreCase finds a name in any case, the exact one first", async () => {
  await using served = new ServedFolder({ ignoreCase: true, uploads: "overwrite" });
  served.folder.write("Boot/BCD", "store");
  served.folder.write("Boot/bcd.LOG", "log");
  served.folder.write("Boot/bcd.log", "exact");
  await using client = new RawClient();
  for (const [name, size] of [["boot/bcd", 5], ["BOOT/BCD", 5], ["Boot/bcd.log", 5]] as const) {
    await client.ask(rrq(name), served.port, `DATA 1 (${size} bytes)`);
  }
  await client.ask(rrq("boot/none"), served.port, MISSING);
  await upload(served, "boot/bcd", "new");
  await upload(served, "boot/New", "new");
  assertEquals(served.folder.names("Boot"), ["BCD", "New", "bcd.LOG", "bcd.log"]);
  assertEquals(served.folder.text("Boot/BCD"), "new");
});

Deno.test("serve() tells the operator which name was probably meant", async () => {
  await using served = new ServedFolder();
  served.folder.write("Boot/BCD", "store");
  await using client = new RawClient();
  for (const name of ["boot/bcd", "Boot/BCE", "nowhere/at/all"]) {
    await client.ask(rrq(name), served.port, MISSING);
  }
  const hints = served.records.map((record) => record.kind === "refused" ? record.hint : "none");
  assertEquals(hints, ["Boot/BCD", "Boot/BCD", undefined]);
});

Deno.test("serve() with rootPerClient serves a client its own folder", async () => {
  await using served = new ServedFolder({ rootPerClient: true });
  served.folder.write("file", "shared");
  served.folder.write("127.0.0.1/file", "own");
  await using own = new RawClient();
  await own.ask(rrq("file"), served.port, "DATA 1 (3 bytes)");
  await own.ask(rrq("../file"), served.port, REFUSED);
  await using other = new RawClient("127.0.0.2");
  const to = { hostname: "127.0.0.1", port: served.port };
  await other.ask(rrq("file"), to, "DATA 1 (6 bytes)");
});

Deno.test("serve() with rootPerClient follows a link to a folder inside", async () => {
  using outside = new TempFolder();
  outside.write("file", "a secret");
  outside.write("only", "a secret");
  await using served = new ServedFolder({ rootPerClient: true, uploads: "new" });
  served.folder.write("file", "shared");
  served.folder.write("board/file", "own");
  for (const [name, target] of [["127.0.0.1", "board"], ["127.0.0.2", outside.path]] as const) {
    await Deno.symlink(target, served.folder.at(name));
  }
  await using own = new RawClient();
  await own.ask(rrq("file"), served.port, "DATA 1 (3 bytes)");
  const tid = await own.ask(wrq("sent"), served.port, "ACK 0");
  await own.ask(data(1, "up"), tid, "ACK 1");
  assertEquals(served.folder.text("board/sent"), "up");
  await using other = new RawClient("127.0.0.2");
  const to = { hostname: "127.0.0.1", port: served.port };
  await other.ask(rrq("file"), to, "DATA 1 (6 bytes)");
  await other.ask(rrq("only"), to, MISSING);
});

Deno.test("serve() rewrites names by its map before it looks them up", async () => {
  const map = new MapFile("rg \\\\ /\nr ^/?tftpboot/\nr ^menu$ \\x/menu\na ^secret", "map");
  await using served = new ServedFolder({ map });
  served.folder.write("boot/a", "12345");
  served.folder.write("7F000001/menu", "menu");
  served.folder.write("secret", "no");
  await using client = new RawClient();
  const tid = await client.ask(rrq("\\tftpboot\\boot\\a"), served.port, "DATA 1 (5 bytes)");
  await client.send(ack(1), tid);
  assertEquals((await served.nextTransfer()).rewritten, "boot/a");
  await client.ask(rrq("menu"), served.port, "DATA 1 (4 bytes)");
  await client.ask(rrq("secret"), served.port, REFUSED);
});

Deno.test("serve() serves nothing outside its folder by a map", async () => {
  await using served = new ServedFolder({ map: new MapFile("r ^ ../../", "map") });
  await using client = new RawClient();
  await client.ask(rrq("etc/passwd"), served.port, REFUSED);
});

Deno.test("serve() with uploads version keeps every old file beside, numbered", async () => {
  await using served = new ServedFolder({ uploads: "version" });
  for (const content of ["one", "two", "three"]) await upload(served, "cfg", content);
  assertEquals(served.folder.names(), ["cfg", "cfg.1", "cfg.2"]);
  const texts = served.folder.names().map((name) => served.folder.text(name));
  assertEquals(texts, ["three", "one", "two"]);
});

Deno.test("serve() with uploadDir takes uploads there only", async () => {
  await using served = new ServedFolder({ uploads: "new", uploadDir: "." });
  served.folder.makeFolder("in/deep");
  served.folder.makeFolder("in-side");
  served.server.reconfigure({ uploads: "new", uploadDir: "in" });
  await upload(served, "in/a", "a");
  await upload(served, "in/deep/b", "b");
  await using client = new RawClient();
  for (const name of ["c", "in-side/c", "in/../c"]) {
    await client.ask(wrq(name), served.port, REFUSED);
  }
});

Deno.test("serve() with maxUpload refuses by tsize, or on the way", async () => {
  await using served = new ServedFolder({ uploads: "new", maxUpload: 600 });
  await using client = new RawClient();
  const tooLarge = 'ERROR 3 "File is larger than allowed here"';
  await client.ask(wrq("a", { tsize: 601 }), served.port, tooLarge);
  assertEquals(served.folder.names(), []);
  const tid = await client.ask(wrq("a"), served.port, "ACK 0");
  await client.ask(data(1, pattern(512)), tid, "ACK 1");
  await client.ask(data(2, pattern(89)), tid, FULL);
  assertEquals((await served.nextTransfer()).result, "failed");
  assertEquals(served.folder.names(), []);
  await client.ask(wrq("a", { tsize: 600 }), served.port, "OACK tsize=600");
});

Deno.test("serve() gives addresses that are not served ERROR 2, or silence", async () => {
  const access = { ...OPEN_ACCESS, deny: [parseCidr("127.0.0.2")] };
  await using served = new ServedFolder({ access });
  served.folder.write("file", "short");
  await using friend = new RawClient();
  await using stranger = new RawClient("127.0.0.2");
  const to = { hostname: "127.0.0.1", port: served.port };
  await friend.ask(rrq("file"), served.port, "DATA 1 (5 bytes)");
  await stranger.ask(rrq("file"), to, DENIED);
  served.server.reconfigure({ access, denySilently: true });
  await stranger.send(rrq("file"), to);
  await stranger.send("\0\x04\0\0", to);
  // Once this is answered, the stranger's have been seen too.
  await friend.ask(rrq("missing"), served.port, MISSING);
  served.server.reconfigure({});
  // What was not silence would come first.
  await stranger.ask(rrq("missing"), to, MISSING);
});

Deno.test("serve() takes uploads only from addresses that may write", async () => {
  const access = { ...OPEN_ACCESS, allowWrite: [parseCidr("127.0.0.2/32")] };
  await using served = new ServedFolder({ access, uploads: "new" });
  await using reader = new RawClient();
  await using writer = new RawClient("127.0.0.2");
  const told = 'ERROR 2 "Uploads are not allowed from this address"';
  await reader.ask(wrq("a"), served.port, told);
  await writer.ask(wrq("a"), { hostname: "127.0.0.1", port: served.port }, "ACK 0");
});

Deno.test("serve() grants no larger blocks and windows than configured", async () => {
  await using served = new ServedFolder({ maxBlksize: 1000, maxWindowsize: 3 });
  served.folder.write("file", pattern(5000));
  await using client = new RawClient();
  const answer = "OACK blksize=1000 windowsize=3";
  await client.ask(rrq("file", { blksize: 65464, windowsize: 64 }), served.port, answer);
});

Deno.test("serve() keeps to its rate, and everybody else at theirs", async () => {
  await using served = new ServedFolder({ ratePerClient: 20_000 });
  served.folder.write("file", pattern(12_000));
  await using one = new RawClient();
  await using other = new RawClient("127.0.0.2");
  const to = { hostname: "127.0.0.1", port: served.port };
  const begun = performance.now();
  const seconds: number[] = [];
  const lengths = await Promise.all([one, other].map(async (client) => {
    const { length } = await client.fetch(rrq("file"), to);
    seconds.push((performance.now() - begun) / 1000);
    return length;
  }));
  assertEquals(lengths, [12_000, 12_000]);
  const [first = 0, second = 0] = seconds;
  // 100 ms of it are a burst; of one client after the other, the first would take half as long.
  assert(first > 0.4 && first > 0.6 * second, `${seconds} s`);
});

Deno.test("serve() takes an upload no faster than its rate", async () => {
  await using served = new ServedFolder({ uploads: "new", rate: 10_000 });
  await using client = new RawClient();
  const begun = performance.now();
  const tid = await client.ask(wrq("new"), served.port, "ACK 0");
  for (let block = 1; block <= 10; block++) {
    await client.ask(data(block, pattern(512)), tid, `ACK ${block}`);
  }
  await client.ask(data(11, "end"), tid, "ACK 11");
  assert(performance.now() - begun > 350);
  assertEquals(served.folder.bytes("new").length, 5123);
});

Deno.test("serve() that waits for its rate handles an ERROR and a stop", async () => {
  const served = new ServedFolder({ rate: 1000 });
  served.folder.write("file", pattern(5000));
  await using client = new RawClient();
  const tid = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  await client.send(ack(1), tid);
  await served.server.shutdown();
  await client.expect('ERROR 0 "Server is shutting down"');
  served.folder[Symbol.dispose]();
});

Deno.test("serve() answers from the configured ports", async () => {
  const first = 40_000 + Math.floor(Math.random() * 10_000);
  const portRange = { first, last: first + 3 };
  await using served = new ServedFolder({ portRange });
  served.folder.write("file", "short");
  const ports = new Set<number>();
  for (let i = 0; i < 12; i++) {
    await using client = new RawClient();
    const { port } = await client.ask(rrq("file"), served.port, "DATA 1 (5 bytes)");
    ports.add(port);
  }
  assertEquals([...ports].every((port) => port >= first && port <= first + 3), true);
  assert(ports.size > 1);
});

Deno.test("serve() sends one packet per request to a client that never answered", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(70_000));
  await using forged = new RawClient("127.0.0.3");
  const to = { hostname: "127.0.0.1", port: served.port };
  const asked = rrq("file", { blksize: 1468, windowsize: 16 });
  await forged.ask(asked, to, "OACK blksize=1468 windowsize=16");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await forged.ask(rrq("missing"), to, MISSING);
});

Deno.test("serve() drains before it stops, and lets another take its place meanwhile", async () => {
  const served = new ServedFolder();
  served.folder.write("file", pattern(600));
  await using client = new RawClient();
  const tid = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  const port = served.port;
  const stopped = served.server.shutdown(60_000);
  await client.ask(ack(1), tid, "DATA 2 (88 bytes)");
  await using successor = new ServedFolder({ port });
  await client.send(ack(2), tid);
  assertEquals((await served.nextTransfer()).result, "done");
  await stopped;
  assertEquals(successor.port, port);
  served.folder[Symbol.dispose]();
});

Deno.test("serve() logs a hostile name in one line that can't pass for another", async () => {
  await using served = new ServedFolder();
  await using client = new RawClient();
  await client.ask(rrq("a\nb"), served.port, MISSING);
  const [record] = served.records;
  assertEquals(record?.kind, "refused");
  assert(JSON.stringify(record).includes('"filename":"a\\nb"'), JSON.stringify(record));
});
