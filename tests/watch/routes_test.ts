/** What each path answers with, without sockets. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PLAIN_AGREEMENT } from "../../src/protocol/mod.ts";
import type { LogRecord } from "../../src/server/log_record.ts";
import { Activity } from "../../src/watch/activity.ts";
import { Routes } from "../../src/watch/routes.ts";
import { MAX_STREAMS } from "../../src/watch/streams.ts";

const ABOUT = { version: "1", io: "deno", workers: 1, listening: [] } as const;

const HOSTILE = "</script><script>alert(1)</script>\n\x1b[2J\u202egpj.exe\u2028event: x\n\n";

const DONE: LogRecord = {
  kind: "transfer",
  result: "done",
  ...{ client: "10.0.0.7:2070", direction: "get", filename: HOSTILE, mode: "octet", bytes: 1000 },
  ...{ elapsedMs: 20, agreement: PLAIN_AGREEMENT, retransmits: 2 },
};

/** Routes of a server at a time that stands still. */
function routes(token?: string) {
  const activity = new Activity(ABOUT, 0);
  let nowMs = 0;
  const made = new Routes(activity, {
    ...{ hostname: "127.0.0.1", names: [], token },
    now: () => nowMs,
    page: () => Promise.resolve({ html: "<p>", policy: "default-src 'none'" }),
  });
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    made.answer(
      new Request(`http://localhost${path}`, {
        method,
        headers: { host: "localhost", ...headers },
      }),
    );
  return {
    ...{ activity, get, answer: (request: Request) => made.answer(request) },
    ...{ pass: (ms: number) => void (nowMs += ms), close: () => made.close() },
  };
}

Deno.test("Routes answers each path, and only GET and HEAD", async () => {
  const { get, activity, pass } = routes();
  const statuses = async (...paths: string[]) => {
    const answers = await Promise.all(paths.map((path) => get(path)));
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
    return answers.map(({ status }) => status);
  };
  assertEquals(await statuses("/", "/healthz", "/metrics", "/api/status", "/etc/passwd"), [
    ...[200, 200, 200, 200, 404],
  ]);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const answer = await get("/api/status", {}, method);
    assertEquals([answer.status, await answer.text()], [405, "Only GET\n"]);
  }
  const { status } = await (await get("/api/status")).json().then((json) => ({ status: json }));
  assertEquals([status.version, status.state], ["1", "serving"]);
  activity.ending = true;
  pass(1000);
  assertEquals((await (await get("/api/status")).json()).state, "ending");
  const health = await get("/healthz");
  assertEquals([health.status, await health.text()], [503, "ending\n"]);
});

Deno.test("Routes lets a browser run, show and send nothing of anybody else's", async () => {
  const { get } = routes();
  for (const path of ["/", "/metrics", "/api/status", "/nowhere", "/healthz"]) {
    const { headers, body } = await get(path);
    await body?.cancel();
    assertMatch(headers.get("content-security-policy")!, /^default-src 'none'/);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("Routes answers nothing under another host name", async () => {
  const { get } = routes();
  for (const path of ["/", "/metrics", "/api/status", "/api/events", "/healthz"]) {
    const answer = await get(path, { host: "evil.example" });
    assertEquals(answer.status, 421);
    assertStringIncludes(await answer.text(), "--http-host");
  }
});

Deno.test("Routes answers 400 where host and port are no URL", async () => {
  const { answer } = routes("0123456789abcdef");
  for (const url of ["http://localhost:99999/metrics", "http://a:99999/", "http://[::1/"]) {
    // A Request of Deno.serve has the URL as the client sent it; a new one does not take it.
    const request = new Request("http://localhost/", { headers: { host: "localhost:99999" } });
    const { status, body } = await answer(Object.defineProperty(request, "url", { value: url }));
    await body?.cancel();
    assertEquals(status, 400, url);
  }
});

Deno.test("Routes answers nothing about the server without the token", async () => {
  const { get, close } = routes("0123456789abcdef");
  for (const path of ["/metrics", "/api/status", "/api/events"]) {
    const answer = await get(path);
    assertEquals([answer.status, answer.headers.get("www-authenticate")], [401, "Bearer"]);
    assertEquals(await answer.text(), "A token is needed\n");
    const known = await get(path, { authorization: "Bearer 0123456789abcdef" });
    await known.body?.cancel();
    assertEquals(known.status, 200);
  }
  // The page holds nothing of the server, and asks for the token.
  assertEquals(await (await get("/")).text(), "<p>");
  close();
});

Deno.test("Routes makes a document once for all requests within a moment", async () => {
  const { get, activity, pass } = routes();
  const first = await (await get("/api/status")).text();
  activity.record(DONE, 0);
  assertEquals(await (await get("/api/status")).text(), first);
  pass(1000);
  assert(await (await get("/api/status")).text() !== first);
});

Deno.test("Routes keeps hostile names text: in JSON, and in the lines of events", async () => {
  const { get, activity, close } = routes();
  activity.record(DONE, 0);
  const text = await (await get("/api/status")).text();
  assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text.trimEnd()), text);
  assertEquals(JSON.parse(text).ended[0].file, HOSTILE);
  const { body } = await get("/api/events");
  const reader = body!.getReader();
  const event = new TextDecoder().decode((await reader.read()).value);
  assertMatch(event, /^event: status\ndata: [^\n]*\n\n$/);
  assertEquals(JSON.parse(event.split("data: ")[1]!).ended[0].file, HOSTILE);
  await reader.cancel();
  close();
});

Deno.test("Routes limits the readers of events, who may come back", async () => {
  const { get, close } = routes();
  const answers = [];
  for (let count = 0; count < MAX_STREAMS; count++) answers.push(await get("/api/events"));
  assertEquals(answers.every(({ status }) => status === 200), true);
  const refused = await get("/api/events");
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "10"]);
  await refused.body?.cancel();
  await answers[0]!.body!.cancel();
  const again = await get("/api/events");
  assertEquals(again.status, 200);
  await Promise.all([...answers.slice(1), again].map(({ body }) => body!.cancel()));
  close();
});
