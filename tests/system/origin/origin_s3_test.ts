/**
 * A gateway in front of a bucket: npm's s3rver. It checks whose key it is, but no signature of
 * version 4; those are compared in tests/origin/signature_test.ts.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { put } from "../../../src/mod.ts";
import { cliArgs, runBare, startProgram } from "../../helpers/process/cli.ts";
import { Gateway } from "../../helpers/net/gateway.ts";
import { MemorySource } from "../../../src/testing/memory_network.ts";
import { LACKS_S3_SERVER, S3Server } from "../../helpers/net/s3_server.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { IO_PERMISSIONS, TEST_IO, testNetwork } from "../../helpers/net/test_network.ts";

const KEY_VARIABLES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

function keys(id: string, secret: string): string {
  return `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
}

test("a gateway fetches from a bucket and puts into it, by signed requests", async () => {
  using folder = new TempFolder();
  const credentials = folder.write("keys", keys(S3Server.KEY, S3Server.SECRET));
  await using bucket = await S3Server.start("boot");
  await using gateway = await Gateway.start(
    ...["--s3-endpoint", bucket.url, "--s3-credentials", credentials],
    ...["--uploads", "new", "--cache", folder.at("cache"), "s3://boot/lab 1/"],
  );
  const target = { host: "127.0.0.1", port: gateway.port, network: testNetwork() };
  for (const name of ["a.bin", "deep/er/it's (new) ü+%41&x=y~.bin"]) {
    const content = pattern(70_000);
    await put(name, new MemorySource(content), target);
    assertEquals(await gateway.fetch(name, { blksize: 1428 }), content, name);
  }
  assertMatch(await gateway.answer("b.bin"), /^ERROR 1 /);
  await gateway.logged(/get "a\.bin" 70,000 bytes/);
  const again = await put("a.bin", new MemorySource(pattern(5)), target).catch(String);
  assertMatch(String(again), /File already exists/);
  // Nobody says how long it is: S3 takes no such file.
  assertEquals(
    await gateway.answer("c.bin", "put"),
    'ERROR 0 "An upload to here needs the option tsize"',
  );
});

test("a gateway with other keys gets nothing, and shows none", async () => {
  using folder = new TempFolder();
  await using bucket = await S3Server.start("boot");
  const credentials = folder.write("keys", keys("NO-SUCH-KEY", "wrong-secret"));
  await using gateway = await Gateway.start(
    ...["--s3-endpoint", bucket.url, "--s3-credentials", credentials, "s3://boot/"],
  );
  await gateway.refuses("a", '2 "The origin does not allow it"', /GET http:.*\/boot\/a: HTTP 403/);
  const said = gateway.server.output();
  assert(!said.includes("wrong-secret") && !said.includes("Signature"), said);
});

test("a gateway takes its keys from the environment, where it may read it", async () => {
  await using bucket = await S3Server.start("boot");
  const permissions = ["--no-prompt", "--allow-net", "--allow-read", ...IO_PERMISSIONS];
  const words = ["serve", "-p", "0", "-a", "127.0.0.1", "--io", TEST_IO];
  const args = [...words, "--s3-endpoint", bucket.url, "s3://boot/"];
  const { code, stderr } = await runBare(args, { cwd: ".", permissions });
  assertEquals(code, 3);
  assertMatch(stderr, /missing permission to read AWS_ACCESS_KEY_ID from the environment/);
  const granted = [...permissions, `--allow-env=${KEY_VARIABLES.join(",")}`];
  const without = await runBare(args, { cwd: ".", permissions: granted });
  assertMatch(without.stderr, /a bucket needs keys: set AWS_ACCESS_KEY_ID/);
  Deno.env.set("AWS_ACCESS_KEY_ID", S3Server.KEY);
  Deno.env.set("AWS_SECRET_ACCESS_KEY", S3Server.SECRET);
  try {
    const server = await startProgram(Deno.execPath(), { args: cliArgs(args, granted) });
    await using gateway = new Gateway(server);
    assertMatch(await gateway.answer("missing"), /^ERROR 1 /);
  } finally {
    for (const name of KEY_VARIABLES) Deno.env.delete(name);
  }
});

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: LACKS_S3_SERVER, fn });
}
