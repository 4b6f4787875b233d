/** Many files, safe files and proved files, by the command line. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertDone, objectsIn, ServedPlace } from "../../helpers/files/client_place.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { cliArgs, run } from "../../helpers/process/cli.ts";
import { unprivileged } from "../../helpers/process/unprivileged.ts";

const ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const OTHER = ABC_SHA256.replace("b", "c");

Deno.test("tftp get -j fetches files at once, goes on after a failure, and counts", async () => {
  await using place = new ServedPlace();
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) place.served.folder.write(name, pattern(30_000));
  place.here.makeFolder("in");
  const args = ["get", "-j", "3", place.host, "a", "gone", "b", "c", "d", "e", "-o", "in/"];
  const finished = await place.run(args);
  assertEquals([finished.code, place.here.names("in")], [4, names]);
  assertMatch(finished.stdout, /\n5 of 6 files: 150,000 bytes in .*\n$/);
  const summary = 'tftp: 1 of 6 files failed:\n  "gone": File not found (server error 1)\n';
  assert(finished.stderr.endsWith(summary), finished.stderr);
});

Deno.test("tftp put -j sends many files at once", async () => {
  await using place = new ServedPlace();
  const names = ["a.bin", "b.bin", "c.bin"];
  for (const name of names) place.here.write(name, pattern(30_000));
  assertDone(await place.run(["put", "-j", "2", "-q", place.host, ...names]));
  assertEquals(place.served.folder.names(), names);
  assertEquals(place.served.folder.bytes("c.bin"), pattern(30_000));
});

Deno.test("tftp get --manifest fetches and verifies the files of a list", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("fw/abc", "abc");
  place.served.folder.write("fw/plain", "plain");
  place.here.write("SHA256SUMS", `# firmware\n${ABC_SHA256}  fw/abc\nfw/plain\n`);
  const good = await place.run(["get", "--manifest", "SHA256SUMS", place.host]);
  assertDone(good);
  assertStringIncludes(good.stdout, "2 of 2 files");
  assertEquals([place.here.text("abc"), place.here.text("plain")], ["abc", "plain"]);
  place.here.makeFolder("new");
  const list = `${OTHER} *fw/abc\nfw/plain\nfw/gone\n`;
  const bad = await place.run(["get", "--manifest", "-", "-o", "new", place.host], list);
  assertEquals([bad.code, place.here.names("new")], [8, ["plain"]]);
  assertStringIncludes(bad.stderr, `The SHA-256 is ${ABC_SHA256}, and ${OTHER} was expected`);
  assertStringIncludes(bad.stderr, "2 of 3 files failed");
});

Deno.test("tftp get --manifest replaces a file with the same sum, or with --clobber", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("abc", "abc");
  place.served.folder.write("plain", "new");
  place.here.write("abc", "abc");
  place.here.write("plain", "old");
  const list = `${ABC_SHA256}  abc\n${OTHER}  plain\n`;
  const again = await place.run(["get", "--manifest", "-", place.host], list);
  assertEquals([again.code, place.here.text("plain")], [3, "old"]);
  assertStringIncludes(again.stdout, "1 of 2 files");
  assertStringIncludes(again.stderr, 'cannot write "plain": it exists');
  assertStringIncludes(again.stderr, "add --clobber with --manifest");
  const told = await place.run(["get", "--clobber", "--manifest", "-", place.host], "plain\nabc");
  assertDone(told);
  assertEquals([place.here.text("plain"), place.here.names()], ["new", ["abc", "plain"]]);
});

Deno.test("tftp get --manifest writes nothing outside its folder, hidden or twice", async () => {
  await using place = new ServedPlace();
  for (const name of ["a", "b", ".profile", "-"]) place.served.folder.write(name, "theirs");
  place.here.write("outside", "mine");
  place.here.makeFolder("in");
  await Deno.symlink("../outside", place.here.at("in/a"));
  await Deno.symlink("b", place.here.at("in/twin"));
  place.here.write("in/b", "mine");
  const cases = {
    "x\n../a\n": [3, 'the list on stdin, line 2 must not write "in/a": it is a link that leads to'],
    "b\ntwin\n": [2, '"in/b" and "in/twin" would be the same file here'],
    "/etc/b\n../b\n": [2, 'two of the files would both be called "b"'],
    "x\n.profile\n": [2, 'the list on stdin, line 2 lists the hidden file ".profile"'],
    "..\n": [2, '".." does not end in the name of a file'],
  } as const;
  for (const [list, [code, why]] of Object.entries(cases)) {
    const flags = code === 2 && why.includes("hidden") ? [] : ["--clobber"];
    const args = ["get", ...flags, "-o", "in", "--manifest", "-", place.host];
    const ended = await place.run(args, list);
    assertEquals([ended.code, place.served.records], [code, []], ended.stderr);
    assertStringIncludes(ended.stderr, why);
  }
  assertDone(await place.run(["get", "--manifest", "-", place.host], "./-\n"));
  assertEquals(place.here.names(), ["-", "in", "outside"]);
  assertEquals(place.here.text("outside"), "mine");
});

Deno.test("tftp put --manifest sends the files of a list once all are verified", async () => {
  await using place = new ServedPlace();
  place.here.write("abc", "abc");
  place.here.write("xyz", "xyz");
  place.here.write("wrong", `xyz\n${OTHER}  abc\n`);
  const bad = await place.run(["put", "--manifest", "wrong", place.host]);
  assertEquals([bad.code, place.served.folder.names()], [8, []]);
  assertStringIncludes(bad.stderr, 'the SHA-256 of "abc" is ');
  assertStringIncludes(bad.stderr, "Nothing was sent.");
  place.here.write("right", `xyz\n${ABC_SHA256}  abc\n`);
  assertDone(await place.run(["put", "--manifest", "right", place.host]));
  assertEquals(place.served.folder.names(), ["abc", "xyz"]);
});

Deno.test("tftp says what is wrong with a list of files, and asks nothing", async () => {
  await using place = new ServedPlace();
  const gone = await place.run(["get", "--manifest", "gone", place.host]);
  assertEquals([gone.code, gone.stderr], [
    3,
    'tftp: the list "gone" does not exist: check the name after --manifest\n',
  ]);
  place.here.makeFolder("in");
  await Deno.chmod(place.here.write("private", "x\n"), 0);
  for (
    const [name, says] of [
      ["in", 'the list "in" is a folder: name a file after --manifest'],
      ["private/x", 'cannot read "private/x": a part of the path is not a folder'],
      ["private", 'cannot read "private": permission denied'],
    ] as const
  ) {
    const { program, args } = unprivileged(cliArgs(["get", "--manifest", name, place.host]));
    const { code, stderr } = await run(program, { args, cwd: place.here.path });
    assertEquals([code, stderr], [3, `tftp: ${says}\n`]);
  }
  const twins = await place.run(["get", "--manifest", "-", place.host], "a/x\nb/x\n");
  assertEquals(twins.code, 2);
  assertStringIncludes(twins.stderr, 'two of the files would both be called "x"');
  assertEquals(place.served.records, []);
});

Deno.test("tftp get --sha256 keeps the file that was meant, or else the old one", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "abc");
  place.here.write("file", "old");
  const bad = await place.run(["get", "--sha256", OTHER, place.host, "file"]);
  assertEquals([bad.code, place.here.names(), place.here.text("file")], [8, ["file"], "old"]);
  assertMatch(bad.stderr, /^tftp: cannot get "file" from .*: The SHA-256 is ba78.* was expected\n/);
  assertDone(await place.run(["get", "--sha256", ABC_SHA256.toUpperCase(), place.host, "file"]));
  assertEquals(place.here.text("file"), "abc");
});

Deno.test("tftp --checksum prints what sha256sum prints, both ways", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "abc");
  const got = await place.run(["get", "-q", "--checksum", place.host, "file"]);
  assertEquals([got.code, got.stdout], [0, `${ABC_SHA256}  file\n`]);
  const sent = await place.run(["put", "-q", "--checksum", "-n", "new", place.host, "file"]);
  assertEquals([sent.code, sent.stdout], [0, `${ABC_SHA256}  file\n`]);
  const piped = await place.run(["get", "-q", "--checksum", "-o", "-", place.host, "file"]);
  assertEquals([piped.stdout, piped.stderr], ["abc", `${ABC_SHA256}  -\n`]);
});

Deno.test("tftp get --no-clobber replaces nothing, and asks nothing", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "new");
  place.here.write("file", "old");
  const { code, stderr } = await place.run(["get", "--no-clobber", place.host, "file"]);
  assertEquals(code, 3);
  assertMatch(
    stderr,
    /^tftp: cannot write "file": it exists\n {2}To replace it, leave out --no-clobber/,
  );
  assertEquals([place.here.text("file"), place.served.records], ["old", []]);
});

Deno.test("tftp get writes over no folder and through no dangling link", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "new");
  place.here.makeFolder("outside");
  await Deno.symlink(place.here.at("outside/nothing"), place.here.at("file"));
  const link = await place.run(["get", place.host, "file"]);
  assertEquals(link.code, 3);
  assertStringIncludes(link.stderr, 'cannot write "file": it is a link to nothing');
  await Deno.remove(place.here.at("file"));
  place.here.makeFolder("file");
  const folder = await place.run(["get", place.host, "file"]);
  assertEquals(folder.code, 3);
  assertStringIncludes(folder.stderr, '"file" is a folder here: name the file with -o PATH');
  assertEquals([place.here.names("outside"), place.here.names("file")], [[], []]);
});

Deno.test("tftp get stays in the current folder whatever the name on the server", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "content");
  for (const name of ["../../file", "/file", "x\\..\\file", "./file"]) {
    await place.run(["get", place.host, name]);
    assert(place.here.names().every((local) => local === "file"), name);
  }
  for (const name of ["..", "a/..", "/", "a\\.."]) {
    assertEquals((await place.run(["get", place.host, name])).code, 2, name);
  }
});

Deno.test("tftp get keeps the mode of the file it replaces, and makes others plain", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "content");
  place.here.write("file", "old");
  await Deno.chmod(place.here.at("file"), 0o640);
  const before = Date.now();
  assertDone(await place.run(["get", place.host, "file"]));
  assertDone(await place.run(["get", "-o", "new", place.host, "file"]));
  const { mode, mtime } = await Deno.stat(place.here.at("file"));
  assertEquals(mode! & 0o777, 0o640);
  const fresh = await Deno.stat(place.here.at("new"));
  const usual = await Deno.stat(place.here.write("usual", ""));
  assertEquals(fresh.mode, usual.mode);
  assert(Math.abs(mtime!.getTime() - before) < 60_000);
});

Deno.test("tftp warns of netascii for files that look binary, both ways", async () => {
  await using place = new ServedPlace();
  place.here.write("binary", "ELF\0\x01\x02");
  place.here.write("text", "words\n");
  const sent = await place.run(["put", "-m", "ascii", place.host, "binary", "text"]);
  assertEquals(sent.code, 0);
  assertMatch(sent.stderr, /^tftp: warning: "binary" looks binary, and netascii changes .*\n$/);
  const got = await place.run(["get", "-m", "ascii", "-o", "back", place.host, "binary"]);
  assertMatch(got.stderr, /^tftp: warning: "binary" looks binary/);
});

Deno.test("tftp --json prints an object for every file, failed ones too", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "abc");
  const finished = await place.run(["get", "--json", "--checksum", place.host, "file", "gone"]);
  assertEquals(finished.code, 4);
  const [good, bad] = objectsIn(finished);
  assertEquals([good?.ok, good?.file, good?.bytes, good?.sha256], [true, "file", 3, ABC_SHA256]);
  assertEquals(good?.asked, { blksize: "1428", windowsize: "32", tsize: "0" });
  assertEquals([bad?.ok, bad?.file, bad?.exitCode], [false, "gone", 4]);
  assertEquals(bad?.error, {
    name: "TftpError",
    message: "File not found (server error 1)",
    code: 1,
  });
  assertMatch(finished.stderr, /^tftp: cannot get "gone"/);
});

Deno.test({
  name: "tftp get fetches all files though nobody can be told, and says so",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using place = new ServedPlace();
    for (const name of ["a", "b"]) place.served.folder.write(name, name);
    const command = [Deno.execPath(), ...cliArgs(["get", "--json", place.host, "a", "b"])];
    const toFull = (redirect: string, words: string[]) =>
      run("sh", { args: ["-c", `"$@" ${redirect}`, "sh", ...words], cwd: place.here.path });
    const { code, stderr } = await toFull(">/dev/full", command);
    assertEquals([code, place.here.names()], [3, ["a", "b"]]);
    assertEquals(stderr, 'tftp: cannot write to "standard output": the disk is full\n');
    const missing = [Deno.execPath(), ...cliArgs(["get", place.host, "missing"])];
    assertEquals((await toFull("2>/dev/full", missing)).code, 4);
  },
});

Deno.test("tftp draws no progress on a pipe, unless always", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", pattern(60_000));
  const quiet = await place.run(["get", place.host, "file"]);
  assertEquals([quiet.code, quiet.stderr], [0, ""]);
  const slow = ["-b", "512", "-w", "1", "--fault", "delay=5ms,seed=1"];
  const drawn = await place.run(["get", "--progress=always", ...slow, place.host, "file"]);
  assertEquals(drawn.code, 0);
  assertMatch(drawn.stderr, /file +\d+% \[/);
  assert(drawn.stderr.endsWith("\x1b[J\x1b[?25h"), JSON.stringify(drawn.stderr.slice(-40)));
});

Deno.test({
  name: "tftp get says that Deno guards a place, instead of a flag that does not help",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using place = new ServedPlace();
    place.served.folder.write("file", "content");
    const { code, stderr } = await place.run(["get", "-o", "/proc/1/", place.host, "file"]);
    assertEquals(code, 3);
    assertStringIncludes(
      stderr,
      "Deno does not let programs read or write in /dev, /proc and /sys",
    );
    assertEquals(stderr.includes("--allow-all"), false);
  },
});
