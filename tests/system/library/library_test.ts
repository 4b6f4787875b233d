/** Handlers as a program writes them: what they return, refuse and take. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  CancelledError,
  firstOf,
  folder,
  get,
  type LogRecord,
  put,
  refusal,
  type ServeAnswer,
  type ServeHandler,
  TftpError,
} from "../../../src/mod.ts";
import {
  bytesOf,
  FILE,
  refusalOf,
  serving,
  streamOf,
  targetOf,
  wholeOf,
} from "../../helpers/net/library.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { endOf } from "../../helpers/net/test_network.ts";
import { until, within } from "../../helpers/sim/within.ts";

const CONTENTS: Record<string, { make(): ServeAnswer | Promise<ServeAnswer>; size?: number }> = {
  "bytes": { make: () => FILE, size: FILE.length },
  "a Blob": { make: () => new Blob([FILE]), size: FILE.length },
  "a stream": { make: () => streamOf(FILE) },
  "a stream of known length": {
    make: () => ({ body: streamOf(FILE), size: FILE.length }),
    size: FILE.length,
  },
  "a Response": {
    make: () => new Response(FILE, { headers: { "content-length": `${FILE.length}` } }),
    size: FILE.length,
  },
  "a Response that was compressed on its way": {
    make: () =>
      new Response(FILE, { headers: { "content-length": "9", "content-encoding": "gzip" } }),
  },
  "a promise of bytes": {
    make: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return FILE;
    },
    size: FILE.length,
  },
};

for (const [name, { make, size }] of Object.entries(CONTENTS)) {
  Deno.test(`serve() sends ${name} that a handler returns`, async () => {
    await using server = serving({ handler: make });
    const download = await get("file", targetOf(server));
    assertEquals(download.size, size);
    assertEquals(await wholeOf(download), FILE);
    assertEquals((await download.summary).bytes, FILE.length);
  });
}

Deno.test("serve() sends text as UTF-8, and an empty file", async () => {
  await using server = serving({ handler: ({ name }) => name === "empty" ? "" : "grüß\n" });
  assertEquals(new TextDecoder().decode(await bytesOf(server)), "grüß\n");
  assertEquals((await bytesOf(server, "empty")).length, 0);
});

Deno.test("serve() refuses as a handler does, and never tells what failed inside it", async () => {
  const handler: ServeHandler = async ({ name }) => {
    switch (name) {
      case "nothing":
        return null;
      case "returned":
        return refusal(2, "Not here");
      case "thrown":
        throw refusal(3);
      case "later":
        return await Promise.reject(refusal(7));
      case "missing here":
        return await Deno.readFile("/nonexistent/file");
      case "broken":
        throw new Error("the database has gone");
      case "not a file":
        return 42 as unknown as string;
      default:
        return new Response(null, { status: Number(name) });
    }
  };
  const records: LogRecord[] = [];
  await using server = serving({ handler, log: (record) => records.push(record) });
  assertEquals(
    await Promise.all([
      "nothing",
      "returned",
      "thrown",
      "later",
      "missing here",
      "broken",
      "not a file",
      "404",
      "403",
      "507",
      "500",
    ].map((name) => refusalOf(server, name))),
    [
      "1 File not found",
      "2 Not here",
      "3 Disk full or allocation exceeded",
      "7 No such user",
      "1 File not found",
      "0 Internal failure",
      "0 Internal failure",
      "1 File not found",
      "2 Access violation",
      "3 Disk full or allocation exceeded",
      "0 The origin answered 500",
    ],
  );
  const cause = records.find((record) => record.kind === "refused" && record.filename === "broken");
  assert(cause?.kind === "refused");
  assertEquals(cause.cause, "Error: the database has gone");
});

Deno.test("serve() asks a handler for what the folder does not have", async () => {
  using files = new TempFolder();
  files.write("file", "of the folder");
  await using server = serving({ root: files.path, handler: ({ name }) => `made: ${name}` });
  assertEquals(new TextDecoder().decode(await bytesOf(server)), "of the folder");
  assertEquals(new TextDecoder().decode(await bytesOf(server, "other")), "made: other");
  assertEquals(await refusalOf(server, "../file"), "2 Access violation");
});

Deno.test("firstOf() and folder() make any other order", async () => {
  using files = new TempFolder();
  files.write("file", "of the folder");
  files.write("other", "of the folder");
  const made: ServeHandler = ({ name }) => name === "file" ? "made" : null;
  await using server = serving({ handler: firstOf(made, folder(files.path)), uploads: "new" });
  assertEquals(new TextDecoder().decode(await bytesOf(server)), "made");
  assertEquals(new TextDecoder().decode(await bytesOf(server, "other")), "of the folder");
  await put("new", "sent", targetOf(server));
  assertEquals(files.text("new"), "sent");
});

Deno.test("serve() writes an upload into a stream, and closes it before the last ACK", async () => {
  const pieces: Uint8Array[] = [];
  let closed = false;
  const writable = new WritableStream<Uint8Array>({
    write: async (piece) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      pieces.push(piece);
    },
    close: () => void (closed = true),
  });
  await using server = serving({ handler: () => writable, uploads: "new" });
  await put("file", streamOf(FILE), targetOf(server));
  assertEquals(closed, true);
  assertEquals(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).bytes(), FILE);
});

Deno.test("serve() tells the sender of an upload that its stream has failed", async () => {
  const writable = new WritableStream<Uint8Array>({
    close: () => Promise.reject(refusal(3, "The archive is full")),
  });
  await using server = serving({ handler: () => writable, uploads: "new" });
  const target = targetOf(server);
  const error = await assertRejects(() => put("file", FILE, target), TftpError);
  assertEquals([error.code, error.message], [3, "The archive is full"]);
  await endOf(target.network!);
});

Deno.test("serve() cancels the stream of a client that goes", async () => {
  let cancelled = false;
  let aborted = false;
  let pulled = 0;
  await using server = serving({
    handler: ({ signal }) => {
      signal.addEventListener("abort", () => aborted = true);
      return new ReadableStream({
        pull(controller) {
          pulled++;
          controller.enqueue(pattern(1000));
        },
        cancel: () => void (cancelled = true),
      });
    },
  });
  const target = targetOf(server);
  const { body, summary } = await get("file", target);
  const reader = body.getReader();
  assertEquals((await reader.read()).done, false);
  // Nobody reads on, so nothing is made that is not wanted.
  const before = pulled;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert(pulled - before < 200, `${pulled - before} pieces for nobody`);
  await reader.cancel();
  await assertRejects(() => summary, CancelledError);
  await until(() => cancelled && aborted, "the end of the handler's stream");
  await endOf(target.network!);
});

Deno.test("serve() aborts what a handler waits for when its client gives up", async () => {
  const aborted = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using server = serving({
    handler: ({ signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      asked.resolve();
      return new Promise<string>(() => {});
    },
  });
  const controller = new AbortController();
  const { signal } = controller;
  const download = assertRejects(() => get("file", { ...targetOf(server), signal }));
  await asked.promise;
  controller.abort();
  await download;
  const { port } = targetOf(server);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const request = new Uint8Array([0, 1, ...new TextEncoder().encode("x\0octet\0")]);
  const to = { transport: "udp", hostname: "127.0.0.1", port: port! } as const;
  await socket.send(request, to);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await socket.send(new Uint8Array([0, 5, 0, 0, 0]), to);
  await within(aborted.promise, "the end of a handler's wait");
  socket.close();
});
