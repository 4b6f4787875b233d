/** `tftp get` and `tftp put` as a person types them, against a real server. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertDone, ServedPlace } from "../../helpers/files/client_place.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";

/** A server on IPv4 and IPv6, and a folder to work in. */
class Place extends ServedPlace {
  readonly uri = `tftp://${this.host}`;

  constructor() {
    super({ addresses: [] });
  }
}

Deno.test("tftp get fetches a file into the current folder and says what it did", async () => {
  await using place = new Place();
  place.served.folder.write("dir/file.bin", pattern(100_000));
  const finished = await place.run(["get", place.host, "dir/file.bin"]);
  assertDone(finished);
  assertEquals(place.here.bytes("file.bin"), pattern(100_000));
  assertEquals(place.here.names(), ["file.bin"]);
  assertMatch(finished.stdout, /^got "dir\/file\.bin" as "file\.bin": 100,000 bytes in .* s.*\n$/);
  const told = await place.run(["get", "-v", place.host, "dir/file.bin"]);
  assertMatch(told.stdout, /^ {2}peer .*, blksize 1428, windowsize 32, tsize 100000$/m);
});

Deno.test("tftp get -o names a file, a folder or standard output", async () => {
  await using place = new Place();
  place.served.folder.write("file", "content\n");
  place.here.makeFolder("folder");
  assertDone(await place.run(["get", "-o", "new", place.host, "file"]));
  assertDone(await place.run(["get", "-o", "folder", place.host, "file"]));
  assertDone(await place.run(["get", place.host, "file", "--output=folder/other"]));
  const piped = await place.run(["get", "-o", "-", place.host, "file"]);
  assertEquals([piped.code, piped.stdout], [0, "content\n"]);
  assertStringIncludes(piped.stderr, "to standard output: 8 bytes");
  assertEquals(place.here.names(), ["folder", "new"]);
  assertEquals(place.here.names("folder"), ["file", "other"]);
  assertEquals(place.here.text("folder/other"), "content\n");
});

Deno.test("tftp get -o - writes megabytes without a byte of its own", async () => {
  await using place = new Place();
  place.served.folder.write("big", "0123456789abcdef".repeat(200_000));
  const { code, stdout, stderr } = await place.run(["get", "-q", "-o", "-", place.host, "big"]);
  assertEquals([code, stderr, stdout.length], [0, "", 3_200_000]);
  assertEquals(stdout, "0123456789abcdef".repeat(200_000));
});

Deno.test("tftp get understands URIs, also of IPv6, with a mode and percent signs", async () => {
  await using place = new Place();
  place.served.folder.write("a file;x", "a\nb\n");
  place.served.folder.write("plain", "plain");
  assertDone(
    await place.run(["get", `${place.uri}/a%20file;x`, `tftp://[::1]:${place.port}/plain`]),
  );
  assertDone(await place.run(["get", "-o", "text", `${place.uri}/plain;mode=netascii`]));
  assertDone(await place.run(["get", "-o", "six", `[::1]:${place.port}`, "plain"]));
  assertDone(await place.run(["get", "-o", "bare", "-p", place.port, "::1", "plain"]));
  assertEquals(place.here.names(), ["a file;x", "bare", "plain", "six", "text"]);
  assertEquals(place.here.text("a file;x"), "a\nb\n");
  const modes = place.served.records.map((record) => record.kind === "transfer" && record.mode);
  assertEquals(modes, ["octet", "octet", "netascii", "octet", "octet"]);
});

Deno.test("tftp put sends files, standard input, and gives names", async () => {
  await using place = new Place();
  place.here.write("one", pattern(70_000));
  place.here.write("folder/two", "two");
  const { folder } = place.served;
  const sent = await place.run(["put", place.host, "one", "folder/two"]);
  assertDone(sent);
  assertMatch(sent.stdout, /^sent "one": 70,000 bytes.*\nsent "folder\/two" as "two": 3 bytes/);
  assertEquals([folder.bytes("one"), folder.text("two")], [pattern(70_000), "two"]);
  assertDone(await place.run(["put", "-n", "three", place.host, "folder/two"]));
  assertDone(await place.run(["put", "folder/two", `${place.uri}/four`]));
  assertDone(await place.run(["put", "one", `tftp://[::1]:${place.port}/five`]));
  assertDone(await place.run(["put", "-n", "six", place.host, "-"], "from a pipe"));
  assertDone(await place.run(["put", "-", `${place.uri}/seven`], ""));
  assertEquals(folder.names(), ["five", "four", "one", "seven", "six", "three", "two"]);
  assertEquals([folder.text("six"), folder.text("seven")], ["from a pipe", ""]);
});

Deno.test("tftp get and put translate netascii both ways", async () => {
  await using place = new Place();
  const text = `one\ntwo\r\nthree\rfour\n${"x".repeat(1426)}\n\n\r`;
  place.here.write("text", text);
  assertDone(await place.run(["put", "-m", "netascii", place.host, "text"]));
  assertEquals(place.served.folder.text("text"), text);
  assertDone(await place.run(["get", "-m", "netascii", "-o", "back", place.host, "text"]));
  assertEquals(place.here.text("back"), text);
});

Deno.test("tftp pull and push, and a host first, do the same", async () => {
  await using place = new Place();
  place.served.folder.write("file", "content");
  place.here.write("mine", "mine");
  assertDone(await place.run(["pull", "file", "127.0.0.1", place.port]));
  assertDone(await place.run(["push", "mine", "127.0.0.1", place.port]));
  assertEquals(place.here.text("file"), "content");
  assertEquals(place.served.folder.text("mine"), "mine");
  place.here.write("yours", "yours");
  assertDone(await place.run(["127.0.0.1", "-p", place.port, "put", "yours"]));
  assertDone(await place.run(["127.0.0.1", "-p", place.port, "get", "mine"]));
  assertEquals(place.served.folder.names(), ["file", "mine", "yours"]);
});

Deno.test("tftp get goes on after a file that fails, and ends with its code", async () => {
  await using place = new Place();
  place.served.folder.write("one", "1");
  place.served.folder.write("three", "3");
  const { code, stderr, stdout } = await place.run(["get", place.host, "one", "two", "three"]);
  assertEquals(code, 4);
  assertEquals(place.here.names(), ["one", "three"]);
  assertStringIncludes(stderr, `tftp: cannot get "two" from ${place.host}: `);
  assertStringIncludes(stderr, "(server error 1)");
  assertEquals(stdout.match(/^got/gm)?.length, 2);
});

Deno.test("tftp -q says nothing, -v says what was agreed", async () => {
  await using place = new Place();
  place.served.folder.write("file", pattern(5000));
  assertEquals(await place.run(["get", "-q", place.host, "file"]), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  const { stdout } = await place.run(["get", "-v", "-b", "8192", "-w", "4", place.host, "file"]);
  assertMatch(stdout, /peer 127\.0\.0\.1:\d+, blksize 8192, windowsize 4, tsize 5000/);
  assert(!stdout.includes(`peer ${place.host}`), "the peer is a port of its own");
  const failed = await place.run(["get", "-q", place.host, "missing"]);
  assertEquals([failed.code, failed.stdout, failed.stderr.split("\n").length], [4, "", 2]);
});

Deno.test("tftp get --no-options sends no options", async () => {
  await using place = new Place();
  place.served.folder.write("file", pattern(5000));
  const { code, stdout } = await place.run(["get", "-v", "--no-options", place.host, "file"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "no options");
  assertEquals(place.here.bytes("file"), pattern(5000));
});

Deno.test("tftp put finds what is missing here before anything is sent", async () => {
  await using place = new Place();
  place.here.write("there", "there");
  place.here.makeFolder("folder");
  const cases: [string[], string][] = [
    [["missing"], "no such file"],
    [["folder"], "it is a folder"],
    [["there", "missing"], "no such file"],
  ];
  for (const [names, reason] of cases) {
    const { code, stdout, stderr } = await place.run(["put", place.host, ...names]);
    assertEquals([code, stdout], [3, ""]);
    assertStringIncludes(stderr, reason);
  }
  assertEquals([place.served.records, place.served.folder.names()], [[], []]);
});

Deno.test("tftp get finds what can't be written before anything is sent", async () => {
  await using place = new Place();
  place.served.folder.write("file", "content");
  place.here.makeFolder("folder/file");
  for (const output of ["nowhere/file", "nowhere/", "folder"]) {
    const { code, stderr } = await place.run(["get", "-o", output, place.host, "file"]);
    assertEquals([code, stderr.startsWith("tftp: ")], [3, true], stderr);
  }
  assertEquals(place.served.records, []);
});

Deno.test("tftp says what is wrong with a command line, and sends nothing", async () => {
  await using place = new Place();
  const lines = [["get"], ["get", place.host], ["fetch", place.host, "file"], ["put", "-b", "7"]];
  lines.push(["get", "-o", "x", place.host, "x".repeat(600)], ["get", "--", "-x"], [
    "put",
    place.host,
    "-",
  ]);
  for (const line of lines) {
    const { code, stdout, stderr } = await place.run(line);
    assertEquals([code, stdout, stderr.startsWith("tftp: ")], [2, "", true], line.join(" "));
  }
  assertEquals([place.served.records, place.here.names()], [[], []]);
});
