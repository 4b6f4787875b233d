/** `tftp status`: what a person and a program see, and how it ends. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../helpers/process/cli.ts";
import { RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { isHere } from "../../helpers/process/program.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { Terminal } from "../../helpers/process/terminal.ts";
import { startWatched, statusWhen, withWatched } from "../../helpers/net/watched_server.ts";

const HOSTILE = "x\x1b[2J\x07\u202egpj";

Deno.test("tftp status prints figures and rows once, and the whole document as JSON", async () => {
  using folder = new TempFolder();
  folder.write("pxelinux.0", "content");
  await withWatched([folder.path], async ({ url, host, port }) => {
    const server = `${host}:${port}`;
    await runCli(["get", "-q", "-o", "-", server, "pxelinux.0"]);
    await runCli(["get", "-q", "-o", "-", server, "pxelinux.O"]);
    await using client = new RawClient();
    await client.ask(rrq(HOSTILE), port, 'ERROR 1 "File not found"');
    await statusWhen(
      url,
      ({ totals: { get } }) => get.refused === 2 && get.bytes === 7,
      "all three",
    );
    const once = await runCli(["status", "--once", url]);
    assertEquals([once.code, once.stderr], [0, ""]);
    assertStringIncludes(once.stdout, `on ${server}`);
    assertStringIncludes(once.stdout, "1 done, 2 failed or refused, 7 B in total");
    assertMatch(once.stdout, /pxelinux\.0 +done +7 bytes in/);
    assertMatch(once.stdout, /pxelinux\.O +refused +File not found; did you mean pxelinux\.0\?/);
    assert(!/[\p{Cc}\p{Cf}]/u.test(once.stdout.replaceAll("\n", "")), "no escape gets through");
    const json = await runCli(["status", "--json", new URL(url).host]);
    assert(!/[\p{Cc}\p{Cf}]/u.test(json.stdout.trimEnd()));
    assertEquals(JSON.parse(json.stdout).ended[0].file, HOSTILE);
  });
});

Deno.test("tftp status ends with 5 without an answer, and 4 when it is refused", async () => {
  using folder = new TempFolder();
  folder.makeFolder("root");
  const token = folder.write("token", "0123456789abcdef");
  const other = folder.write("other", "fedcba9876543210");
  const server = await startWatched(["--http-token-file", token, folder.at("root")]);
  const { host } = new URL(server.url);
  const refused = await runCli(["status", "--once", server.url]);
  assertEquals(refused.code, 4);
  assertStringIncludes(refused.stderr, `tftp: ${host} needs a token: see --token-file`);
  const wrong = await runCli(["status", "--once", "--token-file", other, server.url]);
  assertStringIncludes(wrong.stderr, "needs another token");
  const right = await runCli(["status", "--once", "--token-file", token, server.url]);
  assertEquals(right.code, 0);
  await server.stop();
  const gone = await runCli(["status", "--once", "--token-file", token, server.url]);
  assertEquals(gone.code, 5);
  assertStringIncludes(gone.stderr, `tftp: no answer from ${host}: is a server running there`);
});

Deno.test("tftp status refuses what is no server of this kind", async () => {
  const fake = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<p>\x1b[2Jhello"),
  );
  const { code, stderr } = await runCli(["status", "--once", `127.0.0.1:${fake.addr.port}`]);
  await fake.shutdown();
  assertEquals([code, stderr], [
    4,
    `tftp: 127.0.0.1:${fake.addr.port} is not the HTTP port of a TFTP server\n`,
  ]);
});

Deno.test({
  name: "tftp status follows the server on a terminal, also when it goes and comes back",
  ignore: Deno.build.os === "windows" || !await isHere("tmux", "-V"),
  fn: async () => {
    using folder = new TempFolder();
    folder.write("kernel", "content");
    const first = await startWatched([folder.path]);
    await using terminal = await Terminal.open(["status", first.url], { cwd: folder.path });
    await terminal.waitFor(/0 running for 0 clients/);
    await runCli(["get", "-q", "-o", "-", `${first.host}:${first.port}`, "kernel"]);
    await terminal.waitFor(/kernel +done +7 bytes/);
    await first.stop();
    await terminal.waitFor(/No answer; trying again/);
    const second = await startWatched([folder.path], new URL(first.url).port);
    await terminal.waitFor(/0 done, 0 failed[^]*No requests yet/);
    await terminal.type("C-c");
    await terminal.waitFor(/exit=0/);
    await second.stop();
  },
});
