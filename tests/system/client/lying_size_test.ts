/** Servers whose sizes lie, or whose data never ends: the right exit code, and no file. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FakePlace } from "../../helpers/files/client_place.ts";
import type { FakeServer } from "../../helpers/net/fake_server.ts";
import { data, oack } from "../../helpers/net/raw_client.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";

/** Sends blocks until the client has had enough; returns its last word. */
async function sendBlocks(fake: FakeServer, lengths: Iterable<number>): Promise<string> {
  let block = 0;
  for (const length of lengths) {
    await fake.send(data(++block & 0xffff, pattern(length)));
    const { packet } = await fake.tid.next();
    if (packet?.opcode === 5) return `ERROR ${packet.code} "${packet.message}"`;
  }
  return "nothing";
}

function* forever(length: number): Generator<number> {
  for (;;) yield length;
}

Deno.test("tftp get fails when less comes than was announced, and keeps the old file", async () => {
  await using place = new FakePlace();
  place.here.write("file", "old");
  const finished = place.run("get", place.host, "file");
  await place.fake.answerRequest(oack({ tsize: 1000 }));
  await place.fake.expect("ACK 0");
  const said = await sendBlocks(place.fake, [512, 100]);
  assertEquals(said, 'ERROR 0 "Server announced 1000 bytes, but sent 612"');
  const { code, stderr } = await finished;
  assertEquals([code, place.here.names(), place.here.text("file")], [6, ["file"], "old"]);
  assertMatch(stderr, /cannot get "file" from .*: Server announced 1000 bytes, but sent 612/);
});

Deno.test("tftp get fails as soon as more comes than was announced", async () => {
  await using place = new FakePlace();
  const finished = place.run("get", place.host, "file");
  await place.fake.answerRequest(oack({ tsize: 1000 }));
  await place.fake.expect("ACK 0");
  const said = await sendBlocks(place.fake, forever(512));
  assertEquals(said, 'ERROR 0 "Server announced 1000 bytes, but sends more"');
  assertEquals([(await finished).code, place.here.names()], [6, []]);
});

Deno.test("tftp get takes a size of 0 for a server that only repeats the question", async () => {
  await using place = new FakePlace();
  const finished = place.run("get", place.host, "file");
  await place.fake.answerRequest(oack({ tsize: 0 }));
  await place.fake.expect("ACK 0");
  await place.fake.ask(data(1, "content"), "ACK 1");
  assertEquals([(await finished).code, place.here.text("file")], [0, "content"]);
});

Deno.test("tftp get --max-size ends data that never ends", async () => {
  await using place = new FakePlace();
  const finished = place.run("get", "--no-options", "--max-size", "100k", place.host, "file");
  await place.fake.request();
  const said = await sendBlocks(place.fake, forever(512));
  assertEquals(said, 'ERROR 3 "Disk full or allocation exceeded"');
  const { code, stderr } = await finished;
  assertEquals([code, place.here.names()], [3, []]);
  assertStringIncludes(stderr, "more than the 100000 bytes that are allowed");
});

Deno.test("tftp get --max-size refuses at the first block what is announced larger", async () => {
  await using place = new FakePlace();
  const finished = place.run("get", "--max-size", "1M", place.host, "file");
  await place.fake.answerRequest(oack({ tsize: 1_000_001, windowsize: 1 }));
  await place.fake.expect("ACK 0");
  assertEquals(
    await sendBlocks(place.fake, [512]),
    'ERROR 3 "Disk full or allocation exceeded"',
  );
  assertEquals([(await finished).code, place.here.names()], [3, []]);
});

Deno.test("tftp get --keep-partial keeps what has come, under a name that says so", async () => {
  await using place = new FakePlace();
  place.here.write("file", "old");
  const finished = place.run("get", "--keep-partial", place.host, "file");
  await place.fake.answerRequest(oack({ tsize: 2000, windowsize: 1 }));
  await place.fake.expect("ACK 0");
  await sendBlocks(place.fake, [512, 512]);
  await place.fake.send("\0\x05\0\0gone\0");
  assertEquals((await finished).code, 4);
  assertEquals(place.here.names(), ["file", "file.part"]);
  assertEquals([place.here.text("file"), place.here.bytes("file.part").length], ["old", 1024]);
});

Deno.test("tftp get --keep-partial with --no-clobber replaces no partial file either", async () => {
  await using place = new FakePlace();
  place.here.write("file.part", "older");
  const finished = place.run("get", "--keep-partial", "--no-clobber", place.host, "file");
  await place.fake.answerRequest(oack({ tsize: 2000, windowsize: 1 }));
  await place.fake.expect("ACK 0");
  await sendBlocks(place.fake, [512]);
  await place.fake.send("\0\x05\0\0gone\0");
  const { code, stderr } = await finished;
  assertStringIncludes(stderr, 'file.part": it exists');
  assertEquals([code, place.here.names()], [4, ["file.part"]]);
  assertEquals(place.here.text("file.part"), "older");
});
