/** Programs after uploads: after a reload, and when the server ends, which takes bounded time. */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { type LogRecord, put } from "../../../src/mod.ts";
import { UploadHook } from "../../../src/cli/commands/on_upload.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { IO_PERMISSIONS, testNetwork } from "../../helpers/net/test_network.ts";
import { cliArgs, startProgram } from "../../helpers/process/cli.ts";
import { RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { MemorySource } from "../../helpers/sim/memory_network.ts";
import { until } from "../../helpers/sim/within.ts";

const FAILING = fromFileUrl(
  new URL("../../helpers/process/failing_socket_program.ts", import.meta.url),
);

const ignore = Deno.build.os === "windows";

/** A hook, and the messages that it has logged. */
function hookOf(folder: TempFolder, command: string, endLimitMs: number) {
  const messages: string[] = [];
  const log = (record: LogRecord) =>
    void ("message" in record && messages.push(`${record.kind}: ${record.message}`));
  const hook = new UploadHook({ command, root: folder.path, policy: {}, log, endLimitMs });
  return { hook, messages };
}

function uploaded(filename: string): LogRecord {
  return {
    ...{ kind: "transfer", result: "done", direction: "put", filename, mode: "octet" },
    ...{ client: "10.0.0.7:2070", bytes: 1, elapsedMs: 1, retransmits: 0 },
    agreement: { blksize: 512, windowsize: 1, rollover: 0, granted: [] },
  };
}

function fileNames(folder: TempFolder, count: number): string[] {
  const names = Array.from({ length: count }, (_, index) => `file${index}`);
  for (const name of names) folder.write(name, "x");
  return names;
}

Deno.test({
  name: "UploadHook.close() ends in time, kills what runs, and names what was not run",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    const { hook, messages } = hookOf(folder, 'sh -c "exec sleep 100" {path}', 100);
    const names = fileNames(folder, 7);
    for (const name of names) hook.record(uploaded(name));
    const begunMs = performance.now();
    await hook.close();
    assertLess(performance.now() - begunMs, 5000);
    const unrun = messages.filter((message) => message.includes("was not run"));
    assertEquals(
      unrun.map((message) =>
        /"(\w+)" of 10\.0\.0\.7 was not run: the server ends/.exec(message)?.[1]
      ),
      names.slice(4),
    );
    const killed = messages.filter((message) => message.includes("killed by SIGKILL"));
    for (const name of names.slice(0, 4)) {
      assert(killed.some((message) => message.includes(`"${name}"`)), messages.join("\n"));
    }
    assert(messages.every((message) => message.startsWith("error: ")), messages.join("\n"));
  },
});

Deno.test({
  name: "UploadHook.close() waits for all that wait, where the time is enough",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    const { hook, messages } = hookOf(folder, 'sh -c "exit 0" {path}', 60_000);
    for (const name of fileNames(folder, 9)) hook.record(uploaded(name));
    await hook.close();
    assertEquals(messages.length, 9);
    for (const message of messages) assertMatch(message, /^notice: .*: exit 0, /);
  },
});

Deno.test({
  name: "UploadHook looks for an upload where the policy of its time has put it",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    folder.write("cfg", "before");
    folder.write("10.0.0.7/CFG", "after");
    const { hook, messages } = hookOf(folder, 'sh -c "echo $0 >&2; exit 3" {path}', 60_000);
    hook.reconfigure({ rootPerClient: true, ignoreCase: true });
    hook.record({ ...uploaded("cfg"), elapsedMs: 0 } as LogRecord);
    // This one began before the reload.
    hook.record({ ...uploaded("cfg"), elapsedMs: 100_000 } as LogRecord);
    await hook.close();
    const paths = messages.map((message) => message.split(": ").at(-1)!);
    assertEquals(paths.toSorted(), [folder.at("10.0.0.7/CFG"), folder.at("cfg")].toSorted());
  },
});

Deno.test({
  name: "serve --on-upload runs for uploads that a reload stores elsewhere",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    folder.makeFolder("root/127.0.0.1");
    const settings = { dir: folder.at("root"), uploads: "new", "on-upload": "/bin/true" };
    const config = folder.write("tftp.jsonc", JSON.stringify(settings));
    const args = cliArgs(["serve", "-p", "0", "-a", "127.0.0.1", "-c", config], [
      ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", ...IO_PERMISSIONS],
      "--allow-run=/bin/true",
    ]);
    const server = await startProgram(Deno.execPath(), { args });
    folder.write("tftp.jsonc", JSON.stringify({ ...settings, "root-per-client": true }));
    server.signal("SIGHUP");
    await until(() => server.output().includes("reloaded"), "the reload");
    await put("cfg", new MemorySource(pattern(10)), {
      ...{ host: server.host, port: server.port, network: testNetwork() },
    });
    await until(() => server.output().includes("--on-upload for"), "the end of the program");
    const { code, stdout } = await server.stop();
    assertEquals([code, folder.names("root/127.0.0.1")], [0, ["cfg"]]);
    assertMatch(stdout, /--on-upload for "cfg" of 127\.0\.0\.1: exit 0/);
  },
});

Deno.test({
  name: "serve --on-upload ends its programs when a socket fails while the server drains",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    folder.write("root/file", pattern(600));
    const [log, root] = [folder.at("log"), folder.at("root")];
    const script = folder.write("after", '#!/bin/sh\nuntil [ -e "$0.go" ]; do sleep 0.05; done\n');
    await Deno.chmod(script, 0o755);
    const words = ["--uploads", "new", "--on-upload", script, "--log-file", log, root];
    const args = cliArgs(
      ["serve", "-p", "0", "-a", "127.0.0.1", "--io", "deno", "--drain", "60", ...words],
      ["--no-prompt", "--allow-net", "--allow-read", "--allow-write", `--allow-run=${script}`],
    );
    args[args.findIndex((word) => word.endsWith("main.ts"))] = FAILING;
    const server = await startProgram(Deno.execPath(), { args });
    const { host, port } = server;
    await put("new", new MemorySource(pattern(10)), { host, port, network: testNetwork() });
    await using client = new RawClient();
    const tid = await client.ask(rrq("file"), port, "DATA 1 (512 bytes)");
    server.signal("SIGTERM");
    await until(() => server.output().includes("waiting up to 60 s"), "the drain");
    await client.send("fail", tid);
    await until(() => folder.text("log").includes("the socket has failed"), "the failure");
    folder.write("after.go", "");
    const { code, stderr } = await server.ended();
    assertEquals([code, stderr.trimEnd()], [1, "tftp: the socket has failed"]);
    assertMatch(folder.text("log"), /--on-upload for "new" of .*: exit 0/);
  },
});

Deno.test({
  name: "UploadHook does not wait for what a program leaves behind",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    const { hook, messages } = hookOf(
      folder,
      'sh -c "echo odd >&2; sleep 8 & exit 3" {path}',
      60_000,
    );
    hook.record(uploaded(fileNames(folder, 1)[0]!));
    const begunMs = performance.now();
    await hook.close();
    assertLess(performance.now() - begunMs, 6000);
    assertMatch(messages.join("\n"), /^error: .*: exit 3, .*: odd$/);
  },
});
