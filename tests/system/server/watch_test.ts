/** `tftp serve --http`, over real sockets: what it shows of real transfers, and to whom. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { get } from "../../../src/client/client.ts";
import type { RunningRow } from "../../../src/watch/status.ts";
import { runCli } from "../../helpers/process/cli.ts";
import { ack, error, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { TEST_IO } from "../../helpers/net/test_network.ts";
import {
  eventually,
  startWatched,
  statusAt,
  statusWhen,
  textAt,
  type WatchedServer,
  withWatched,
} from "../../helpers/net/watched_server.ts";

const HOSTILE = "<img src=x onerror=alert(1)>\n\x1b[2J\u202egpj";

function doorOf({ host, port }: WatchedServer): Deno.NetAddr {
  return { transport: "udp", hostname: host, port };
}

/** The value of a metric's line. */
async function metric(url: string, name: string): Promise<number> {
  const lines = (await textAt(url, "metrics")).split("\n");
  const line = lines.find((line) => line.startsWith(`${name} `));
  assert(line !== undefined, `no ${name}`);
  return Number(line.slice(name.length + 1));
}

/** Clients of several addresses fetch, miss, call off, send and talk nonsense. */
async function visit(server: WatchedServer): Promise<void> {
  const door = doorOf(server);
  for (const hostname of ["127.0.8.1", "127.0.8.2", "127.0.8.3", "127.0.8.4"]) {
    await using client = new RawClient(hostname);
    const tid = await client.ask(rrq("file", { blksize: 1000 }), door, "OACK blksize=1000");
    await client.ask(ack(0), tid, "DATA 1 (1000 bytes)");
    await client.ask(ack(1), tid, "DATA 2 (500 bytes)");
    await client.send(ack(2), tid);
    await client.ask(rrq(HOSTILE), door, 'ERROR 1 "File not found"');
    const sized = await client.ask(rrq("file", { tsize: 0 }), door, "OACK tsize=1500");
    await client.send(error(0, "no thanks"), sized);
    await client.ask(wrq("other"), door, 'ERROR 2 "Uploads are switched off"');
    await client.send("\0\x09nonsense", door);
  }
}

for (const workers of [1, 2]) {
  Deno.test(`tftp serve --http tells the same of ${workers} workers as of one server`, async () => {
    using folder = new TempFolder();
    folder.write("file", pattern(1500));
    await withWatched(["--workers", `${workers}`, folder.path], async (server) => {
      await visit(server);
      const { totals, ended, running, clients, now, ...about } = await statusWhen(
        server.url,
        ({ totals, now }) =>
          totals.get.bytes === 6000 && totals.malformed === 4 && now.transfers === 0,
        "all that was asked",
      );
      const { get, put } = totals;
      assertEquals([get.done, get.probe, get.refused, get.failed], [4, 4, 4, 0]);
      assertEquals([put.refused, put.bytes, get.blocks], [4, 0, 8]);
      assertEquals([totals.refusals["1"], totals.refusals["2"]], [4, 4]);
      assertEquals([running, now.clients], [[], 0]);
      assertEquals(ended.length, 16);
      assertEquals(clients.map(({ client }) => client).sort(), [
        ...["127.0.8.1", "127.0.8.2", "127.0.8.3", "127.0.8.4"],
      ]);
      assertEquals(new Set(ended.map(({ file }) => file)), new Set(["file", HOSTILE, "other"]));
      assertEquals([about.io, about.workers, about.state], [TEST_IO, workers, "serving"]);
      assertMatch(about.listening[0]!, /^127\.0\.0\.1:\d+$/);
      const { url } = server;
      assertEquals(await metric(url, 'tftp_transferred_bytes_total{direction="get"}'), 6000);
      assertEquals(await metric(url, 'tftp_transfers_total{direction="get",result="done"}'), 4);
      assertEquals(await metric(url, "tftp_malformed_datagrams_total"), 4);
      const inMemory = await metric(url, "tftp_file_cache_hits_total") +
        await metric(url, "tftp_file_cache_misses_total");
      // Those that are not there are asked for in memory first, too.
      assertEquals(inMemory, 12);
      assertEquals(await textAt(url, "healthz"), "ok\n");
    });
  });
}

Deno.test("tftp serve --http shows a running transfer, and streams its end", async () => {
  using folder = new TempFolder();
  folder.write("kernel", pattern(2500));
  await withWatched([folder.path], async (server) => {
    const response = await fetch(new URL("api/events", server.url));
    const events = eventsOf(response);
    assertEquals((await events.next()).value?.name, "status");
    await using client = new RawClient("127.0.8.5");
    const tid = await client.ask(
      rrq("kernel", { blksize: 1000, tsize: 0 }),
      doorOf(server),
      "OACK blksize=1000 tsize=2500",
    );
    await client.ask(ack(0), tid, "DATA 1 (1000 bytes)");
    await client.ask(ack(1), tid, "DATA 2 (1000 bytes)");
    const begun = await nextOf(events, "begun");
    const [row] = begun.transfers as RunningRow[];
    assertEquals([row?.file, row?.bytes, row?.size, row?.op], ["kernel", 1000, 2500, "get"]);
    assertEquals(await metric(server.url, "tftp_transfers_running"), 1);
    const progress = await nextOf(events, "progress");
    assertEquals((progress.transfers as RunningRow[])[0]?.id, row?.id);
    await client.send(ack(2), tid);
    // The block before was repeated meanwhile.
    for (let block = 0; block !== 3;) {
      const { packet } = await client.next();
      block = packet?.opcode === 3 ? packet.block : 0;
    }
    await client.send(ack(3), tid);
    const ended = await nextOf(events, "ended");
    const [end] = ended.transfers as { id: number; result: string }[];
    assertEquals([end?.id, end?.result, ended.leftOut], [row?.id, "done", 0]);
    await events.return(undefined);
  });
});

Deno.test("tftp serve --http says that it is ending, and ends its streams", async () => {
  using folder = new TempFolder();
  folder.write("file", pattern(2500));
  const server = await startWatched(["--drain", "20", folder.path]);
  await using client = new RawClient("127.0.8.6");
  const tid = await client.ask(rrq("file"), doorOf(server), "DATA 1 (512 bytes)");
  await client.ask(ack(1), tid, "DATA 2 (512 bytes)");
  const events = eventsOf(await fetch(new URL("api/events", server.url)));
  server.signal("SIGTERM");
  await statusWhen(server.url, ({ state }) => state === "ending", "the end");
  const health = await fetch(new URL("healthz", server.url));
  assertEquals([health.status, await health.text()], [503, "ending\n"]);
  await client.send(error(0, "enough"), tid);
  for await (const _ of events);
  assertEquals((await server.ended()).code, 0);
});

Deno.test("tftp serve --http shows no path of its machine, whatever fails", async () => {
  using folder = new TempFolder();
  folder.write("root/file", "content");
  folder.makeFolder("root/folder");
  folder.makeFolder("root/in");
  await Deno.symlink(folder.write("secret-place", "secret"), folder.at("root/leads-out"));
  const args = ["--uploads", "new", "--max-upload", "100", folder.at("root")];
  await withWatched(args, async (server) => {
    const door = doorOf(server);
    await using client = new RawClient("127.0.8.7");
    for (const name of ["leads-out", "folder", "nothing", "../secret-place"]) {
      await client.send(rrq(name), door);
      assertEquals((await client.next()).packet?.opcode, 5);
    }
    const tid = await client.ask(wrq("in/large", { blksize: 200 }), door, "OACK blksize=200");
    await client.send({ opcode: 3, block: 1, payload: new Uint8Array(200) }, tid);
    assertEquals((await client.next()).packet?.opcode, 5);
    await statusWhen(server.url, ({ ended }) => ended.length === 5, "five ends");
    for (const path of ["api/status", "metrics", ""]) {
      const text = await textAt(server.url, path);
      assert(!text.includes(folder.path), `${path} names ${folder.path}`);
    }
    const { ended } = await statusAt(server.url);
    assertEquals(ended[0]?.result, "failed");
    for (const path of ["secret-place", "root/file", "%2e%2e/file", "file"]) {
      const answer = await fetch(new URL(path, server.url));
      assertEquals(answer.status, 404);
      assert(!(await answer.text()).includes("content"));
    }
  });
});

Deno.test("tftp serve --http requires the token of its file, or warns", async () => {
  using folder = new TempFolder();
  folder.makeFolder("root");
  const token = "0123456789abcdef0123456789abcdef";
  const file = folder.write("token", `${token}\n`);
  const args = ["--http-token-file", file, "--http-host", "boot.lab", folder.at("root")];
  const server = await startWatched(args, "0.0.0.0:0");
  const { url } = server;
  assert(!server.output().includes("anybody who reaches"));
  for (const path of ["metrics", "api/status", "api/events"]) {
    const answer = await fetch(new URL(path, url));
    assertEquals([answer.status, await answer.text()], [401, "A token is needed\n"]);
  }
  const known = await fetch(new URL("api/status", url), {
    headers: { authorization: `Bearer ${token}` },
  });
  assertEquals((await known.json()).state, "serving");
  const short = folder.write("short", "secret\n");
  const refused = await runCli(
    ["serve", "-p", "0", "--http", "0", "--http-token-file", short, folder.at("root")],
  );
  assertEquals(refused.code, 3);
  assertStringIncludes(refused.stderr, "at least 16 letters");
  await server.stop();
  const open = await startWatched([folder.at("root")], "0.0.0.0:0");
  assertMatch(open.output(), /anybody who reaches port \d+ can see file names/);
  await open.stop();
});

Deno.test("tftp serve --http answers a port that can't be with 400, and logs nothing", async () => {
  using folder = new TempFolder();
  const { stdout, stderr } = await withWatched([folder.path], async ({ url }) => {
    const { hostname, port } = new URL(url);
    for (const [target, host] of [["/metrics", `${hostname}:99999`], ["http://a:99999/", "a"]]) {
      using connection = await Deno.connect({ hostname, port: Number(port) });
      const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      await connection.write(new TextEncoder().encode(request));
      assertMatch(await new Response(connection.readable).text(), /^HTTP\/1\.1 400 /);
    }
  });
  assert(!/error:/.test(stdout + stderr), stdout + stderr);
});

Deno.test("tftp serve --http names a port that is in use", async () => {
  using folder = new TempFolder();
  const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  const taken = await runCli(["serve", "-p", "0", "--http", `${port}`, folder.path]);
  other.close();
  assertEquals(taken.code, 7);
  assertStringIncludes(
    taken.stderr,
    `TCP port 127.0.0.1:${port} is in use by another program: choose another port with --http`,
  );
});

Deno.test("200 readers that read nothing cost no transfer and a bounded memory", async () => {
  using folder = new TempFolder();
  folder.write("file", pattern(200_000));
  await withWatched([folder.path], async (server) => {
    const { hostname, port } = new URL(server.url);
    const readers = await Promise.all(
      Array.from({ length: 200 }, () => Deno.connect({ hostname, port: Number(port) })),
    );
    const request = `GET /api/events HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
    await Promise.all(readers.map((one) => one.write(new TextEncoder().encode(request))));
    const streams = () => metric(server.url, "tftp_event_streams");
    await eventually(streams, (count) => count === 200, "200 streams");
    const { host, port: door } = server;
    const sink = { write() {}, commit() {}, abandon() {} };
    const fetched = Array.from({ length: 20 }, () => get("file", sink, { host, port: door }));
    for (const { bytes, dallied } of await Promise.all(fetched)) {
      assertEquals(bytes, 200_000);
      await dallied;
    }
    const { totals } = await statusWhen(
      server.url,
      ({ totals }) => totals.get.bytes === 20 * 200_000,
      "20 files",
    );
    assertEquals([totals.get.done, totals.get.failed], [20, 0]);
    for (const reader of readers) reader.close();
    await eventually(streams, (count) => count === 0, "the end of all streams");
  });
});

interface StreamEvent {
  readonly name: string;
  readonly content: Record<string, unknown>;
}

/** Server-sent events, as they come. */
async function* eventsOf(response: Response): AsyncGenerator<StreamEvent> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n\n");
    text = parts.pop()!;
    for (const part of parts) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(part)!;
      yield { name: name!, content: JSON.parse(data!) };
    }
  }
}

async function nextOf(
  events: AsyncGenerator<StreamEvent>,
  name: string,
): Promise<Record<string, unknown>> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`the stream ended before "${name}"`);
    if (value.name === name) return value.content;
  }
}
