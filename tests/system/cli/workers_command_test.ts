/** `tftp serve --workers 2`: its words are those of one thread. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  importMapArgs,
  run,
  runCli,
  type RunningServer,
  startServer,
} from "../../helpers/process/cli.ts";
import { ErrorCode, Opcode } from "../../../src/protocol/mod.ts";
import { ack, error, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { TEST_IO } from "../../helpers/net/test_network.ts";
import { until } from "../../helpers/sim/within.ts";

const HOSTS = ["127.0.7.1", "127.0.7.2"];

/** Where a client of any address finds the server. */
function doorOf({ host, port }: RunningServer): Deno.NetAddr {
  return { transport: "udp", hostname: host, port };
}

/** The log's lines about a client's address, without what differs from run to run. */
function linesOf(server: RunningServer, hostname: string): string[] {
  return server.output().split("\n").filter((line) => line.includes(` ${hostname}:`)).map((line) =>
    line.replace(/^\S+Z /, "").replace(/:\d+ /, ":PORT ")
      .replace(/ in [\d.,]+ m?s/, " in TIME").replace(/ \([\d.,]+ \wB\/s\)/, "")
  );
}

/** Has each client fetch, miss, be refused and give up, and returns what the log says of them. */
async function logOf(args: string[]): Promise<string[]> {
  using folder = new TempFolder();
  folder.write("file", pattern(1000));
  const server = await startServer(["-l", "debug", ...args, folder.path]);
  const door = doorOf(server);
  for (const hostname of HOSTS) {
    await using client = new RawClient(hostname);
    const tid = await client.ask(rrq("file", { blksize: 1000 }), door, "OACK blksize=1000");
    await client.ask(ack(0), tid, "DATA 1 (1000 bytes)");
    await client.ask(ack(1), tid, "DATA 2 (0 bytes)");
    await client.send(ack(2), tid);
    await until(() => linesOf(server, hostname).length === 1, "the first line");
    await client.ask(rrq("fil\ne"), door, 'ERROR 1 "File not found"');
    await until(() => linesOf(server, hostname).length === 2, "the second line");
    await client.ask(ack(1), door, 'ERROR 4 "Illegal TFTP operation"');
    await until(() => linesOf(server, hostname).length === 3, "the third line");
    const again = await client.ask(rrq("file"), door, "DATA 1 (512 bytes)");
    await client.send(error(3, "no room"), again);
    await until(() => linesOf(server, hostname).length === 4, "the fourth line");
  }
  const { code, stdout } = await server.stop();
  assertEquals(code, 0);
  assertStringIncludes(stdout, "tftp: stopped");
  return HOSTS.flatMap((hostname) => linesOf(server, hostname));
}

Deno.test("tftp serve logs the same lines with two workers as with one", async () => {
  const lines = await logOf(["--workers", "2"]);
  assertEquals(lines, await logOf([]));
  assertEquals(lines.length, 8);
  assertMatch(lines[3]!, /failed after 0 bytes in TIME: the client said: no room \(error 3\)/);
});

Deno.test("tftp serve tells all its workers on SIGHUP", async () => {
  using folder = new TempFolder();
  folder.write("root/file", "content");
  folder.write("root/other", "more than that");
  const map = folder.write("map", "r ^a$ file\n");
  const settings = { map, dir: folder.at("root"), workers: 2, "log-file": folder.at("log") };
  const config = folder.write("tftp.jsonc", JSON.stringify(settings));
  const server = await startServer(["-c", config]);
  const hangUp = async (says: string) => {
    server.signal("SIGHUP");
    await until(() => folder.text("log").includes(says), says);
  };
  const bothGet = async (answer: string) => {
    for (const hostname of HOSTS) {
      await using client = new RawClient(hostname);
      await client.send(ack(1), await client.ask(rrq("a"), doorOf(server), answer));
    }
  };
  await bothGet("DATA 1 (7 bytes)");
  folder.write("map", "r ^a$ other\n");
  await hangUp("reloaded");
  await bothGet("DATA 1 (14 bytes)");
  folder.write("tftp.jsonc", JSON.stringify({ ...settings, trace: true }));
  await hangUp("nothing changed: ");
  assertStringIncludes(folder.text("log"), "--workers 2 and --trace cannot be combined");
  folder.write("tftp.jsonc", JSON.stringify({ ...settings, workers: 3 }));
  await hangUp('"workers" will change at the next restart');
  await bothGet("DATA 1 (14 bytes)");
  assertEquals((await server.stop()).code, 0);
});

Deno.test("tftp serve drains its workers on SIGTERM, and not on SIGINT", async () => {
  using folder = new TempFolder();
  folder.write("file", pattern(600));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const server = await startServer(["--workers", "2", "--drain", "60", folder.path]);
    await using client = new RawClient(HOSTS[0]);
    const tid = await client.ask(rrq("file"), doorOf(server), "DATA 1 (512 bytes)");
    const stopped = server.stop(signal);
    if (signal === "SIGTERM") {
      await client.ask(ack(1), tid, "DATA 2 (88 bytes)");
      await client.send(ack(2), tid);
    } else await client.expect('ERROR 0 "Server is shutting down"');
    const { code, stdout } = await stopped;
    assertEquals(code, 0);
    const told = signal === "SIGTERM" ? 'get "file" 600 bytes' : 'get "file" failed after';
    assertStringIncludes(stdout, told);
  }
});

/** Settles when one of three workers with a single port takes no more requests. */
async function drains(door: Deno.NetAddr, worker: number): Promise<void> {
  for (let tries = 0; tries < 10_000; tries++) {
    const third = tries % 200;
    // The same worker each time, since 256 leaves a remainder of 1.
    const fourth = 1 + 3 * Math.floor(tries / 200) + (worker + 2 * third) % 3;
    await using client = new RawClient(`127.0.${20 + third}.${fourth}`);
    await client.send(rrq("none"), door);
    // RFC 1350 §4: this is answered in any case.
    await client.send(ack(1), door);
    const { packet } = await client.next();
    if (packet?.opcode === Opcode.ERROR && packet.code === ErrorCode.UnknownTid) return;
  }
  throw new Error("Requests are still taken");
}

/** Ends a server of three workers whose transfers end one worker after the other. */
async function drainOneByOne(): Promise<void> {
  using folder = new TempFolder();
  folder.write("file", pattern(600));
  const args = ["--workers", "3", "--single-port", "--drain", "60", folder.path];
  const server = await startServer(args);
  const door = doorOf(server);
  // Some of each worker's: by the last part of the address.
  const clients = Array.from({ length: 18 }, (_, index) => new RawClient(`127.0.7.${index + 1}`));
  for (const client of clients) await client.ask(rrq("file"), door, "DATA 1 (512 bytes)");
  const stopped = server.stop();
  for (const worker of [0, 1, 2]) await drains(door, worker);
  const ended = () => server.output().split('"file" 600 bytes').length - 1;
  // One worker after the other has no more transfers. The system would not find the last one that
  // was bound any more, if another had closed its socket.
  for (const rest of [0, 2, 1]) {
    const endedBefore = ended();
    const own = clients.filter((_, index) => index % 3 === rest);
    for (const client of own) {
      // Until then it repeats itself, as its client was silent for long.
      for (let last = false; !last;) {
        const { packet } = await client.insist(ack(1), door);
        assertEquals(packet?.opcode, Opcode.DATA);
        last = packet?.opcode === Opcode.DATA && packet.block === 2;
      }
      await client.send(ack(2), door);
    }
    await until(() => ended() === endedBefore + own.length, "the end of a worker's transfers");
  }
  assertEquals((await stopped).code, 0);
  for (const client of clients) await client[Symbol.asyncDispose]();
}

// With sockets of Deno one thread has the port.
if (TEST_IO === "native") {
  Deno.test("tftp serve with workers on a single port drains the clients of each", drainOneByOne);
}

Deno.test("tftp serve with workers says at the start what is wrong", async () => {
  using folder = new TempFolder();
  await using taken = new RawClient();
  const base = ["serve", "--workers", "2", "-a", "127.0.0.1"];
  for (
    const [code, says, args] of [
      [2, "--workers 2 and --single-port can't be combined", ["--single-port", folder.path]],
      [3, "does not exist", [folder.at("none")]],
      [3, "cannot take uploads in", ["-p0", "--uploads=new", "--upload-dir=no", folder.path]],
      [7, "is in use by another program", ["-p", `${taken.port}`, folder.path]],
      [7, "None of the ports 1 to 2 can be bound", ["-p0", "--port-range=1:2", folder.path]],
    ] as const
  ) {
    // Root may bind any port.
    if (says.startsWith("None") && Deno.uid() === 0) continue;
    // Native sockets share a port among threads.
    if (code === 2 && TEST_IO === "native") continue;
    const finished = await runCli([...base, ...args]);
    assertEquals(finished.code, code, finished.stderr);
    assertStringIncludes(finished.stderr, says);
    assertEquals(finished.stderr.trimEnd().split("\n").length, 1);
  }
});

Deno.test("workers lose the permissions that the server has given up", async () => {
  const script =
    new URL("../../helpers/process/without_permissions_worker.ts", import.meta.url).pathname;
  const args = ["run", "-q", "-A", "--no-prompt", ...importMapArgs(), script];
  const { stdout, stderr } = await run(Deno.execPath(), { args });
  assert(stdout.startsWith("{"), stderr);
  const gone = { run: "prompt", env: "prompt", import: "prompt", write: "prompt" };
  assertEquals(JSON.parse(stdout), { ...gone, net: "granted", read: "granted" });
});
