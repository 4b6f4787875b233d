/** `tftp serve` as a person types it: what it says, and how it ends. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import {
  cliArgs,
  type Finished,
  run,
  runCli,
  type RunningServer,
  startServer,
} from "../../helpers/process/cli.ts";
import { ack, data, error, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { TEST_IO } from "../../helpers/net/test_network.ts";
import { unprivileged } from "../../helpers/process/unprivileged.ts";
import { until } from "../../helpers/sim/within.ts";

/** From here up, ports need no right; on Linux it can be set. */
const firstFreePort = Number(
  (await run("sysctl", {
    args: ["-n", "net.ipv4.ip_unprivileged_port_start"],
  }).catch(() => ({ stdout: "1024" }))).stdout,
);

/** A server of the command line for as long as `body` takes; returns what it said in the end. */
async function withServer(
  args: string[],
  body: (server: RunningServer) => Promise<Finished | void>,
): Promise<Finished> {
  const server = await startServer(args);
  try {
    return await body(server) ?? await server.stop();
  } finally {
    await server.stop("SIGKILL");
  }
}

Deno.test("tftp serve says where it is and what to try, and that works", async () => {
  using folder = new TempFolder();
  folder.write("hello.txt", "hello\n");
  await withServer([folder.path], async (server) => {
    await until(() => server.output().includes("Ctrl-C"), "the greeting");
    const said = server.output();
    assertStringIncludes(said, `tftp: serving ${folder.path} on 127.0.0.1:${server.port}`);
    const [, line] = said.match(/try in another terminal: .*(get .*)/) ?? [];
    assertEquals(line, `get -o /dev/null 127.0.0.1:${server.port} hello.txt`);
    using here = new TempFolder();
    const { code } = await runCli(line!.split(" "), { cwd: here.path });
    assertEquals([code, here.names()], [0, []]);
  });
});

/** The lines of the server's log about one client, once there are so many. */
async function logOf(server: RunningServer, client: RawClient, count: number): Promise<string[]> {
  const lines = () =>
    server.output().split("\n").filter((line) => line.includes(` 127.0.0.1:${client.port} `));
  await until(() => lines().length >= count, `line ${count} of the log`);
  return lines();
}

Deno.test("tftp serve writes a line for each transfer and each refusal", async () => {
  using folder = new TempFolder();
  folder.write("file", pattern(1000));
  await using client = new RawClient();
  await withServer([folder.path], async (server) => {
    const { port } = server;
    await client.fetch(rrq("file", { blksize: 600 }), port);
    await logOf(server, client, 1);
    await client.ask(rrq("../x\n"), port, 'ERROR 2 "Access violation"');
    await logOf(server, client, 2);
    await client.ask(ack(1), port, 'ERROR 4 "Illegal TFTP operation"');
    const tid = await client.ask(rrq("file"), port, "DATA 1 (512 bytes)");
    await client.send(error(3, "no room"), tid);
    const lines = await logOf(server, client, 3);
    const who = `^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ 127.0.0.1:${client.port} get `;
    assertEquals(lines.length, 3);
    assertMatch(lines[0]!, new RegExp(`${who}"file" 1,000 bytes in .* s.*blksize 600$`));
    assertMatch(lines[1]!, new RegExp(`${who}"\\.\\./x\\\\n" refused: Access violation`));
    assertMatch(lines[2]!, new RegExp(`${who}"file" failed after 0 bytes .*no room`));
  });
});

Deno.test("tftp serve -l says less or more", async () => {
  using folder = new TempFolder();
  folder.write("file", "content");
  const expected = {
    error: [/failed/],
    info: [/7 bytes/, /refused/, /failed/],
    debug: [/7 bytes/, /refused/, /dropped/, /failed/],
  };
  for (const [level, patterns] of Object.entries(expected)) {
    await using client = new RawClient();
    await withServer(["-l", level, folder.path], async (server) => {
      const { port } = server;
      await client.fetch(rrq("file"), port);
      await client.ask(rrq("missing"), port, 'ERROR 1 "File not found"');
      await client.ask(ack(1), port, 'ERROR 4 "Illegal TFTP operation"');
      const tid = await client.ask(rrq("file"), port, "DATA 1 (7 bytes)");
      await client.send(error(3, "no room"), tid);
      await until(() => server.output().includes("failed after"), "the last line of the log");
      const lines = await logOf(server, client, patterns.length);
      assertEquals(lines.length, patterns.length, lines.join("\n"));
      for (const pattern of patterns) assert(lines.some((line) => pattern.test(line)), level);
    });
  }
});

Deno.test("tftp serve that is stopped tells its clients and leaves no part", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    using folder = new TempFolder();
    folder.write("file", pattern(1000));
    await using getter = new RawClient();
    await using putter = new RawClient();
    const args = ["--uploads", "new", folder.path];
    const { code, stdout } = await withServer(args, async (server) => {
      await getter.ask(rrq("file"), server.port, "DATA 1 (512 bytes)");
      const tid = await putter.ask(wrq("new"), server.port, "ACK 0");
      await putter.ask(data(1, pattern(512)), tid, "ACK 1");
      return await server.stop(signal);
    });
    await getter.expect('ERROR 0 "Server is shutting down"');
    await putter.expect('ERROR 0 "Server is shutting down"');
    assertEquals([code, folder.names()], [0, ["file"]]);
    assertStringIncludes(stdout, "tftp: stopped");
  }
});

Deno.test("tftp serve --single-port answers from the port it listens on", async () => {
  using folder = new TempFolder();
  folder.write("file", "content");
  await using client = new RawClient();
  await withServer(["--single-port", "-d", folder.path], async ({ port }) => {
    const from = await client.ask(rrq("file"), port, "DATA 1 (7 bytes)");
    assertEquals(from.port, port);
    await client.send(ack(1), from);
  });
});

Deno.test("tftp serve tells that a port is in use", async () => {
  using folder = new TempFolder();
  await using other = new RawClient();
  const args = ["serve", "-a", "127.0.0.1", "-p", String(other.port), folder.path];
  const { code, stderr } = await runCli(args);
  assertEquals(code, 7);
  assertStringIncludes(stderr, `port 127.0.0.1:${other.port} is in use`);
  assertStringIncludes(stderr, "--port");
});

Deno.test("tftp serve tells that an address is not of this machine", async () => {
  using folder = new TempFolder();
  const { code, stderr } = await runCli(["serve", "-p", "0", "-a", "192.0.2.1", folder.path]);
  assertEquals([code, stderr.includes("192.0.2.1")], [7, true], stderr);
});

Deno.test("tftp serve tells that a folder is missing, or none", async () => {
  using folder = new TempFolder();
  const file = folder.write("file", "content");
  for (const [path, reason] of [[folder.at("nowhere"), "does not exist"], [file, "not a"]]) {
    const { code, stderr } = await runCli(["serve", "-p", "0", path!]);
    assertEquals([code, stderr.trimEnd().split("\n").length], [3, 1], stderr);
    assertStringIncludes(stderr, reason!);
  }
});

Deno.test("tftp tells that Deno was started without UDP", async () => {
  // Native sockets need none of it.
  if (TEST_IO === "native") return;
  using folder = new TempFolder();
  const config = JSON.parse(
    await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)),
  );
  delete config.unstable;
  const path = folder.write("deno.json", JSON.stringify(config));
  const ours = fromFileUrl(new URL("../../../deno.json", import.meta.url));
  for (const command of [["serve", folder.path], ["get", "127.0.0.1", "file"]]) {
    const args = cliArgs(command).map((arg) => arg === ours ? path : arg);
    const { code, stderr } = await run(Deno.execPath(), { args });
    assertEquals(code, 3);
    assertStringIncludes(stderr, "--unstable-net");
  }
});

Deno.test({
  name: "tftp serve tells that port 69 needs a privilege",
  ignore: firstFreePort <= 69,
  async fn() {
    using folder = new TempFolder();
    const { program, args } = unprivileged(cliArgs(["serve", folder.path]));
    const { code, stderr } = await run(program, { args });
    assertEquals([code, stderr.trimEnd().split("\n").length], [7, 1], stderr);
    assertStringIncludes(stderr, "port 69 needs a privilege");
    assertStringIncludes(stderr, "--port");
  },
});

Deno.test("tftp serve refuses at once what its user may not read or write", async () => {
  using folder = new TempFolder();
  await Deno.chmod(folder.write("private", "secret"), 0);
  await Deno.chmod(folder.makeFolder("closed"), 0o555);
  const command = ["serve", "-p", "0", "-a", "127.0.0.1", "--uploads", "new", folder.path];
  const { program, args } = unprivileged(cliArgs(command));
  const child = new Deno.Command(program, { args, stdout: "piped", stderr: "null" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let said = "";
    while (!/ on \S+:\d+ /.test(said)) {
      const { value, done } = await reader.read();
      assert(!done, said);
      said += value;
    }
    const port = Number(/ on \S+:(\d+) /.exec(said)![1]);
    await using client = new RawClient();
    await client.ask(rrq("private"), port, 'ERROR 2 "Access violation"');
    await client.ask(wrq("closed/new"), port, 'ERROR 2 "Access violation"');
  } finally {
    child.kill("SIGTERM");
    await reader.cancel();
    await child.status;
  }
  assertEquals(folder.names("closed"), []);
});

Deno.test("tftp serve --print-config refuses what serve would refuse", async () => {
  using folder = new TempFolder();
  const config = folder.write("config.json", '{ "port": 99999 }');
  const { code, stdout, stderr } = await runCli(["serve", "-c", config, "--print-config"]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "-p/--port needs");
});
