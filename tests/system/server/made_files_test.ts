/** Files made on request, as `tftp serve` serves them, and programs that follow uploads. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { get, put, TftpError } from "../../../src/mod.ts";
import {
  cliArgs,
  runCli,
  type RunningServer,
  startProgram,
  startServer,
} from "../../helpers/process/cli.ts";
import { wholeOf } from "../../helpers/net/library.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { IO_PERMISSIONS } from "../../helpers/net/test_network.ts";
import { until } from "../../helpers/sim/within.ts";

const TEMPLATE = "#!ipxe\necho {hostname} {mac} {ip} {ip.hex} {name} ${ip}\n";
const MADE = "#!ipxe\necho here 02:00:5e:10:00:01 127.0.0.1 7F000001 boot/a.ipxe ${ip}\n";

async function textOf({ host, port }: RunningServer, name: string): Promise<string> {
  return new TextDecoder().decode(await wholeOf(await get(name, { host, port })));
}

async function refusalOf(server: RunningServer, name: string): Promise<string> {
  const error = await assertRejects(() => textOf(server, name), TftpError);
  return `${error.code} ${error.message}`;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

for (const threads of [[], ["--workers", "2"]]) {
  const how = threads.length === 0 ? "one thread" : "two workers";

  Deno.test(`serve --template makes a file for each client, in ${how}`, async () => {
    using folder = new TempFolder();
    using outside = new TempFolder();
    folder.write("boot/a.ipxe", TEMPLATE);
    folder.write("raw.txt", TEMPLATE);
    const hosts = outside.write("hosts", "02:00:5e:10:00:01 127.0.0.1 here\n");
    const server = await startServer([
      ...threads,
      ...["--template", "*.ipxe", "--hosts", hosts, "--checksums", folder.path],
    ]);
    assertEquals(await textOf(server, "boot/a.ipxe"), MADE);
    assertEquals(await textOf(server, "raw.txt"), TEMPLATE);
    const hash = await sha256(new TextEncoder().encode(MADE));
    assertEquals(await textOf(server, "boot/a.ipxe.sha256"), `${hash}  a.ipxe\n`);
    folder.write("boot/a.ipxe", "a\n{foo}\n");
    assertEquals(
      await refusalOf(server, "boot/a.ipxe"),
      "0 The file can't be made for this client",
    );
    folder.write("boot/a.ipxe", "{hostname}");
    outside.write("hosts", "- 127.0.0.1 elsewhere\n");
    await Deno.utime(hosts, 1, 1);
    let text = "";
    const deadlineMs = performance.now() + 10_000;
    while (text !== "elsewhere" && performance.now() < deadlineMs) {
      text = await textOf(server, "boot/a.ipxe");
    }
    assertEquals(text, "elsewhere");
    const { code, stdout } = await server.stop();
    assertEquals(code, 0);
    assertStringIncludes(stdout, "line 2: {foo} is not a placeholder");
  });

  Deno.test(`serve --checksums gives the SHA-256 of what is served, in ${how}`, async () => {
    using folder = new TempFolder();
    const file = pattern(5_000_000);
    folder.write("a/image", file);
    folder.write("small", "one");
    folder.write("known", "x");
    folder.write("known.sha256", "of our own\n");
    const server = await startServer([...threads, "--checksums", folder.path]);
    const line = `${await sha256(file)}  image\n`;
    for (let times = 0; times < 3; times++) {
      assertEquals(await textOf(server, "a/image.sha256"), line);
    }
    assertEquals(await textOf(server, "known.sha256"), "of our own\n");
    for (const content of ["one", "two"]) {
      folder.write("small", content);
      const hash = await sha256(new TextEncoder().encode(content));
      assertEquals(await textOf(server, "small.sha256"), `${hash}  small\n`);
    }
    assertEquals(await refusalOf(server, "missing.sha256"), "1 File not found");
    assertEquals(await refusalOf(server, "../x.sha256"), "2 Access violation");
    assertEquals((await server.stop()).code, 0);
  });
}

Deno.test("serve refuses to start with a template or hosts file that has a mistake", async () => {
  using folder = new TempFolder();
  using outside = new TempFolder();
  folder.write("sub/a.cfg", "ip {ip}\nname {nmae}\n");
  const serve = (...args: string[]) => runCli(["serve", "-p", "0", ...args, folder.path]);
  const bad = await serve("--template", "*.cfg");
  assertEquals(bad.code, 3);
  assertMatch(bad.stderr, /template ".*\/sub\/a\.cfg": line 2: \{nmae\} is not a placeholder/);
  const hosts = outside.write("hosts", "here there\n");
  const badHosts = await serve("--template", "*.txt", "--hosts", hosts);
  assertEquals(badHosts.code, 3);
  assertStringIncludes(badHosts.stderr, 'hosts: line 1: "here" is no MAC address');
  folder.write("b.txt", "{hostname}");
  const unknown = await serve("--template", "*.txt");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, "--hosts FILE");
  assertEquals((await serve("--template", "")).code, 2);
  assertEquals((await serve("--hosts", hosts)).code, 2);
});

/** A script that says what it was given, waits for a word, and fails for a file named "bad". */
const SCRIPT = `#!/bin/sh
printf '%s|' "$@" >> "$(dirname "$0")/calls"
until [ -e "$(dirname "$0")/go" ]; do sleep 0.05; done
case "$1" in *bad) echo "this one is bad" >&2; echo more >&2; exit 3;; esac
`;

for (const threads of [[], ["--workers", "2"]]) {
  const how = threads.length === 0 ? "one thread" : "two workers";

  Deno.test(`serve --on-upload runs a program after each upload, in ${how}`, async () => {
    using folder = new TempFolder();
    using outside = new TempFolder();
    const script = outside.write("after", SCRIPT);
    await Deno.chmod(script, 0o755);
    const permissions = [
      ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", ...IO_PERMISSIONS],
      `--allow-run=${script}`,
    ];
    const args = [
      ...["serve", "-p", "0", "-a", "127.0.0.1", "--uploads", "new", ...threads],
      ...["--on-upload", `${script} {path} "{ip} {bytes}" '$(id)'`, folder.path],
    ];
    const server = await startProgram(Deno.execPath(), { args: cliArgs(args, permissions) });
    const { host, port } = server;
    // The last ACK does not wait for a program: both of them run until they are told.
    await put("good file", "12345", { host, port });
    await put("bad", "1", { host, port });
    await assertRejects(() => put("bad", "1", { host, port }), TftpError);
    outside.write("go", "");
    await until(() => server.output().includes("exit 3"), "the second program's end");
    const { code, stdout, stderr } = await server.stop();
    assertEquals(code, 0);
    const good = `${folder.at("good file")}|127.0.0.1 5|$(id)|`;
    const bad = `${folder.at("bad")}|127.0.0.1 1|$(id)|`;
    assertEquals([good + bad, bad + good].includes(outside.text("calls")), true);
    assertMatch(stdout, /note: --on-upload for "good file" of 127\.0\.0\.1: exit 0, /);
    assertMatch(stderr, /error: --on-upload for "bad" of .*: exit 3, .*: this one is bad\n/);
    assert(!stderr.includes("more"));
  });
}

Deno.test("serve --on-upload needs the permission to run that program, and uploads", async () => {
  using folder = new TempFolder();
  const serve = (...args: string[]) =>
    runCli(["serve", "-p", "0", "--on-upload", ...args, folder.path]);
  const refused = await serve("/bin/true", "--uploads", "new");
  assertEquals(refused.code, 3);
  assertStringIncludes(refused.stderr, "--allow-run=/bin/true");
  assertEquals((await serve("/bin/true")).code, 2);
  assertEquals((await serve("/bin/true {paht}", "--uploads", "new")).code, 2);
});
