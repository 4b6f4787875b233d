/** Habits of other clients, the shell from a pipe, permissions, and what the tables make. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run, runBare, runCli } from "../../helpers/process/cli.ts";
import { assertDone, FakePlace, ServedPlace } from "../../helpers/files/client_place.ts";
import { isHere } from "../../helpers/process/program.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

Deno.test("tftp HOST PORT -c get and put do as in tftp-hpa", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "one\ntwo\n");
  const hpa = (...args: string[]) => place.run(["127.0.0.1", place.port, ...args]);
  assertDone(await hpa("-c", "get", "file"));
  assertDone(await hpa("-m", "ascii", "-c", "get", "file", "text"));
  assertDone(await hpa("-m", "binary", "-c", "put", "text", "new"));
  assertEquals(place.here.names(), ["file", "text"]);
  assertEquals([place.here.text("text"), place.served.folder.text("new")], [
    "one\ntwo\n",
    "one\ntwo\n",
  ]);
  const modes = place.served.records.map((record) => record.kind === "transfer" && record.mode);
  assertEquals(modes, ["octet", "netascii", "octet"]);
});

Deno.test("tftp shell reads a pipe, and ends with the code of the first failure", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "content");
  place.here.write("mine", "mine");
  const lines = [
    "# a script",
    `connect 127.0.0.1 ${place.port}`,
    "blksize 1024",
    "get file",
    "get gone",
    "fetch file",
    "put mine yours",
    "quit",
    "get never",
  ];
  const { code, stdout, stderr } = await place.run(["shell"], lines.join("\n"));
  assertEquals([code, place.here.names()], [4, ["file", "mine"]]);
  assertEquals(place.served.folder.text("yours"), "mine");
  assertStringIncludes(stdout, 'got "file": 7 bytes');
  assertStringIncludes(stdout, "blksize 1024");
  assert(!stdout.includes("tftp>"), stdout);
  assertMatch(stderr, /"gone".*server error 1(.|\n)*"fetch" is an unknown command/);
});

Deno.test("tftp takes a lone word for a host only where commands can come from", async () => {
  await using place = new ServedPlace();
  for (const stdin of [undefined, ""]) {
    const { code, stdout, stderr } = await place.run(["boothost"], stdin);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(
      stderr,
      'tftp: "boothost" is not a command; a shell for a host of that name needs a terminal',
    );
    assertStringIncludes(stderr, "tftp get boothost FILE");
  }
  const typo = await place.run(["verison"]);
  assertEquals(typo.code, 2);
  assertStringIncludes(typo.stderr, "did you mean --version?");
  const scripted = await place.run(["localhost"], "status\n");
  assertEquals([scripted.code, scripted.stderr], [0, ""]);
  assertStringIncludes(scripted.stdout, "server localhost:69");
  assertEquals((await place.run(["shell", "localhost"], "")).code, 0);
});

Deno.test("tftp without a terminal asks nothing, and names the missing permission", async () => {
  await using place = new FakePlace();
  const ask = (...permissions: string[]) =>
    runBare(["get", "-t", "0.1", "-r", "0", place.host, "file"], {
      cwd: place.here.path,
      permissions,
    });
  const none = await ask();
  assertEquals([none.code, none.stdout], [3, ""]);
  assertMatch(none.stderr, /^tftp: missing permission to reach 127\.0\.0\.1, .*read "file"/);
  assertStringIncludes(none.stderr, "run Deno with --allow-net --allow-read --allow-write");
  const readOnly = await ask("--allow-net", "--allow-read");
  assertEquals(readOnly.code, 3);
  assertStringIncludes(readOnly.stderr, 'missing permission to write ".": run Deno with --allow-w');
  // Nothing of all that has reached the server: the next to come is this.
  await place.fake.door.send("\0\x04\0\0", place.fake.door.port);
  await place.fake.door.expect("ACK 0");
});

Deno.test("tftp get -o - needs the network only", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "content");
  const { code, stdout } = await runBare(["get", "-q", "-o", "-", place.host, "file"], {
    cwd: place.here.path,
    permissions: ["--allow-net"],
  });
  assertEquals([code, stdout], [0, "content"]);
});

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test({
    name: `tftp completions ${shell} prints what that shell reads`,
    ignore: !await isHere(shell, "-c", "true"),
    fn: async () => {
      using here = new TempFolder();
      const { code, stdout } = await runCli(["completions", shell]);
      const file = here.write("completion", stdout);
      const checked = await run(shell, { args: ["-n", file] });
      assertEquals([code, checked.code, checked.stderr], [0, 0, ""]);
      assertStringIncludes(stdout, shell === "fish" ? "-l blksize" : "--blksize");
    },
  });
}

/** What bash offers after these words, the last of which is being typed. */
async function offered(file: string, ...words: string[]): Promise<string[]> {
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tftp; ` +
    `printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await run("bash", { args: ["-c", script, "bash", file, ...words] });
  assertEquals(stderr, "");
  return stdout.trim().split("\n");
}

Deno.test({
  name: "tftp completions bash offers commands, flags and values",
  ignore: !await isHere("bash", "-c", "true"),
  fn: async () => {
    using here = new TempFolder();
    const file = here.write("completion", (await runCli(["completions", "bash"])).stdout);
    assertEquals(await offered(file, "tftp", "ge"), ["get"]);
    assertEquals(await offered(file, "tftp", "pu"), ["put", "pull", "push"]);
    assertEquals(await offered(file, "tftp", "pull", "--ch"), ["--checksum"]);
    assertEquals(await offered(file, "tftp", "get", "--ch"), ["--checksum"]);
    assertEquals(await offered(file, "tftp", "put", "--wa"), ["--wait"]);
    assertEquals(await offered(file, "tftp", "get", "-m", "n"), ["netascii"]);
    assertEquals(await offered(file, "tftp", "completions", "z"), ["zsh"]);
    assertEquals(await offered(file, "tftp", "get", "--uploads"), [""]);
  },
});

Deno.test({
  name: "tftp man prints a page without a fault, which man shows",
  ignore: !await isHere("mandoc", "-h") || !await isHere("man", "--version"),
  fn: async () => {
    using here = new TempFolder();
    const file = here.write("tftp.1", (await runCli(["man"])).stdout);
    const linted = await run("mandoc", { args: ["-Tlint", file] });
    assertEquals([linted.code, linted.stdout, linted.stderr], [0, "", ""]);
    const shown = await run("man", { args: ["-l", file] });
    assertEquals(shown.code, 0);
    const page = shown.stdout.replaceAll(new RegExp(`.${String.fromCharCode(8)}`, "g"), "");
    for (const words of ["TFTP(1)", "--manifest PATH", "--wait[=SECONDS]", "EXIT STATUS"]) {
      assertStringIncludes(page, words);
    }
  },
});
