/** An origin that lies, stalls or breaks off, and what clients and the log hear of it. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Gateway } from "../../helpers/net/gateway.ts";
import { Liar, said } from "../../helpers/net/liar.ts";
import { ack, describe, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { cachedNames, TempFolder } from "../../helpers/files/temp_folder.ts";

const block = "x".repeat(512);

/** Fetches as far as it goes, and returns the last thing that came. */
async function lastWord(gateway: Gateway, name: string): Promise<string> {
  await using client = new RawClient();
  await client.send(rrq(name), gateway.port);
  for (;;) {
    const heard = await client.next();
    const text = describe(heard);
    if (heard.packet?.opcode !== 3 || heard.packet.payload.length < 512) return text;
    await client.send(ack(heard.packet.block), heard.from);
  }
}

Deno.test("a gateway fails what the origin sends only in part, and says why", async () => {
  await using liar = new Liar({
    "/short": ({ send }) => send(said(5000) + block + block),
    "/cut": ({ send }) =>
      send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n${block}${block}\r\n`),
    "/stalled": async ({ send, gone }) => {
      await send(said(5000) + block + block);
      await gone;
    },
    "/silent": ({ gone }) => gone,
    "/garbage": ({ send }) => send("220 ready for mail\r\n\r\n"),
    "/hung-up": () => Promise.resolve(),
  });
  using folder = new TempFolder();
  await using gateway = await Gateway.start(
    ...[liar.url, "--origin-timeout", "1", "--cache", folder.path],
  );
  assertEquals(await lastWord(gateway, "short"), 'ERROR 0 "The connection to the origin was lost"');
  assertMatch(
    await gateway.logged(/get "short" failed/),
    /GET http:\/\/127\.0\.0\.1:\d+\/short: .*\(after 1024 of 5000 bytes\)/,
  );
  assertEquals(await lastWord(gateway, "cut"), 'ERROR 0 "The connection to the origin was lost"');
  assertMatch(await gateway.logged(/get "cut" failed/), /\/cut: .*\(after 1024 bytes\)/);
  assertEquals(await lastWord(gateway, "stalled"), 'ERROR 0 "The origin does not answer in time"');
  assertMatch(
    await gateway.logged(/get "stalled" failed/),
    /\/stalled: no more of the file for 1 s \(--origin-timeout\)/,
  );
  await gateway.refuses("silent", '0 "The origin does not answer in time"', /no answer for 1 s/);
  await gateway.refuses("garbage", '0 "The connection to the origin was lost"', /garbage: .*HTTP/i);
  await gateway.refuses(
    "hung-up",
    '0 "The connection to the origin was lost"',
    /hung-up: .*connection/i,
  );
  assertEquals(cachedNames(folder), [], "the cache");
});

Deno.test("a gateway reads a body up to Content-Length, and no answer after it", async () => {
  const smuggled = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong";
  await using liar = new Liar({
    "/long": ({ send, gone }) => send(said(5) + "right" + smuggled).then(() => gone),
    "/next": ({ send }) => send(said(4, "Connection: close\r\n") + "good"),
    "/both": ({ send }) =>
      send(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" +
          "9\r\ntoo large\r\n0\r\n\r\n",
      ),
  });
  await using gateway = await Gateway.start(liar.url, "--origin-timeout", "2");
  const text = async (name: string) => new TextDecoder().decode(await gateway.fetch(name));
  assertEquals(await text("long"), "right");
  assertEquals(await text("next"), "good");
  assertEquals(await text("next"), "good");
  assertEquals(
    await lastWord(gateway, "both"),
    'ERROR 0 "The origin has sent more than it announced"',
  );
  assertMatch(
    await gateway.logged(/get "both"/),
    /both: 9 bytes came, but Content-Length is 5/,
  );
});

Deno.test("a gateway tells neither clients nor the log a password or a query", async () => {
  await using liar = new Liar({
    "/x/hung-up": () => Promise.resolve(),
    "/x/denied": ({ send }) => send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"),
    "/x/away": ({ send }) =>
      send("HTTP/1.1 302 Go\r\nLocation: http://u:pw@127.0.0.9/?sig=hush\r\n\r\n"),
  });
  const url = `http://me:hush@127.0.0.1:${liar.port}/x?sig=hush`;
  await using gateway = await Gateway.start(url);
  await gateway.refuses("hung-up", '0 "The connection to the origin was lost"', /\/x\/hung-up: /);
  await gateway.refuses("denied", '2 "The origin does not allow it"', /denied: HTTP 403/);
  await gateway.refuses(
    "away",
    '0 "The origin redirects to a host that is not allowed"',
    /redirects to http:\/\/127\.0\.0\.9 \(with a user or password in it\)/,
  );
  await gateway.logged(/serving http/);
  assertEquals(liar.requests[0], "GET /x/hung-up?sig=hush HTTP/1.1");
  assertEquals(gateway.server.output().includes("hush"), false, gateway.server.output());
});

Deno.test("a gateway says what is wrong with an origin that is not there", async () => {
  const gone = new Liar({});
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  await using gateway = await Gateway.start(url);
  await gateway.refuses("a", '0 "The origin refuses connections"', /a: .*refused/i);
  await using nameless = await Gateway.start("http://no-such-host.invalid/");
  await nameless.refuses("a", '0 "The origin\'s name does not resolve"', /a: .*(dns|lookup)/i);
});

Deno.test("a gateway keeps a client while the origin takes its time", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const { promise: late, resolve: answerNow } = Promise.withResolvers<void>();
  await using liar = new Liar({
    "/late": async ({ send }) => {
      resolve();
      await late;
      await send(said(4) + "here");
    },
  });
  await using gateway = await Gateway.start(liar.url);
  await using client = new RawClient();
  await client.send(rrq("late", { tsize: 0 }), gateway.port);
  await asked;
  // It asks again, as boot ROMs do, and that costs no second request.
  await client.send(rrq("late", { tsize: 0 }), gateway.port);
  answerNow();
  const { from } = await client.next().then((heard) => {
    assertStringIncludes(describe(heard), "OACK tsize=4");
    return heard;
  });
  await client.ask(ack(0), from, "DATA 1 (4 bytes)");
  assertEquals(liar.requests.length, 1);
});

Deno.test("a gateway refuses what an origin compresses all the same", async () => {
  const type = "Content-Encoding: gzip\r\n";
  await using liar = new Liar({ "/page": ({ send }) => send(said(4, type) + "what") });
  using cache = new TempFolder();
  await using gateway = await Gateway.start(liar.url, "--cache", cache.path);
  await gateway.refuses(
    "page",
    '0 "The origin has sent the file compressed"',
    /page: Content-Encoding is gzip, which was not asked for/,
  );
  assertEquals(cachedNames(cache), []);
});
