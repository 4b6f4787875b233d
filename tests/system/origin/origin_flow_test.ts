/** What goes through a gateway stays where there is room for it: not in the gateway's memory. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Sink, Source } from "../../../src/mod.ts";
import { OriginClient } from "../../../src/origin/origin_client.ts";
import { OriginError } from "../../../src/origin/origin_error.ts";
import { OriginUrl } from "../../../src/origin/origin_url.ts";
import { openDirectly, OriginCache } from "../../../src/origin/cache.ts";
import { follow } from "../../../src/origin/followed.ts";
import { SharedFetch } from "../../../src/origin/shared_fetch.ts";
import { UploadSink } from "../../../src/origin/upload_sink.ts";
import { Gateway } from "../../helpers/net/gateway.ts";
import { Liar, said } from "../../helpers/net/liar.ts";
import { Nginx, nginxTest } from "../../helpers/net/nginx.ts";
import { ack, data, error, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { until } from "../../helpers/sim/within.ts";

const MIB = 2 ** 20;
const MAX_GROWTH = 20 * MIB;

/** By how much the memory of this process grows at most while bytes are moved. */
async function growthOf(
  { first, then }: { first: number; then: number },
  move: (bytes: number, look: () => void) => Promise<void>,
): Promise<number> {
  // What runs often is compiled, and buffers that are kept are made, in the first round.
  await move(first, () => {});
  const before = Deno.memoryUsage().rss;
  let most = before;
  await move(then, () => most = Math.max(most, Deno.memoryUsage().rss));
  return most - before;
}

async function drain(source: Source, look: () => void): Promise<number> {
  const buffer = new Uint8Array(65_464);
  let length = 0;
  for (let reads = 0;; reads++) {
    const count = await source.read(buffer);
    length += count;
    if (reads % 64 === 0) look();
    if (count < buffer.length) return length;
  }
}

function clientOf(nginx: Nginx): { client: OriginClient; url: OriginUrl } {
  const origin = new OriginUrl(nginx.url);
  return { client: new OriginClient({ origin, limitMs: 10_000, redirects: [] }), url: origin };
}

nginxTest("BodySource takes no more memory for 256 MiB than for 16", async () => {
  await using nginx = await Nginx.start(() => "");
  nginx.write("large", "");
  const { client, url } = clientOf(nginx);
  const growth = await growthOf({ first: 16 * MIB, then: 256 * MIB }, async (bytes, look) => {
    nginx.resize("large", bytes);
    const source = await openDirectly(client, url.of("large"), new AbortController().signal);
    assertEquals(source.size, bytes);
    assertEquals(await drain(source, look), bytes);
    source.close();
  });
  assert(growth < MAX_GROWTH, `${growth / MIB} MiB`);
});

const TAKES_ALL = "location / { dav_methods PUT; client_max_body_size 0; }";

nginxTest("UploadSink takes no more memory for 256 MiB than for 16", async () => {
  await using nginx = await Nginx.start(() => TAKES_ALL);
  const { client, url } = clientOf(nginx);
  const growth = await growthOf({ first: 16 * MIB, then: 256 * MIB }, async (size, look) => {
    const sink: Sink = new UploadSink(client, url.of("up"), {
      ...{ size: undefined, isNew: false },
      stored: () => {},
    });
    const bytes = new Uint8Array(65_536);
    for (let count = 0; count < size / bytes.length; count++) {
      await sink.write(bytes);
      if (count % 64 === 0) look();
    }
    await sink.commit();
  });
  assertEquals(nginx.bytes("up").length, 256 * MIB);
  assert(growth < MAX_GROWTH, `${growth / MIB} MiB`);
});

nginxTest("UploadSink sends pieces of any length, with or without a size", async () => {
  await using nginx = await Nginx.start(() => TAKES_ALL);
  const { client, url } = clientOf(nginx);
  // A chunk of up to 16 KiB goes out together with its length.
  const ends = [1, 16_385, 32_770, 32_770, 110_000];
  const content = pattern(110_000);
  for (const size of [content.length, undefined]) {
    const sink = new UploadSink(client, url.of("up"), { size, isNew: false, stored: () => {} });
    // As a receiver does, which fills the same buffer again.
    const buffer = new Uint8Array(content.length);
    for (const [index, end] of ends.entries()) {
      const piece = content.subarray(ends[index - 1] ?? 0, end);
      buffer.fill(0).set(piece);
      await sink.write(buffer.subarray(0, piece.length));
    }
    await sink.commit();
    assertEquals(nginx.bytes("up"), content, `${size}`);
  }
  const empty = new UploadSink(client, url.of("no"), {
    ...{ size: undefined, isNew: false },
    stored: () => {},
  });
  await empty.commit();
  assertEquals(nginx.bytes("no").length, 0);
});

Deno.test("a gateway reads no further from the origin than its client does", async () => {
  let sent = 0;
  await using liar = new Liar({
    "/large": async ({ send }) => {
      await send(said(64 * MIB));
      const piece = new Uint8Array(65_536);
      for (; sent < 64 * MIB; sent += piece.length) await send(piece);
    },
    "/small": ({ send }) => send(said(100_000, "Connection: close\r\n") + "x".repeat(100_000)),
  });
  await using gateway = await Gateway.start(liar.url);
  await using client = new RawClient();
  const from = await client.ask(rrq("large"), gateway.port, "DATA 1 (512 bytes)");
  await client.ask(ack(1), from, "DATA 2 (512 bytes)");
  // Time enough to read all of it, if anybody did.
  assertEquals((await gateway.fetch("small")).length, 100_000);
  // What the system's buffers hold is not in the gateway.
  assert(sent < 32 * MIB, `${sent} bytes`);
  await client.send(error(0, "enough"), from);
  await gateway.logged(/get "large" .*enough/);
});

nginxTest("a gateway leaves nothing of an upload that its client breaks off", async () => {
  await using nginx = await Nginx.start(() => "location / { dav_methods PUT; }");
  await using gateway = await Gateway.start(nginx.url, "--uploads", "overwrite");
  for (const options of [{}, { tsize: 5000 }]) {
    await using client = new RawClient();
    const answer = "tsize" in options ? "OACK tsize=5000" : "ACK 0";
    const from = await client.ask(wrq("broken", options), gateway.port, answer);
    await client.ask(data(1, pattern(512)), from, "ACK 1");
    await client.send(error(0, "no more"), from);
    await gateway.logged(/put "broken" .*no more/);
  }
  // A size that was a lie makes no file either.
  await using client = new RawClient();
  const from = await client.ask(wrq("lie", { tsize: 700 }), gateway.port, "OACK tsize=700");
  await client.ask(data(1, pattern(512)), from, "ACK 1");
  const told = 'ERROR 0 "The size of the file differs from tsize"';
  await client.ask(data(2, pattern(100)), from, told);
  assertMatch(await gateway.logged(/put "lie"/), /PUT .*\/lie: 612 bytes came of 700 \(tsize\)/);
  assertEquals(nginx.names(), []);
});

Deno.test("a cache fetches for a client that comes as the last other one leaves", async () => {
  let asks = 0;
  await using liar = new Liar({
    "/a": async ({ send, gone }) => {
      if (++asks === 1) return await gone;
      await send(said(5) + "whole");
    },
  });
  const origin = new OriginUrl(liar.url);
  const client = new OriginClient({ origin, limitMs: 5000, redirects: [] });
  using folder = new TempFolder();
  const cache = new OriginCache({
    ...{ client, folder: folder.path, maxBytes: MIB, stale: false },
    notice: () => {},
  });
  const first = new AbortController();
  const open = ({ signal }: AbortController) => cache.open(origin.of("a"), () => signal);
  const left = assertRejects(async () => await open(first), DOMException);
  await until(() => asks === 1, "the first request");
  first.abort();
  await left;
  const second = await open(new AbortController());
  assertEquals(await drain(second, () => {}), 5);
  second.close();
});

Deno.test("follow() settles for a client that joins after the last one has left", async () => {
  using folder = new TempFolder();
  const key = "0".repeat(40);
  using other = await Deno.open(folder.write(`${key}.part`, ""), { read: true, write: true });
  // As the process that fetches does.
  other.tryLockSync(true);
  const file = await Deno.open(folder.at(`${key}.part`), { read: true, write: true });
  const shared = new SharedFetch();
  const over = follow(shared, file, { folder: folder.path, key, limitMs: 20_000 });
  const left = shared.wait(AbortSignal.abort());
  await assertRejects(() => left, DOMException);
  const joined = shared.wait(new AbortController().signal).then(({ kind }) => kind);
  await over;
  const soon = new Promise((resolve) => setTimeout(resolve, 0, "not settled"));
  const first = await Promise.race([joined, soon]);
  await soon;
  assertEquals(first, "look again");
});

/** An upload to an origin with little patience for it. */
function impatientSink(origin: OriginUrl): UploadSink {
  const client = new OriginClient({ origin, limitMs: 300, redirects: [] });
  const settings = { size: undefined, isNew: false, stored: () => {} };
  return new UploadSink(client, origin.of("slow"), settings);
}

Deno.test("UploadSink gives up an origin that answers nothing", async () => {
  await using liar = new Liar({ "/slow": ({ gone }) => gone });
  const sink = impatientSink(new OriginUrl(liar.url));
  await sink.write(pattern(100));
  await assertRejects(() => sink.commit(), OriginError, "no answer to the upload");
});

Deno.test("UploadSink waits for an origin that takes nothing, and gives it up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const sink = impatientSink(new OriginUrl(`http://127.0.0.1:${listener.addr.port}/`));
  const piece = new Uint8Array(MIB);
  let count = 0;
  const fill = async () => {
    for (; count < 64; count++) await sink.write(piece);
  };
  await assertRejects(fill, OriginError, "no room for more");
  // What was taken lies in the system's buffers.
  assert(count < 32, `${count} MiB`);
  (await accepted).close();
});

Deno.test("a gateway sends the size of an upload that its client has announced", async () => {
  const heads: string[] = [];
  await using liar = new Liar({
    "/a": async ({ request, send, gone }) => {
      heads.push(request.toLowerCase());
      await send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      await gone;
    },
  });
  const origin = new OriginUrl(liar.url);
  const client = new OriginClient({ origin, limitMs: 5000, redirects: [] });
  for (const size of [5, undefined]) {
    const sink = new UploadSink(client, origin.of("a"), { size, isNew: true, stored: () => {} });
    await sink.write(pattern(5));
    await sink.commit();
  }
  const told = heads.map((head) => [
    /\r\ncontent-length: (\d+)/.exec(head)?.[1],
    /\r\ntransfer-encoding: (\w+)/.exec(head)?.[1],
    /\r\nif-none-match: (.*)/.exec(head)?.[1],
  ]);
  assertEquals(told, [["5", undefined, "*"], [undefined, "chunked", "*"]]);
});
