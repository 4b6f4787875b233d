/** `deno task compile` itself: what it builds, and what it says when it can't. */

import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { Binaries, compile, type Workshop, workshop } from "../helpers/process/binary.ts";
import { sha256, writeChecksums } from "../../compile/checksums.ts";
import { run } from "../helpers/process/cli.ts";
import { TempFolder } from "../helpers/files/temp_folder.ts";

const binaries = new Binaries();
const ignore = await binaries.leaveOut();
const isLinuxX64 = Deno.build.target === "x86_64-unknown-linux-gnu";

Deno.test({
  name: "compile makes the same bytes of the same tree, under any name",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    const again = folder.at("again/tftp-0");
    const { code, stderr } = await compile(["--output", again]);
    // Silence says that it was bundled.
    assertEquals([code, stderr], [0, ""]);
    assertEquals(await sha256(again), await sha256(await binaries.path()));
  },
});

Deno.test({
  name: "compile leaves alone what a failed build was to replace",
  ignore: ignore || !isLinuxX64,
  fn: async () => {
    using folder = new TempFolder();
    const output = folder.write("tftp", "as it was");
    // A program that is no base of this Deno builds well, and is found out when it is started.
    const { code, stderr } = await compile(["--output", output], { DENORT_BIN: "/bin/true" });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "tftp was built but does not start: the base must be that of");
    assertEquals([folder.text("tftp"), folder.names()], ["as it was", ["tftp"]]);
  },
});

Deno.test("compile says what DENORT_BIN must be", async () => {
  using folder = new TempFolder();
  const text = folder.write("text", "no program");
  const complaint = async (base: string, ...args: string[]) => {
    const { code, stderr } = await compile(args, { DENORT_BIN: base });
    assertEquals(code, 2);
    return stderr.split("\n")[0];
  };
  assertEquals(
    await complaint(folder.at("none")),
    `compile: DENORT_BIN: there is no file ${folder.at("none")}`,
  );
  assertEquals(await complaint(text), `compile: DENORT_BIN: ${text} is not a program`);
  assertEquals(
    await complaint(text, "--target", "all"),
    "compile: DENORT_BIN is the base for one target: unset it, or build one --target at a time",
  );
});

Deno.test({
  name: "compile does not pass off a program for one machine as one for another",
  ignore: !isLinuxX64,
  fn: async () => {
    const args = ["--target", "windows-x86_64"];
    const { code, stderr } = await compile(args, { DENORT_BIN: Deno.execPath() });
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      "x86_64 in the format elf, which is not that of x86_64-pc-windows",
    );
  },
});

/** The base that is there without a download. */
function baseOf({ env }: Workshop): string | undefined {
  return env.DENORT_BIN ?? Deno.env.get("DENORT_BIN");
}

/** Nothing is cached there, and the proxy refuses every download. */
function offline(folder: TempFolder): Record<string, string> {
  const unreachable = "http://127.0.0.1:9";
  return { DENO_DIR: folder.at("cache"), HTTPS_PROXY: unreachable, HTTP_PROXY: unreachable };
}

Deno.test("compile says in a sentence that npm can't be reached, and builds nothing", async () => {
  using folder = new TempFolder();
  const { code, stderr } = await compile(["--output", folder.at("tftp")], offline(folder));
  assertEquals([code, stderr.trim().split("\n").length], [1, 1], stderr);
  assertStringIncludes(stderr, "the package npm:aws4fetch@~1.0.20, which signs for buckets");
  assertStringIncludes(stderr, "Build where npm can be reached, or --without-s3");
  assertEquals(folder.names().filter((name) => name !== "cache"), []);
});

Deno.test({
  name: "compile builds from the sources where the bundler can't be fetched, and says so",
  ignore: ignore || !isLinuxX64 || baseOf(workshop()) === undefined,
  fn: async () => {
    using folder = new TempFolder();
    const output = folder.at("tftp");
    const { code, stderr } = await compile(["--without-s3", "--output", output], offline(folder));
    assertEquals([code, stderr.trim().split("\n").length], [0, 1], stderr);
    assertStringIncludes(stderr, "compile: built from the sources, because they can't be bundled");
    const { stdout } = await run(output, { args: ["help"] });
    assertStringIncludes(stdout, "tftp get");
    assertLess((await Deno.stat(await binaries.path())).size, (await Deno.stat(output)).size);
  },
});

Deno.test("compile says in a sentence that a base can't be downloaded", async () => {
  using folder = new TempFolder();
  const { code, stderr } = await compile(
    ["--target", "macos-aarch64", "--without-s3", "--output", folder.at("tftp")],
    { DENORT_BIN: "", ...offline(folder) },
  );
  assertEquals(code, 1);
  assertEquals(stderr.trim().split("\n").length, 1);
  assertStringIncludes(stderr, "for aarch64-apple-darwin can't be downloaded");
  assertStringIncludes(stderr, "Set DENORT_BIN to the denort of exactly this version");
  assertEquals(folder.names().filter((name) => name !== "cache"), []);
});

Deno.test("compile refuses flags that contradict each other, and names its help", async () => {
  const { code, stderr } = await compile(["--uploads", "new"]);
  assertEquals(code, 2);
  assertEquals(
    stderr,
    "compile: --uploads works only with --serve-root\nSee: deno task compile --help\n",
  );
  const lab = await compile(["--client", "--without-s3"]);
  assertEquals(lab.code, 2);
  assertStringIncludes(lab.stderr, "--without-s3 is for a general build");
  const help = await compile(["--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "--serve-root DIR");
});

Deno.test({
  name: "writeChecksums writes what sha256sum checks",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using folder = new TempFolder();
    folder.write("b", "two");
    folder.write("a c", "one");
    folder.write(".code.lock", "");
    await writeChecksums(folder.path);
    await writeChecksums(folder.path);
    const checked = await run("sha256sum", { args: ["-c", "SHA256SUMS"], cwd: folder.path });
    assertEquals([checked.code, checked.stdout], [0, "a c: OK\nb: OK\n"]);
    folder.write("b", "three");
    assert((await run("sha256sum", { args: ["-c", "SHA256SUMS"], cwd: folder.path })).code !== 0);
  },
});

Deno.test("workshop names a Deno that is there", async () => {
  const { success } = await new Deno.Command(workshop().deno, { args: ["--version"] }).output();
  assert(success);
});
