/** Copies of an origin's files: fetched once, asked about, bounded, and never half a file. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { put } from "../../../src/mod.ts";
import { Gateway } from "../../helpers/net/gateway.ts";
import { Liar, said } from "../../helpers/net/liar.ts";
import { MemorySource } from "../../helpers/sim/memory_network.ts";
import { Nginx, nginxTest } from "../../helpers/net/nginx.ts";
import { ack, error, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { cachedNames, pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { testNetwork } from "../../helpers/net/test_network.ts";
import { until } from "../../helpers/sim/within.ts";

const LARGE = { blksize: 8192 };

const NEVER_FRESH = "location /never { add_header Cache-Control no-cache; }";

/** How often nginx was asked for something; a status may be named too. */
function asked(nginx: Nginx, what: string): number {
  return nginx.requests().filter((line) => `${line} `.startsWith(`GET /${what} `)).length;
}

/** Makes every copy in the cache older than it may be. */
function age(cache: TempFolder): void {
  for (const name of cachedNames(cache)) Deno.utimeSync(cache.at(name), new Date(), new Date(1000));
}

async function text(gateway: Gateway, name: string): Promise<string> {
  return new TextDecoder().decode(await gateway.fetch(name));
}

/** Clients that ask for a file at the same moment, and get it. */
async function storm(gateways: Gateway[], clients: number, name: string, content: Uint8Array) {
  const fetching = Array.from(
    { length: clients },
    (_, index) => gateways[index % gateways.length]!.fetch(name, LARGE),
  );
  for (const fetched of await Promise.all(fetching)) assertEquals(fetched, content);
}

nginxTest("a cache fetches once what many ask for at once", async () => {
  await using nginx = await Nginx.start(() => "");
  const content = pattern(1_000_000);
  nginx.write("kernel", content);
  using cache = new TempFolder();
  await using gateway = await Gateway.start(nginx.url, "--cache", cache.path);
  await storm([gateway], 40, "kernel", content);
  assertEquals(asked(nginx, "kernel"), 1);
  // What is good costs no request, and later ones begin with it.
  await storm([gateway], 3, "kernel", content);
  assertEquals(asked(nginx, "kernel"), 1);
});

nginxTest("a cache is shared by workers and by servers on one folder", async () => {
  // Slow, so that all come while it is fetched.
  await using nginx = await Nginx.start(() => "limit_rate 600k;");
  const content = pattern(400_000);
  nginx.write("initrd", content);
  using cache = new TempFolder();
  await using one = await Gateway.start(nginx.url, "--cache", cache.path);
  await using two = await Gateway.start(nginx.url, "--cache", cache.path, "--workers", "2");
  await storm([one, two], 12, "initrd", content);
  assertEquals(asked(nginx, "initrd"), 1);
  await until(() => cachedNames(cache).every((name) => name.endsWith(".file")), "the whole copy");
  assertEquals(cachedNames(cache).length, 1);
});

nginxTest("a cache asks about a copy that is old, and takes another file for another", async () => {
  await using nginx = await Nginx.start(() => NEVER_FRESH);
  nginx.write("a", "first");
  nginx.write("never", "always asked");
  using cache = new TempFolder();
  await using gateway = await Gateway.start(nginx.url, "--cache", cache.path);
  assertEquals(await text(gateway, "a"), "first");
  age(cache);
  assertEquals(await text(gateway, "a"), "first");
  assertEquals(await text(gateway, "a"), "first");
  assertEquals([asked(nginx, "a 200"), asked(nginx, "a 304")], [1, 1]);
  nginx.write("a", "second one");
  age(cache);
  assertEquals(await text(gateway, "a"), "second one");
  assertEquals([asked(nginx, "a 200"), asked(nginx, "a 304")], [2, 1]);
  for (let times = 0; times < 3; times++) {
    assertEquals(await text(gateway, "never"), "always asked");
  }
  assertEquals([asked(nginx, "never 200"), asked(nginx, "never 304")], [1, 2]);
});

nginxTest("a cache keeps nothing that may not be kept", async () => {
  await using nginx = await Nginx.start(() => "add_header Cache-Control no-store;");
  nginx.write("secret", pattern(2000));
  using cache = new TempFolder();
  await using gateway = await Gateway.start(nginx.url, "--cache", cache.path);
  for (let times = 0; times < 3; times++) {
    assertEquals(await gateway.fetch("secret"), pattern(2000));
  }
  assertEquals([asked(nginx, "secret"), cachedNames(cache)], [3, []]);
  assertMatch(await gateway.answer("missing"), /^ERROR 1/);
  assertEquals(cachedNames(cache), []);
});

nginxTest("a cache holds no more than it may, and drops what was wanted least lately", async () => {
  await using nginx = await Nginx.start(() => "");
  for (const name of ["a", "b", "c"]) nginx.write(name, pattern(120_000));
  nginx.write("large", pattern(400_000));
  using cache = new TempFolder();
  await using gateway = await Gateway.start(
    ...[nginx.url, "--cache", cache.path, "--cache-size", "300k"],
  );
  const fetched = async (name: string) =>
    assertEquals((await gateway.fetch(name, LARGE)).length, 120_000);
  await fetched("a");
  const [first] = cachedNames(cache);
  await Deno.utime(cache.at(first!), new Date(1000), new Date(Date.now() + 60_000));
  await fetched("b");
  await fetched("c");
  const sizes = cache.names().map((name) => Deno.statSync(cache.at(name)).size);
  assert(sizes.reduce((sum, size) => sum + size) <= 300_000, `${sizes}`);
  const left = cachedNames(cache);
  assertEquals([left.length, left.includes(first!)], [2, false]);
  await fetched("b");
  await fetched("a");
  assertEquals([asked(nginx, "a"), asked(nginx, "b"), asked(nginx, "c")], [2, 1, 1]);
  // What can't fit is passed on, and pushes nothing out.
  assertEquals(await gateway.fetch("large", LARGE), pattern(400_000));
  assertEquals(cachedNames(cache).length, 2);
});

nginxTest("a cache serves old copies of an origin that is down if configured", async () => {
  const nginx = await Nginx.start(() => "");
  nginx.write("a", "kept");
  using cache = new TempFolder();
  await using strict = await Gateway.start(nginx.url, "--cache", cache.path);
  await using gateway = await Gateway.start(nginx.url, "--cache", cache.path, "--cache-stale");
  assertEquals(await text(gateway, "a"), "kept");
  await nginx[Symbol.asyncDispose]();
  assertEquals(await text(strict, "a"), "kept", "while it is good");
  age(cache);
  assertEquals(await strict.answer("a"), 'ERROR 0 "The origin refuses connections"');
  assertEquals(await text(gateway, "a"), "kept");
  assertMatch(
    await gateway.logged(/note: the origin is down/),
    /old copies are served: GET http:\/\/127\.0\.0\.1:\d+\/a: .*refused/i,
  );
  assertEquals(await gateway.answer("b"), 'ERROR 0 "The origin refuses connections"');
});

Deno.test("a cache has nothing of a file whose server was killed", async () => {
  let stalls = true;
  await using liar = new Liar({
    "/a": async ({ send, gone }) => {
      await send(said(3000) + "x".repeat(2000));
      if (stalls) return await gone;
      await send("x".repeat(1000));
    },
  });
  using cache = new TempFolder();
  {
    await using killed = await Gateway.start(liar.url, "--cache", cache.path);
    await using client = new RawClient();
    await client.ask(rrq("a"), killed.port, "DATA 1 (512 bytes)");
    assertMatch(cachedNames(cache).join(), /^[0-9a-f]{40}\.part$/);
  }
  assertMatch(cachedNames(cache).join(), /^[0-9a-f]{40}\.part$/);
  stalls = false;
  await using gateway = await Gateway.start(liar.url, "--cache", cache.path);
  assertEquals(cachedNames(cache), []);
  await gateway.logged(/note: removed 1 file from the cache that had come only in part/);
  assertEquals((await gateway.fetch("a")).length, 3000);
  assertMatch(cachedNames(cache).join(), /^[0-9a-f]{40}\.file$/);
});

Deno.test("a cache takes over from a server that was killed while it fetched", async () => {
  let asks = 0;
  await using liar = new Liar({
    "/a": async ({ send, gone }) => {
      if (++asks === 1) return await gone;
      await send(said(5) + "whole");
    },
  });
  using cache = new TempFolder();
  await using first = await Gateway.start(liar.url, "--cache", cache.path);
  await using second = await Gateway.start(liar.url, "--cache", cache.path);
  await using client = new RawClient();
  await client.send(rrq("a"), first.port);
  await until(() => asks === 1, "the first request");
  const waiting = second.fetch("a");
  await first.server.stop("SIGKILL");
  assertEquals(new TextDecoder().decode(await waiting), "whole");
  assertEquals(asks, 2);
});

nginxTest("a cache fetches once for a client that asks for the size first", async () => {
  await using nginx = await Nginx.start(() => "limit_rate 100k;");
  nginx.write("pxelinux.0", pattern(60_000));
  using cache = new TempFolder();
  await using gateway = await Gateway.start(nginx.url, "--cache", cache.path);
  await using client = new RawClient();
  const from = await client.ask(rrq("pxelinux.0", { tsize: 0 }), gateway.port, "OACK tsize=60000");
  await client.send(error(8, "only the size"), from);
  await gateway.logged(/size query/);
  assertEquals(await gateway.fetch("pxelinux.0"), pattern(60_000));
  assertEquals(asked(nginx, "pxelinux.0"), 1);
});

nginxTest("a cache forgets what an upload has changed", async () => {
  await using nginx = await Nginx.start(() =>
    "location / { dav_methods PUT; add_header Cache-Control max-age=600; }"
  );
  nginx.write("sw.cfg", "old");
  using cache = new TempFolder();
  await using gateway = await Gateway.start(
    ...[nginx.url, "--cache", cache.path, "--uploads", "overwrite"],
  );
  assertEquals(await text(gateway, "sw.cfg"), "old");
  await put("sw.cfg", new MemorySource(new TextEncoder().encode("new")), {
    ...{ host: "127.0.0.1", port: gateway.port, network: testNetwork() },
  });
  assertEquals(await text(gateway, "sw.cfg"), "new");
});

/** An origin whose first answer stops in the middle, until `more` settles. */
function slowOrigin(more: Promise<void>): Deno.HttpServer<Deno.NetAddr> {
  const encoder = new TextEncoder();
  let [content, gets] = ["o".repeat(1000), 0];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, async (request) => {
    if (request.method === "PUT") {
      content = await request.text();
      return new Response(null, { status: 201 });
    }
    const [bytes, waits] = [encoder.encode(content), ++gets === 1];
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(bytes.slice(0, 600));
        if (waits) await more;
        if (bytes.length > 600) controller.enqueue(bytes.slice(600));
        controller.close();
      },
    });
    const headers = { "content-length": `${bytes.length}`, "cache-control": "max-age=600" };
    return new Response(body, { headers });
  });
}

Deno.test("a cache keeps nothing that was fetched before an upload, nor do others", async () => {
  const more = Promise.withResolvers<void>();
  await using origin = slowOrigin(more.promise);
  const url = `http://127.0.0.1:${origin.addr.port}/`;
  using cache = new TempFolder();
  const words = [url, "--cache", cache.path, "--uploads", "overwrite"];
  await using one = await Gateway.start(...words);
  await using two = await Gateway.start(...words);
  await using first = new RawClient();
  await using second = new RawClient();
  const fromOne = await first.ask(rrq("cfg"), one.port, "DATA 1 (512 bytes)");
  const fromTwo = await second.ask(rrq("cfg"), two.port, "DATA 1 (512 bytes)");
  await put("cfg", new MemorySource(new TextEncoder().encode("new")), {
    ...{ host: "127.0.0.1", port: two.port, network: testNetwork() },
  });
  assertEquals([await text(one, "cfg"), await text(two, "cfg")], ["new", "new"]);
  // Whoever began before gets one content to its end.
  more.resolve();
  await first.ask(ack(1), fromOne, "DATA 2 (488 bytes)");
  await second.ask(ack(1), fromTwo, "DATA 2 (488 bytes)");
  assertEquals([await text(one, "cfg"), await text(two, "cfg")], ["new", "new"]);
  assertMatch(cachedNames(cache).join(), /^[0-9a-f]{40}\.file$/);
});

Deno.test("the first block of a large file leaves before its last has come", async () => {
  let more = Promise.withResolvers<void>();
  await using liar = new Liar({
    "/a": async ({ send }) => {
      await send(said(1000) + "x".repeat(600));
      await more.promise;
      await send("x".repeat(400));
    },
  });
  using cache = new TempFolder();
  for (const kept of [[], ["--cache", cache.path]]) {
    more = Promise.withResolvers();
    await using gateway = await Gateway.start(liar.url, ...kept);
    await using client = new RawClient();
    const from = await client.ask(rrq("a"), gateway.port, "DATA 1 (512 bytes)");
    more.resolve();
    await client.ask(ack(1), from, "DATA 2 (488 bytes)");
  }
});
