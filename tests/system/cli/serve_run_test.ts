/** `tftp serve` left running: signals, logs, configuration, and the permissions it gives up. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import {
  cliArgs,
  type Finished,
  importMapArgs,
  run,
  type RunningServer,
  startProgram,
  startServer,
} from "../../helpers/process/cli.ts";
import { ack, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { IO_PERMISSIONS, TEST_IO } from "../../helpers/net/test_network.ts";
import { unprivileged } from "../../helpers/process/unprivileged.ts";

const MISSING = 'ERROR 1 "File not found"';

/** Waits until the server has said something new. */
async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  assert(what(), "it never came");
}

async function hangUp(server: RunningServer): Promise<void> {
  const before = server.output().length;
  server.signal("SIGHUP");
  await until(() => server.output().length > before);
}

Deno.test("tftp serve reads its files again on SIGHUP, and drops no transfer", async () => {
  using folder = new TempFolder();
  folder.write("root/file", pattern(700));
  folder.write("root/other", "other");
  const map = folder.write("map", "r ^a$ file\n");
  const config = folder.write("tftp.jsonc", JSON.stringify({ map, dir: folder.at("root") }));
  const server = await startServer(["-c", config]);
  await using client = new RawClient();
  await using second = new RawClient();
  const tid = await client.ask(rrq("a"), server.port, "DATA 1 (512 bytes)");
  folder.write("map", "r ^a$ other\n");
  await hangUp(server);
  await second.ask(rrq("a"), server.port, "DATA 1 (5 bytes)");
  await client.ask(ack(1), tid, "DATA 2 (188 bytes)");
  await client.send(ack(2), tid);
  folder.write("map", "z nothing\n");
  await hangUp(server);
  assertStringIncludes(server.output(), "nothing changed: ");
  assertStringIncludes(server.output(), "line 1");
  await using third = new RawClient();
  await third.ask(rrq("a"), server.port, "DATA 1 (5 bytes)");
  folder.write("map", "");
  folder.write("tftp.jsonc", JSON.stringify({ dir: folder.at("root"), uploads: "new", port: 70 }));
  await hangUp(server);
  assertStringIncludes(server.output(), "uploads can't be switched on");
  assertEquals((await server.stop()).code, 0);
});

Deno.test("tftp serve says on SIGHUP which settings wait for a restart", async () => {
  using folder = new TempFolder();
  const settings = { dir: folder.makeFolder("root"), io: TEST_IO };
  const configure = (more: Record<string, unknown>) =>
    folder.write("tftp.jsonc", JSON.stringify({ ...settings, ...more }));
  configure({});
  const server = await startServer(["-c", folder.at("tftp.jsonc")]);
  await hangUp(server);
  assertStringIncludes(server.output(), "configuration and map reloaded\n");
  const other = { dir: folder.makeFolder("other"), io: "auto", interface: "lo", user: "nobody" };
  configure({ ...other, trace: true, pcap: folder.at("pcap"), fault: "loss=1%" });
  await hangUp(server);
  assertStringIncludes(
    server.output(),
    'reloaded; "dir", "io", "interface", "user", "trace", "pcap", "fault" will change at the next',
  );
  assertEquals((await server.stop()).code, 0);
});

Deno.test("tftp serve takes no upload folder on SIGHUP that takes no uploads", async () => {
  using folder = new TempFolder();
  folder.makeFolder("root/in");
  const configure = (dir: string) =>
    folder.write(
      "tftp.jsonc",
      JSON.stringify({ dir: folder.at("root"), uploads: "new", "upload-dir": dir }),
    );
  configure("in");
  const server = await startServer(["-c", folder.at("tftp.jsonc")]);
  configure("gone");
  await hangUp(server);
  assertStringIncludes(server.output(), "nothing changed: Cannot take uploads in");
  await using client = new RawClient();
  await client.ask(wrq("in/file"), server.port, "ACK 0");
  assertEquals((await server.stop()).code, 0);
});

Deno.test("tftp serve of an origin alone looks for no upload folder on SIGHUP", async () => {
  const words = ["serve", "-p", "0", "-a", "127.0.0.1", "--uploads", "new", "http://127.0.0.1:9/"];
  // Without the permission to write anywhere, trying a folder would fail.
  const permissions = ["--no-prompt", "--allow-net", "--allow-read", ...IO_PERMISSIONS];
  const server = await startProgram(Deno.execPath(), { args: cliArgs(words, permissions) });
  await hangUp(server);
  assertStringIncludes(server.output(), "configuration and map reloaded");
  assertEquals((await server.stop()).code, 0);
});

Deno.test("tftp serve opens its log file again on SIGHUP", async () => {
  using folder = new TempFolder();
  folder.write("root/file", "short");
  const log = folder.at("log");
  const args = ["--log-file", log, "--log-format", "json", folder.at("root")];
  const server = await startServer(args);
  await using client = new RawClient();
  await client.fetch(rrq("file"), server.port);
  await until(() => folder.text("log").includes('"op":"get"'));
  await Deno.rename(log, `${log}.1`);
  server.signal("SIGHUP");
  await until(() => folder.names().includes("log") && folder.text("log") !== "");
  await client.ask(rrq("missing\n"), server.port, MISSING);
  await server.stop();
  const [old, now] = ["log.1", "log"].map((name) => folder.text(name).trimEnd().split("\n"));
  const lines = [...old!, ...now!].map((line) => JSON.parse(line));
  assertEquals(lines.map(({ event, result }) => result ?? event), [
    ...["notice", "done", "notice", "refused", "notice"],
  ]);
  assertEquals(lines[3].file, "missing\n");
  assert(lines[1].rttMs >= 0);
});

Deno.test("tftp serve lets transfers end on SIGTERM for as long as --drain says", async () => {
  using folder = new TempFolder();
  folder.write("file", pattern(600));
  const server = await startServer(["--drain", "60", folder.path]);
  await using client = new RawClient();
  const tid = await client.ask(rrq("file"), server.port, "DATA 1 (512 bytes)");
  const stopped = server.stop("SIGTERM");
  // Native sockets are in a thread of their own, which is not asked how many it has.
  const running = TEST_IO === "native" ? "the running transfers" : "1 transfer";
  await until(() => server.output().includes(`waiting up to 60 s for ${running} to end`));
  await client.ask(ack(1), tid, "DATA 2 (88 bytes)");
  await client.send(ack(2), tid);
  const { code, stdout } = await stopped;
  assertEquals(code, 0);
  assertStringIncludes(stdout, 'get "file" 600 bytes');
  assertStringIncludes(stdout, "tftp: stopped");
});

Deno.test("tftp serve ends with ERROR 0 what --drain does not wait for", async () => {
  using folder = new TempFolder();
  folder.write("file", pattern(600));
  const server = await startServer(["--drain", "0.3", folder.path]);
  await using client = new RawClient();
  await client.ask(rrq("file"), server.port, "DATA 1 (512 bytes)");
  assertEquals((await server.stop("SIGTERM")).code, 0);
  await client.expect('ERROR 0 "Server is shutting down"');
});

Deno.test("tftp serve --map-test prints what a name becomes", async () => {
  using folder = new TempFolder();
  const map = folder.write("map", "rg \\\\ /\nr ^menu \\x\nrP ^up put\na ^no\n");
  const cases = [
    [["\\Boot\\BCD"], "/Boot/BCD\n"],
    [["menu", "--map-client", "10.0.0.1"], "0A000001\n"],
    [["up"], "get: up\nput: put\n"],
    [["nothing"], "refused: Access violation (error 2)\n"],
  ] as const;
  for (const [[name, ...rest], said] of cases) {
    const words = ["serve", "--map", map, `--map-test=${name}`, ...rest];
    const { stdout, code } = await run(Deno.execPath(), { args: cli(words) });
    assertEquals([stdout, code], [said, 0]);
  }
});

Deno.test("tftp serve removes what a crash has left, and nothing else", async () => {
  using folder = new TempFolder();
  folder.write("sub/.tftp-0123456789abcdef.part", "left");
  folder.write(".tftp-0123456789abcdef.part.txt", "mine");
  const first = await startServer(["--uploads", "new", folder.path]);
  assertEquals([folder.names(), folder.names("sub")], [
    [".tftp-0123456789abcdef.part.txt", "sub"],
    [],
  ]);
  await using client = new RawClient();
  await client.ask(wrq("sub/new"), first.port, "ACK 0");
  const second = await startServer(["--uploads", "new", folder.path]);
  assertEquals(folder.names("sub").length, 1, "an upload under way is no leftover");
  await second.stop();
  await first.stop();
});

Deno.test("tftp serve can't use the permissions it has given up", async () => {
  using folder = new TempFolder();
  folder.write("file", "short");
  const script = fromFileUrl(
    new URL("../../helpers/process/without_permissions.ts", import.meta.url),
  );
  const config = fromFileUrl(new URL("../../../deno.json", import.meta.url));
  const args = ["run", "-q", "-A", "--no-prompt", "--config", config, ...importMapArgs(), script];
  const { stdout, stderr } = await run(Deno.execPath(), { args: [...args, folder.path] });
  const line = stdout.split("\n").find((line) => line.startsWith("{")) ?? "";
  assert(line !== "", stderr);
  const refused = { run: "NotCapable", env: "NotCapable", sys: "NotCapable", ffi: "NotCapable" };
  assertEquals(JSON.parse(line), {
    ...refused,
    write: "NotCapable",
    read: "done",
    served: "short",
  });
});

/** Runs a server that is not to start. */
async function refused(args: string[], limit = ""): Promise<Finished> {
  const words = cliArgs(["serve", "-p", "0", "-a", "127.0.0.1", ...args]);
  const script = `trap "" XFSZ; ${limit} exec "$@"`;
  return await run("sh", { args: ["-c", script, "sh", Deno.execPath(), ...words] });
}

Deno.test({
  name: "tftp serve finds out at the start that a log, a map or uploads can't be had",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = new TempFolder();
    folder.write("root/file", "short");
    const root = folder.at("root");
    const cases: [args: string[], why: string][] = [
      [["--log-file", folder.at("gone/log"), root], "the folder of the log"],
      [["--log-file", root, root], "cannot write the log"],
      [["--pcap", folder.at("gone/x"), root], "no folder for the capture"],
      [["--map", folder.at("gone"), root], "cannot read"],
      [["--map", root, root], "cannot read"],
      [["--uploads", "new", "--upload-dir", "gone", root], "cannot take uploads in"],
      [
        ["--uploads", "new", "--upload-dir", "file", root],
        "it is not a folder below the served one",
      ],
    ];
    for (const [args, why] of cases) {
      const { code, stderr, stdout } = await refused(args);
      assertEquals([code, stdout], [3, ""], stderr);
      assertStringIncludes(stderr.toLowerCase(), why);
    }
    const full = await refused(["--uploads", "new", root], "ulimit -f 1;");
    assertEquals([full.code, full.stdout, folder.names("root")], [3, "", ["file"]]);
    assertStringIncludes(full.stderr, `tftp: cannot take uploads in "${root}": `);
    assertStringIncludes(full.stderr, "Leave out --uploads, or use --upload-dir");
  },
});

Deno.test({
  name: "tftp serve --uploads starts where only a folder in the folder takes files",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = new TempFolder();
    folder.makeFolder("inbox");
    await Deno.chmod(folder.at("inbox"), 0o777);
    await Deno.chmod(folder.path, 0o555);
    const words = cliArgs(["serve", "-p", "0", "-a", "127.0.0.1", "--uploads", "new", folder.path]);
    const { program, args } = unprivileged(words);
    const server = await startProgram(program, { args });
    await using client = new RawClient();
    await client.ask(wrq("inbox/new"), server.port, "ACK 0");
    await server.stop();
    await Deno.chmod(folder.at("inbox"), 0o555);
    const closed = await run(program, { args });
    await Deno.chmod(folder.path, 0o755);
    assertEquals(closed.code, 3);
    assertStringIncludes(closed.stderr, "permission denied");
  },
});

function cli(words: string[]): string[] {
  const root = new URL("../../../", import.meta.url);
  const config = fromFileUrl(new URL("deno.json", root));
  const program = ["--allow-read", "--config", config, fromFileUrl(new URL("main.ts", root))];
  return ["run", "-q", "--no-prompt", ...importMapArgs(), ...program, ...words];
}
