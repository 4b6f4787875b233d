/** The general build, as it is given away: one file, run for real. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { libcPaths } from "../../src/net/native/libc_paths.ts";
import { JOURNAL_VARIABLE } from "../../src/files/journal.ts";
import { MANAGER_VARIABLES } from "../../src/net/native/service_manager.ts";
import { Binaries } from "../helpers/process/binary.ts";
import { run, startProgram } from "../helpers/process/cli.ts";
import { freePort } from "../helpers/process/peers.ts";
import { pattern, TempFolder } from "../helpers/files/temp_folder.ts";
import { until } from "../helpers/sim/within.ts";
import { leaveOut, missingAmong } from "../helpers/process/missing.ts";
import { PEER_CLIENTS } from "../interop/clients.ts";
import { PEER_SERVERS } from "../interop/servers.ts";

const binaries = new Binaries();
const ignore = await binaries.leaveOut();
const CONTENT = pattern(1_000_003);
const LOOPBACK = ["-a", "127.0.0.1"];

Deno.test({
  name: "the binary gets and puts at its own server",
  ignore,
  fn: async () => {
    const tftp = await binaries.path();
    using folder = new TempFolder();
    folder.write("served/big", CONTENT);
    const args = ["serve", "-p", "0", ...LOOPBACK, "--uploads", "new", "served"];
    const server = await startProgram(tftp, { args, cwd: folder.path });
    const host = `127.0.0.1:${server.port}`;
    const got = await run(tftp, { args: ["get", host, "big"], cwd: folder.path });
    const put = await run(tftp, { args: ["put", "-n", "sent", host, "big"], cwd: folder.path });
    const stopped = await server.stop();
    assertEquals([got.code, got.stderr, put.code, put.stderr], [0, "", 0, ""]);
    assertEquals(folder.bytes("big"), CONTENT);
    assertEquals(folder.bytes("served/sent"), CONTENT);
    assertEquals([stopped.code, stopped.stderr], [0, ""]);
    assertStringIncludes(stopped.stdout, "tftp: stopped");
  },
});

Deno.test({
  name: "the binary serves by workers",
  ignore,
  fn: async () => {
    const tftp = await binaries.path();
    using folder = new TempFolder();
    folder.write("served/big", CONTENT);
    const args = ["serve", "-p", "0", ...LOOPBACK, "--uploads", "new", "--workers", "2", "served"];
    const server = await startProgram(tftp, { args, cwd: folder.path });
    const host = `127.0.0.1:${server.port}`;
    for (const from of ["127.0.0.1", "127.0.0.2"]) {
      const words = ["--from", from, host];
      const get = ["get", "-o", from, ...words, "big"];
      const got = await run(tftp, { args: get, cwd: folder.path });
      const put = await run(tftp, { args: ["put", ...words, from], cwd: folder.path });
      assertEquals([got.code, got.stderr, put.code, put.stderr], [0, "", 0, ""]);
      assertEquals(folder.bytes(from), CONTENT);
      assertEquals(folder.bytes(`served/${from}`), CONTENT);
    }
    const stopped = await server.stop();
    assertEquals([stopped.code, stopped.stderr], [0, ""]);
  },
});

Deno.test({
  name: "the binary that serves prints a line that works there",
  ignore: ignore || Deno.build.os === "windows",
  fn: async () => {
    using folder = new TempFolder();
    folder.write("kernel.img", CONTENT);
    const args = ["serve", "-p", "0", ...LOOPBACK, "."];
    const server = await startProgram(await binaries.path(), { args, cwd: folder.path });
    await until(() => server.output().includes("Ctrl-C"), "the greeting");
    const [, line = ""] = /try in another terminal: (.*)/.exec(server.output()) ?? [];
    const got = await run("sh", { args: ["-c", line], cwd: folder.path });
    await server.stop();
    assertEquals([got.code, got.stderr, folder.names()], [0, "", ["kernel.img"]], line);
  },
});

const curl = PEER_CLIENTS.find(({ name }) => name === "curl")!;
const isOut = leaveOut("binary", missingAmong([curl, ...PEER_SERVERS.slice(0, 1)]));

Deno.test({
  name: "the binary serves curl",
  ignore: ignore || isOut("curl"),
  fn: async () => {
    using folder = new TempFolder();
    folder.write("served/big", CONTENT);
    const args = ["serve", "-p", "0", ...LOOPBACK, "--uploads", "new", "served"];
    const server = await startProgram(await binaries.path(), { args, cwd: folder.path });
    const url = `tftp://127.0.0.1:${server.port}`;
    const got = await run("curl", { args: ["-sSf", "-o", folder.at("got"), `${url}/big`] });
    const put = await run("curl", { args: ["-sSf", "-T", folder.at("got"), `${url}/sent`] });
    await server.stop();
    assertEquals([got.code, got.stderr, put.code, put.stderr], [0, "", 0, ""]);
    assertEquals(folder.bytes("got"), CONTENT);
    assertEquals(folder.bytes("served/sent"), CONTENT);
  },
});

Deno.test({
  name: "the binary gets and puts at in.tftpd",
  ignore: ignore || isOut("in.tftpd"),
  fn: async () => {
    const tftp = await binaries.path();
    using folder = new TempFolder();
    folder.write("served/big", CONTENT);
    const server = await PEER_SERVERS[0]!.start(folder.at("served"));
    const host = `127.0.0.1:${server.port}`;
    const got = await run(tftp, { args: ["get", host, "big"], cwd: folder.path });
    const put = await run(tftp, { args: ["put", "-n", "sent", host, "big"], cwd: folder.path });
    await server.stop();
    assertEquals([got.code, got.stderr, put.code, put.stderr], [0, "", 0, ""]);
    assertEquals(folder.bytes("big"), CONTENT);
    assertEquals(folder.bytes("served/sent"), CONTENT);
  },
});

Deno.test({
  name: "the binary ends at SIGTERM, with nothing half-written",
  ignore: ignore || Deno.build.os === "windows",
  fn: async () => {
    using folder = new TempFolder();
    // A port of this machine that never answers, so that the transfer surely runs still.
    const silent = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const { port } = silent.addr as Deno.NetAddr;
    const child = new Deno.Command(await binaries.path(), {
      args: ["get", "-r", "100", "-t", "1", `127.0.0.1:${port}`, "never"],
      cwd: folder.path,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    await silent.receive();
    child.kill("SIGTERM");
    const { code } = await child.output();
    silent.close();
    assertEquals([code, folder.names()], [143, []]);
  },
});

Deno.test({
  name: "the binary's shell puts, gets and quits",
  ignore,
  fn: async () => {
    const tftp = await binaries.path();
    using folder = new TempFolder();
    folder.makeFolder("served");
    folder.write("note", "by hand");
    const args = ["serve", "-p", "0", ...LOOPBACK, "--uploads", "new", "served"];
    const server = await startProgram(tftp, { args, cwd: folder.path });
    const lines = "put note\nget note copy\nquit\n";
    const { code, stderr } = await run(tftp, {
      args: ["127.0.0.1", `${server.port}`],
      cwd: folder.path,
      stdin: new TextEncoder().encode(lines),
    });
    await server.stop();
    assertEquals([code, stderr], [0, ""]);
    assertEquals(folder.text("served/note"), "by hand");
    assertEquals(folder.text("copy"), "by hand");
  },
});

Deno.test({
  name: "the binary captures what it sends, though it may not ask for this machine's addresses",
  ignore,
  fn: async () => {
    const tftp = await binaries.path();
    using folder = new TempFolder();
    folder.write("served/note", "captured");
    const args = ["serve", "-p", "0", ...LOOPBACK, "served"];
    const server = await startProgram(tftp, { args, cwd: folder.path });
    const host = `127.0.0.1:${server.port}`;
    const { code, stderr } = await run(tftp, {
      args: ["get", "--pcap", "x.pcap", host, "note"],
      cwd: folder.path,
    });
    await server.stop();
    assertEquals([code, folder.text("note")], [0, "captured"], stderr);
    assert(folder.bytes("x.pcap").length > 24);
  },
});

Deno.test({
  name: "the binary needs neither environment nor folder, and tells its version and rights",
  ignore,
  fn: async () => {
    const tftp = await binaries.path();
    const command = (...args: string[]) =>
      new Deno.Command(tftp, { args, cwd: "/", clearEnv: true, stdin: "null" }).output();
    const words = async (...args: string[]) => {
      const { code, stdout, stderr } = await command(...args);
      const decoder = new TextDecoder();
      assertEquals([code, decoder.decode(stderr)], [0, ""]);
      return decoder.decode(stdout);
    };
    assertEquals(await words("--version"), `tftp ${config.version}\n`);
    assertStringIncludes(await words("serve", "--help"), "--uploads");
    const grants = ["net", "read", "write"].map((kind) => `  ${kind.padEnd(8)}everything\n`);
    const none = ["env", "run", "sys", "ffi", "import"];
    assertEquals(
      await words("--permissions"),
      "tftp, client and server, with these permissions built in:\n" + grants.join("") +
        none.map((kind) => `  ${kind.padEnd(8)}nothing\n`).join(""),
    );
  },
});

Deno.test({
  name: "a native binary may call the C library of this machine, and read its manager's variables",
  ignore: ignore || Deno.build.os !== "linux",
  fn: async () => {
    const args = ["--permissions"];
    const { code, stdout } = await run(await binaries.path("--native"), { args });
    assertEquals(code, 0);
    const lines = stdout.trimEnd().split("\n");
    const [ffi] = lines.filter((line) => line.startsWith("  ffi "));
    assertEquals(ffi, `  ffi     ${libcPaths(Deno.build.arch, "glibc").join(", ")}`);
    assertEquals(lines[4], `  env     ${[JOURNAL_VARIABLE, ...MANAGER_VARIABLES].join(", ")}`);
  },
});

Deno.test({
  name: "the binary keeps no cache where anybody could leave one",
  ignore: ignore || Deno.build.os === "windows",
  fn: async () => {
    using folder = new TempFolder();
    const command = new Deno.Command(await binaries.path(), {
      args: ["--help"],
      env: { TMPDIR: folder.path },
    });
    assert((await command.output()).success);
    assertEquals(folder.names(), []);
  },
});

Deno.test({
  name: "the binary says what is wrong with a port in use",
  ignore,
  fn: async () => {
    const port = freePort();
    const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
    const args = ["serve", "-p", `${port}`, ...LOOPBACK, "."];
    const { code, stderr } = await run(await binaries.path(), { args });
    taken.close();
    assertEquals(code, 7);
    assertMatch(stderr, /^tftp: port 127\.0\.0\.1:\d+ is in use by another program: .*\n$/);
  },
});
