/** Without one of Deno's permissions: one sentence that names the flag, before anything is sent. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { cliArgs, type Finished, run } from "../../helpers/process/cli.ts";
import { FakeServer } from "../../helpers/net/fake_server.ts";
import { ack, data } from "../../helpers/net/raw_client.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

/** Runs the command line with one permission replaced by another, or taken away. */
function runWith(flag: string, instead: string[], args: string[], cwd: string): Promise<Finished> {
  const all = cliArgs(args).flatMap((arg) => arg === flag ? instead : [arg]);
  return run(Deno.execPath(), { args: all, cwd });
}

function assertRefused({ code, stdout, stderr }: Finished, flag: string): void {
  assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [3, "", 1], stderr);
  assertStringIncludes(stderr, "tftp: missing permission to ");
  assertStringIncludes(stderr, flag);
}

async function assertNothingCame({ door }: FakeServer): Promise<void> {
  await door.send(ack(4711), door.port);
  await door.expect("ACK 4711");
}

const FLAGS = ["--allow-net", "--allow-read", "--allow-write"] as const;

Deno.test("tftp get without a permission names the flag and sends nothing", async () => {
  await using fake = new FakeServer();
  using here = new TempFolder();
  for (const flag of FLAGS) {
    assertRefused(
      await runWith(flag, [], ["get", `127.0.0.1:${fake.port}`, "file"], here.path),
      flag,
    );
  }
  await assertNothingCame(fake);
  assertEquals(here.names(), []);
});

Deno.test("tftp put without a permission names the flag and sends nothing", async () => {
  await using fake = new FakeServer();
  using here = new TempFolder();
  here.write("file", "content");
  for (const flag of ["--allow-net", "--allow-read"]) {
    assertRefused(
      await runWith(flag, [], ["put", `127.0.0.1:${fake.port}`, "file"], here.path),
      flag,
    );
  }
  await assertNothingCame(fake);
});

Deno.test("tftp serve without a permission names the flag and does not start", async () => {
  using here = new TempFolder();
  const serve = ["serve", "-p", "0", "--uploads", "new", "."];
  for (const flag of FLAGS) assertRefused(await runWith(flag, [], serve, here.path), flag);
});

Deno.test("tftp serve says that workers must be able to read their own code", async () => {
  using here = new TempFolder();
  const only = [`--allow-read=${here.path}`];
  const finished = await runWith("--allow-read", only, [
    ...["serve", "-p", "0", "--workers", "2", here.path],
  ], here.path);
  assertRefused(finished, "--allow-read");
});

Deno.test("tftp get of a host that is not allowed names the flag and sends nothing", async () => {
  await using fake = new FakeServer();
  using here = new TempFolder();
  const get = ["get", `127.0.0.1:${fake.port}`, "file"];
  const finished = await runWith("--allow-net", ["--allow-net=192.0.2.1"], get, here.path);
  assertRefused(finished, "--allow-net");
  await assertNothingCame(fake);
});

Deno.test("tftp get into a folder that is not allowed names the flag, sends nothing", async () => {
  await using fake = new FakeServer();
  using here = new TempFolder();
  here.makeFolder("allowed");
  const get = ["get", `127.0.0.1:${fake.port}`, "file"];
  assertRefused(
    await runWith("--allow-write", ["--allow-write=allowed"], get, here.path),
    "--allow-write",
  );
  await assertNothingCame(fake);
});

Deno.test("tftp get with just the permissions it needs works", async () => {
  await using fake = new FakeServer();
  using here = new TempFolder();
  const permissions = ["--allow-net=0.0.0.0,127.0.0.1", "--allow-read=.", "--allow-write=."];
  const args = cliArgs(["get", `127.0.0.1:${fake.port}`, "file"])
    .filter((arg) => !FLAGS.some((flag) => flag === arg))
    .flatMap((arg) => arg === "--no-prompt" ? [arg, ...permissions] : [arg]);
  const finished = run(Deno.execPath(), { args, cwd: here.path });
  await fake.answerRequest(data(1, "content"));
  await fake.expect("ACK 1");
  assertEquals((await finished).stderr, "");
  assertEquals(here.text("file"), "content");
});

Deno.test("tftp get allowed to reach one port only names the flag", async () => {
  await using fake = new FakeServer();
  using here = new TempFolder();
  const allowed = [`--allow-net=0.0.0.0:0,127.0.0.1:${fake.port}`];
  const get = ["get", `127.0.0.1:${fake.port}`, "file"];
  const finished = runWith("--allow-net", allowed, get, here.path);
  const { code, stderr } = await finished;
  assertEquals(code, 3);
  assertStringIncludes(stderr, "--allow-net");
  await assertNothingCame(fake);
});
