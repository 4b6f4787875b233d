/** Lists, sums, waiting, other habits, and the shell, as parseCommand reads them. */

import { assertEquals } from "@std/assert";
import type { GetCommand, PutCommand, ShellCommand } from "../../src/cli/args/command.ts";
import { gets, parse, puts, refuses } from "../helpers/process/parsed.ts";

Deno.test("parseCommand reads what a get may write, and how much", () => {
  const line = "get --no-clobber --keep-partial --max-size 2M -j 4 --progress=never h a b";
  const command = parse(line) as GetCommand;
  assertEquals([command.clobber, command.keepPartial], [false, true]);
  const { maxBytes, jobs, progress } = command.settings;
  assertEquals([maxBytes, jobs, progress], [2_000_000, 4, "never"]);
  assertEquals((parse("get --max-size 64kB h a") as GetCommand).settings.maxBytes, 64_000);
});

Deno.test("parseCommand reads sums and lists of files", () => {
  const hex = "0123456789ABCDEF".repeat(4);
  assertEquals(
    (parse(`get --sha256 ${hex} h a`) as GetCommand).files[0]?.sha256,
    hex.toLowerCase(),
  );
  const get = parse("get --manifest sums -p 70 h") as GetCommand;
  assertEquals([get.files, get.manifest?.path, get.manifest?.remote.port], [[], "sums", 70]);
  const put = parse("put --manifest - -n fw/ h one") as PutCommand;
  assertEquals([put.files[0]?.remote.filename, put.manifest?.remote.filename], ["fw/one", "fw/"]);
  refuses({
    "get --sha256 12 h a": "a SHA-256 has 64 hexadecimal digits",
    [`get --sha256 ${hex} h a b`]: "--sha256 verifies one FILE",
    [`get --sha256 ${hex} --manifest m h a`]: "--sha256 verifies one FILE",
    "get --manifest m tftp://h/a": "--manifest needs HOST as a separate argument",
    "get --manifest m --manifest n h": 'only one list can be given with --manifest; "n" is one',
    "put --manifest m --manifest n h": 'only one list can be given with --manifest; "n" is one',
    "get --json -o - h a": "--json and -o - both write to standard output",
  });
});

Deno.test("parseCommand reads blksize auto, and the modes of other programs", () => {
  assertEquals((parse("get -b auto h a") as GetCommand).settings.blksize, "auto");
  for (const [word, mode] of [["binary", "octet"], ["ascii", "netascii"], ["IMAGE", "octet"]]) {
    assertEquals((parse(`get -m ${word} h a`) as GetCommand).files[0]?.mode, mode);
  }
  refuses({ "get -m mail h a": "-m/--mode needs one of octet, netascii" });
});

Deno.test("parseCommand reads where to ask from", () => {
  const { from, localPorts } = (parse("get --from ::1 --local-port 4000:4010 h a") as GetCommand)
    .settings;
  assertEquals([from, localPorts], ["::1", [4000, 4010]]);
  assertEquals((parse("get --local-port 69 h a") as GetCommand).settings.localPorts, [69, 69]);
  refuses({
    "get --from 10.0.0.1:70 h a": "--from takes no port; write --from 10.0.0.1 --local-port 70",
    "get --from ::1 -4 h a": "--from ::1 is not of the address family that -4 or -6 selects",
    "get --local-port 9:8 h a": "--local-port needs a port or a range",
    "get --local-port 1:2:3 h a": "--local-port needs a port or a range",
    "get --local-port 0 h a": "a port is a whole number from 1 to 65535",
  });
});

Deno.test("parseCommand makes a put that waits plain, unless options are asked for", () => {
  const settings = (line: string) => (parse(line) as PutCommand).settings;
  assertEquals([settings("put --wait h a").waitMs, settings("put --wait h a").plain], [
    120_000,
    true,
  ]);
  assertEquals(settings("put --wait=5 h a").waitMs, 5000);
  assertEquals(settings("put --wait -b 1428 h a").plain, false);
  assertEquals(puts("put --wait h a"), ["a > h 69 a"]);
  assertEquals(puts("push --wait=5 123 h"), ["123 > h 69 123"]);
  refuses({
    "get --wait h a": "--wait belongs to put, not to get",
    "put --wait=0 h a": "--wait needs seconds from 1 to 86400",
  });
});

Deno.test("parseCommand reads tftp-hpa's -c", () => {
  assertEquals(gets("h -c get a"), ["h 69 a"]);
  assertEquals(gets("h 70 -m ascii -c get a"), ["h 70 a netascii"]);
  assertEquals(gets("-v ::1 -c get a b c"), ["::1 69 a", "::1 69 b", "::1 69 c"]);
  assertEquals((parse("h -c get a b") as GetCommand).output, "b");
  assertEquals(puts("h -c put a b"), ["a > h 69 b"]);
  assertEquals(puts("h -c put a b d"), ["a > h 69 d/a", "b > h 69 d/b"]);
  assertEquals(gets("h -c get -a"), ["h 69 -a"]);
  refuses({
    "-c get a": "-c needs a HOST in front",
    "h -c": "-c needs get or put",
    "h -c mode": "-c needs get or put",
    "h 70 71 -c get a": '"71" is one argument too many before -c',
  });
});

Deno.test("parseCommand opens the shell for a host alone", () => {
  const shell = (line: string) => {
    const { kind, host, port, flags } = parse(line) as ShellCommand;
    return [kind, host, port, ...flags].flat();
  };
  assertEquals(shell("10.0.0.1"), ["shell", "10.0.0.1", 69]);
  assertEquals(shell("h 70"), ["shell", "h", 70]);
  assertEquals(shell("-m ascii -v h:70"), ["shell", "h", 70, "mode", "ascii", "verbose", "true"]);
  assertEquals(shell("shell"), ["shell", undefined, 69]);
  assertEquals(shell("shell put"), ["shell", "put", 69]);
  refuses({
    "srve": '"srve" is not a command; did you mean serve? (A host of that name: tftp shell srve)',
    "pul": '"pul" is not a command; did you mean pull?',
    "pus": "did you mean push?",
    "pull2 h a": "did you mean pull?",
    "version": '"version" is not a command; did you mean --version?',
    "verison": '"verison" is not a command; did you mean --version?',
    "shell h 70 x": '"x" is one argument too many',
    "shell -o x h": "-o/--output belongs to get, not to shell",
  });
});

Deno.test("parseCommand reads completions and man", () => {
  assertEquals(parse("completions zsh"), { kind: "completions", shell: "zsh" });
  assertEquals(parse("man"), { kind: "man" });
  refuses({
    "completions": "completions needs the name of a shell: bash, zsh or fish",
    "completions csh": "completions needs the name of a shell: bash, zsh or fish",
    "man 1": "man takes no argument",
  });
});
