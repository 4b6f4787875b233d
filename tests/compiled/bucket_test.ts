/** Binaries in front of a bucket: what signs for it is in them, and needs no permission. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pattern, TempFolder } from "../helpers/files/temp_folder.ts";
import { LACKS_S3_SERVER, S3Server } from "../helpers/net/s3_server.ts";
import { Binaries } from "../helpers/process/binary.ts";
import { run, startProgram } from "../helpers/process/cli.ts";

const binaries = new Binaries();
const ignore = await binaries.leaveOut() || LACKS_S3_SERVER;
const CONTENT = pattern(300_003);

/** Words that serve the bucket with the keys of a file. */
function serveWords(folder: TempFolder, bucket: S3Server): string[] {
  const keys = `aws_access_key_id = ${S3Server.KEY}\naws_secret_access_key = ${S3Server.SECRET}\n`;
  return [
    ...["serve", "-p", "0", "-a", "127.0.0.1", "--s3-endpoint", bucket.url],
    ...["--s3-credentials", folder.write("keys", `[default]\n${keys}`)],
    ...["--uploads", "new", "s3://boot/images/"],
  ];
}

const BUILDS = [
  ...[{ build: [], words: [] }, { build: [], words: ["--workers", "2"] }],
  ...(Deno.build.os === "linux" ? [{ build: ["--native"], words: ["--io", "native"] }] : []),
];

for (const { build, words } of BUILDS) {
  Deno.test({
    name: `a binary serves a bucket: ${["compile", ...build, "serve", ...words].join(" ")}`,
    ignore,
    fn: async () => {
      const tftp = await binaries.path(...build);
      using folder = new TempFolder();
      await using bucket = await S3Server.start("boot");
      folder.write("kernel", CONTENT);
      const args = [...serveWords(folder, bucket), ...words];
      const server = await startProgram(tftp, { args, cwd: folder.path });
      const host = `127.0.0.1:${server.port}`;
      const put = await run(tftp, { args: ["put", host, "kernel"], cwd: folder.path });
      const got = await run(tftp, { args: ["get", "-o", "got", host, "kernel"], cwd: folder.path });
      const { code, stderr } = await server.stop();
      assertEquals([put.code, put.stderr, got.code, got.stderr], [0, "", 0, ""]);
      assertEquals(folder.bytes("got"), CONTENT);
      assertEquals([code, stderr], [0, ""]);
    },
  });
}

Deno.test({
  name: "a binary wants the keys of a bucket in a file, since it reads no environment",
  ignore,
  fn: async () => {
    const args = ["serve", "-p", "0", "s3://boot/"];
    const { code, stderr } = await run(await binaries.path(), { args });
    assertEquals(code, 2);
    assertMatch(stderr, /a binary reads no keys from the environment: give --s3-credentials FILE/);
  },
});

Deno.test({
  name: "a binary that was built without S3 says so when it is to serve a bucket",
  ignore,
  fn: async () => {
    const tftp = await binaries.path("--without-s3");
    using folder = new TempFolder();
    await using bucket = await S3Server.start("boot");
    const { code, stderr } = await run(tftp, { args: serveWords(folder, bucket) });
    assertEquals(code, 7);
    assertStringIncludes(stderr, "this binary serves no buckets: it was built without the package");
  },
});
