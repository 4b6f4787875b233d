/** Streams, signals and events of the library, over real sockets. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { get, put, refusal, serve, TftpError } from "../../../src/mod.ts";
import { MemoryLan } from "../../../src/testing/mod.ts";
import {
  bytesOf,
  FILE,
  refusalOf,
  serving,
  streamOf,
  targetOf,
} from "../../helpers/net/library.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { within } from "../../helpers/sim/within.ts";

Deno.test("get() fails as a stream in the way its transfer does", async () => {
  await using server = serving({
    handler: () => ({ body: streamOf(FILE.subarray(0, 50_000)), size: FILE.length }),
  });
  const { body, size, summary } = await get("file", targetOf(server));
  assertEquals(size, FILE.length);
  const error = await assertRejects(() => new Response(body).bytes(), TftpError);
  assertEquals(error.message, "The file ended after 50000 of 100000 bytes");
  await assertRejects(() => summary, TftpError);
});

Deno.test("put() sends bytes, text, a Blob and streams", async () => {
  const got: [string, number | undefined][] = [];
  await using server = serving({
    uploads: "new",
    handler: ({ announcedBytes }) => {
      let text = "";
      return new WritableStream<Uint8Array>({
        write: (piece) => void (text += new TextDecoder().decode(piece)),
        close: () => void got.push([text, announcedBytes]),
      });
    },
  });
  const bytes = new TextEncoder().encode("hello");
  for (const content of [bytes, "hello", new Blob(["hello"]), streamOf(bytes, 2)]) {
    await put("file", content, targetOf(server));
  }
  assertEquals(got, [["hello", 5], ["hello", 5], ["hello", 5], ["hello", undefined]]);
});

Deno.test("put() cancels the stream of a file that is refused", async () => {
  let cancelled = false;
  await using server = serving({ handler: () => refusal(2), uploads: "new" });
  const stream = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  await assertRejects(() => put("file", stream, targetOf(server)), TftpError);
  assertEquals(cancelled, true);
});

Deno.test("Server.events() tells what happens, and ends with the server", async () => {
  await using server = serving({ handler: ({ name }) => name === "file" ? FILE : null });
  const events = server.events();
  await bytesOf(server);
  await refusalOf(server, "other");
  await server.shutdown();
  const kinds: string[] = [];
  for await (const { kind } of events) kinds.push(kind);
  assertEquals(kinds, ["transfer", "refused"]);
  for await (const event of server.events()) throw new Error(`${event.kind} after the end`);
});

Deno.test("Server.events() drops what nobody reads, and counts it", async () => {
  let happened = 0;
  const lan = new MemoryLan();
  const network = lan.machine("10.0.0.1");
  const log = () => void happened++;
  await using server = serve({ network, handler: () => null, log });
  const events = server.events();
  const ask = { host: "10.0.0.1", network: lan.machine("10.0.0.2") };
  for (let batch = 0; batch < 11; batch++) {
    const asked = Array.from(
      { length: 100 },
      () => assertRejects(() => get("file", ask), TftpError),
    );
    await Promise.all(asked);
  }
  // A busy machine answers late, and clients ask again.
  assertEquals(events.dropped, happened - 1000);
  let read = 0;
  for await (const _ of events) if (++read === 1000) break;
  assertEquals((await events.next()).done, true);
});

Deno.test("serve() ends with its signal, and tells its clients", async () => {
  const controller = new AbortController();
  await using server = serving({
    handler: () => streamOf(pattern(9_000_000)),
    signal: controller.signal,
  });
  const { body } = await get("file", targetOf(server));
  controller.abort();
  const error = await assertRejects(() => new Response(body).bytes(), TftpError);
  assertEquals(error.message, "Server is shutting down");
  await within(server.finished, "the server's end");
});

Deno.test("serve() refuses options that can't be meant", () => {
  assertThrows(() => serving({}), TypeError, "a root, a handler, or both");
  assertThrows(
    () => serving({ handler: () => null, uploadQuota: 1000 }),
    TypeError,
    "needs a root",
  );
});
