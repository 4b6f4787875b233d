/** The client and answers that are not quite well formed, but whose meaning is beyond doubt. */

import { assertEquals } from "@std/assert";
import { get, put, TftpError } from "../../../src/mod.ts";
import { FakeServer } from "../../helpers/net/fake_server.ts";
import { MemorySink, MemorySource } from "../../helpers/sim/memory_network.ts";
import { data } from "../../helpers/net/raw_client.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { within } from "../../helpers/sim/within.ts";

Deno.test("get() takes an ERROR with a flawed text at its word", async () => {
  const cases: readonly [bytes: string, message: string][] = [
    ["\0\x05\0\x01No such file", "No such file"],
    ["\0\x05\0\x01", ""],
    ["\0\x05\0\x01No such file\0\0\0", "No such file"],
    ["\0\x05\0\x01" + "x".repeat(1400), "x".repeat(512)],
  ];
  for (const [bytes, message] of cases) {
    await using fake = new FakeServer();
    const ending = get("file", new MemorySink(), fake.target).catch((error) => error);
    await fake.answerRequest(bytes);
    const error = await within(ending, "the end of the transfer");
    assertEquals(error instanceof TftpError, true, String(error));
    assertEquals([error.side, error.code, error.message], ["peer", 1, message]);
  }
});

Deno.test("get() goes on with an OACK that lacks its last NUL", async () => {
  await using fake = new FakeServer();
  const ending = get("file", new MemorySink(), fake.target);
  await fake.answerRequest("\0\x06blksize\x008");
  await fake.expect("ACK 0");
  await fake.ask(data(1, "good"), "ACK 1");
  const { agreement, dallied } = await within(ending, "the end of the transfer");
  await dallied;
  assertEquals(agreement.blksize, 8);
});

Deno.test("put() goes on with padded ACKs", async () => {
  await using fake = new FakeServer();
  const ending = put("file", new MemorySource(pattern(10)), { ...fake.target, plain: true });
  await fake.request();
  await fake.ask("\0\x04\0\0" + "\0".repeat(14), "DATA 1 (10 bytes)");
  await fake.send("\0\x04\0\x01\0");
  const { bytes, dallied } = await within(ending, "the end of the transfer");
  await dallied;
  assertEquals(bytes, 10);
});
