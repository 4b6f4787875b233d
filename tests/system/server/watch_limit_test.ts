/** `tftp serve --http` at the limit of open descriptors: TFTP goes on, and HTTP comes back. */

import { assertEquals, assertMatch } from "@std/assert";
import { RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import type { Finished } from "../../helpers/process/cli.ts";
import { within } from "../../helpers/sim/within.ts";
import {
  eventually,
  startWatchedWithin,
  textAt,
  type WatchedServer,
} from "../../helpers/net/watched_server.ts";

const DESCRIPTORS = 150;
const FAILURE = /error: HTTP: .* has closed all connections, .*; it tries again in 1 s\n/;

/** Opens idle TCP connections until the server says that it can accept no more. */
async function useUp({ url, output }: WatchedServer): Promise<Deno.Conn[]> {
  const { hostname, port } = new URL(url);
  const idle: Deno.Conn[] = [];
  const connect = () => Deno.connect({ hostname, port: Number(port) });
  for (let tries = 0; tries < 2 * DESCRIPTORS && !FAILURE.test(output()); tries++) {
    // After its failure connections are reset or refused, in that order.
    await connect().then((one) => idle.push(one), () => {});
  }
  await eventually(() => Promise.resolve(FAILURE.test(output())), Boolean, "the log record");
  return idle;
}

async function fetchFile({ host, port }: WatchedServer): Promise<void> {
  await using client = new RawClient();
  await client.ask(rrq("file"), { hostname: host, port }, "DATA 1 (7 bytes)");
}

/** Runs something with a server that has reached its limit, and stops it. */
async function atTheLimit(use: (server: WatchedServer) => Promise<void>): Promise<Finished> {
  using folder = new TempFolder();
  folder.write("file", "content");
  const server = await startWatchedWithin(DESCRIPTORS, [folder.path]);
  let idle: Deno.Conn[] = [];
  try {
    idle = await useUp(server);
    await use(server);
  } finally {
    await server.stop();
    for (const one of idle) one.close();
  }
  return await server.stop();
}

Deno.test({
  name: "tftp serve --http outlives idle connections that use up its descriptors",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { code, stdout, stderr } = await atTheLimit(async (server) => {
      await fetchFile(server);
      const health = () => textAt(server.url, "healthz").catch(String);
      await eventually(health, (text) => text === "ok\n", "HTTP again, beside idle connections");
    });
    assertEquals(code, 0);
    assertEquals((stdout + stderr).match(/error:.*/g)?.length, 1);
    assertMatch(stdout + stderr, /Too many open files/);
  },
});

Deno.test({
  name: "tftp serve --http ends at once while it waits to listen again",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { code } = await within(atTheLimit(async () => {}), "the end of the server");
    assertEquals(code, 0);
  },
});
