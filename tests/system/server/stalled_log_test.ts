/** A server whose log nobody reads: it answers on, ends when told to, and counts what it lost. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliArgs, run, type RunningServer, startProgram } from "../../helpers/process/cli.ts";
import { describe, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { until, within } from "../../helpers/sim/within.ts";
import { freePort } from "../../helpers/process/peers.ts";

const ignore = Deno.build.os === "windows";
const MISSING = 'ERROR 1 "File not found"';
/** Far more log than the 64 KiB of a pipe. */
const REQUESTS = 2_000;
/** What the end may take: a second for each of log and words, and a busy machine. */
const END_MS = 10_000;

/** A name that makes a line of the log long. */
const NAME = `file-${"x".repeat(200)}`;

async function fetchOften(port: number, times = REQUESTS): Promise<void> {
  await using client = new RawClient();
  for (let i = 0; i < times; i++) await client.fetch(rrq(NAME), port);
}

function served(): TempFolder {
  const folder = new TempFolder();
  folder.write(`root/${NAME}`, "content");
  return folder;
}

/** A server whose stdout or stderr is a pipe that nobody reads. */
async function stalledServer(args: string[]): Promise<{ child: Deno.ChildProcess; port: number }> {
  const port = freePort();
  const words = ["serve", "-p", String(port), "-a", "127.0.0.1", ...args];
  const child = new Deno.Command(Deno.execPath(), {
    args: cliArgs(words),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await using client = new RawClient();
  // A test that bound the port to see whether it is free could take it from the server.
  assertEquals(describe(await client.insist(rrq("missing"), port)), MISSING);
  return { child, port };
}

/** A server that is read, and whose files may not become larger than a few kilobytes. */
function startOnFullDisk(args: string[]): Promise<RunningServer> {
  const words = cliArgs(["serve", "-p", "0", "-a", "127.0.0.1", ...args]);
  const limited = 'trap "" XFSZ; ulimit -f 8; exec "$@"';
  return startProgram("sh", { args: ["-c", limited, "sh", Deno.execPath(), ...words] });
}

/** Ends it as a supervisor does; how long that took. */
async function end(child: Deno.ChildProcess): Promise<number> {
  const began = performance.now();
  child.kill("SIGTERM");
  const { code } = await within(child.status, "the end of the server");
  assertEquals(code, 0);
  await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  return performance.now() - began;
}

for (
  const [what, args] of Object.entries({
    "its log": [],
    "its log in JSON": ["--log-format", "json"],
    "its trace": ["--trace", "-l", "error"],
  })
) {
  Deno.test({
    name: `tftp serve answers on and ends while nobody reads ${what}`,
    ignore,
    async fn() {
      using folder = served();
      const { child, port } = await stalledServer([...args, folder.at("root")]);
      await fetchOften(port);
      assert(await end(child) < END_MS);
    },
  });
}

Deno.test({
  name: "tftp serve tells how many lines were lost once its log flows again",
  ignore,
  async fn() {
    using folder = served();
    const { child, port } = await stalledServer([folder.at("root")]);
    // More than the pipe and the queue hold together.
    await fetchOften(port, 5_000);
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    while (!/note: \d+ lines of the log were lost/.test(said)) {
      const { value, done } = await within(reader.read(), "the log");
      assert(!done, said.slice(-500));
      said = said.slice(-1000) + value;
    }
    child.kill("SIGTERM");
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      said += value;
    }
    assertStringIncludes(said, "tftp: stopped");
    await child.stderr.cancel();
    assertEquals((await child.status).code, 0);
  },
});

Deno.test({
  name: "tftp serve answers on when its log file, a pipe or a full disk, takes nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = served();
    const pipe = folder.at("pipe");
    await run("mkfifo", { args: [pipe] });
    const larger = "tftp: cannot write the log";
    for (const [path, told] of [[pipe, "is not open yet"], [folder.at("log"), larger]]) {
      const server = await startOnFullDisk(["--log-file", path!, folder.at("root")]);
      await fetchOften(server.port, 200);
      await until(() => server.output().includes(told!), `"${told}"`);
      const began = performance.now();
      const { code, stderr } = await server.stop();
      assertEquals([code, performance.now() - began < END_MS], [0, true]);
      assertStringIncludes(stderr, "of the log could not be written");
    }
  },
});

Deno.test({
  name: "tftp serve transfers on when its capture, a pipe or a full disk, takes nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = new TempFolder();
    folder.write("root/file", pattern(5_000));
    const pipe = folder.at("pipe");
    await run("mkfifo", { args: [pipe] });
    for (const path of [pipe, folder.at("capture")]) {
      const server = await startOnFullDisk(["--pcap", path, folder.at("root")]);
      await using client = new RawClient();
      assertEquals(await client.fetch(rrq("file"), server.port), pattern(5_000));
      const { code, stderr } = await server.stop();
      assertEquals(code, 0);
      assertStringIncludes(stderr, "the capture is missing");
    }
  },
});
