/** What people see: the client and its shell in a real terminal. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FaultyNetwork } from "../../../src/mod.ts";
import { isHere } from "../../helpers/process/program.ts";
import { endOf, TEST_IO, testServerNetwork } from "../../helpers/net/test_network.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { Terminal } from "../../helpers/process/terminal.ts";

const ignore = !await isHere("tmux", "-V");

/** A server far away, so that a transfer can be watched, and a folder to work in. */
class Place implements AsyncDisposable {
  readonly served: ServedFolder;
  readonly here = new TempFolder();
  readonly #network = testServerNetwork();

  constructor(delayMs = 15) {
    const spec = { loss: 0, dup: 0, reorder: 0, delayMs, seed: 1 };
    const network = new FaultyNetwork(spec);
    this.served = new ServedFolder({
      uploads: "new",
      network: network.wrap(this.#network),
    });
  }

  get host(): string {
    return `127.0.0.1:${this.served.port}`;
  }

  open(args: string[], size: { columns?: number; rows?: number } = {}): Promise<Terminal> {
    return Terminal.open(args, { cwd: this.here.path, ...size });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.served[Symbol.asyncDispose]();
    await endOf(this.#network);
    this.here[Symbol.dispose]();
  }
}

const SLOW = ["get", "-b", "512", "-w", "1"];

Deno.test({
  name: "tftp get draws a bar in a terminal, and takes it away at the end",
  ignore,
  fn: async () => {
    await using place = new Place();
    place.served.folder.write("kernel", pattern(50_000));
    await using terminal = await place.open([...SLOW, place.host, "kernel"]);
    const shown = await terminal.waitFor(/[1-9]\d?% \[#.* left$/m);
    assertMatch(shown, /^kernel +\d+% \[#+-+\] {2}[\d.]+ kB {2}[\d.]+ kB\/s {2}0:0\d left$/m);
    assertEquals(await terminal.cursorVisible(), false);
    const end = await terminal.waitFor(/exit=0/);
    assertMatch(end, /^got "kernel": 50,000 bytes[^[]*\nexit=0$/);
    assertEquals(await terminal.cursorVisible(), true);
    assertEquals(place.here.bytes("kernel"), pattern(50_000));
  },
});

Deno.test({
  name: "tftp get -j 2 draws a bar for each of two files at once",
  ignore,
  fn: async () => {
    await using place = new Place();
    for (const name of ["one", "two", "three"]) place.served.folder.write(name, pattern(40_000));
    const files = ["one", "two", "three"];
    await using terminal = await place.open([...SLOW, "-j", "2", place.host, ...files]);
    await terminal.waitFor(/^one +[1-9]\d?% .*\ntwo +[1-9]\d?% .*\n\(1 waiting\)$/m);
    const end = await terminal.waitFor(/exit=0/);
    assertEquals(end.match(/^got /gm)?.length, 3);
    assertStringIncludes(end, "3 of 3 files: 120,000 bytes");
    assert(!end.includes("["), end);
  },
});

Deno.test({
  name: "tftp get keeps to the width of a terminal that is narrow, or becomes so",
  ignore,
  fn: async () => {
    await using place = new Place();
    place.served.folder.write("firmware-image-of-some-length.bin", pattern(120_000));
    const args = [...SLOW, place.host, "firmware-image-of-some-length.bin"];
    await using terminal = await place.open(args, { columns: 100, rows: 10 });
    await terminal.waitFor(/% \[#/);
    await terminal.resize(40, 10);
    const narrow = await terminal.waitFor(/^~[\w.-]+ +[1-9]\d*% {2}[\d.]+ kB {2}[\d.]+ kB\/s$/m);
    assertEquals(narrow.split("\n").filter((line) => line.includes("%")).length, 1);
    await terminal.resize(20, 10);
    const tiny = await terminal.waitFor(/^~\S+ +\d+%( {2}[\d.]+ kB)?$/m);
    assertEquals(tiny.split("\n").filter((line) => line.includes("%")).length, 1);
    await terminal.resize(90, 10);
    const wide = await terminal.waitFor(/% \[#/);
    assertEquals(wide.split("\n").filter((line) => line.includes("%")).length, 1);
    await terminal.waitFor(/exit=0/);
  },
});

Deno.test({
  name: "tftp get that Ctrl-C stops leaves no file, no bar, and the cursor",
  ignore,
  fn: async () => {
    await using place = new Place();
    place.served.folder.write("kernel", pattern(500_000));
    await using terminal = await place.open([...SLOW, place.host, "kernel", "second"]);
    await terminal.waitFor(/[1-9]\d?% \[/);
    await terminal.type("C-c");
    const end = await terminal.waitFor(/exit=130/);
    assert(!end.includes("[#"), end);
    assertMatch(end, /^tftp: cannot get "kernel" from 127\.0\.0\.1:\d+: Interrupted/m);
    assertEquals([await terminal.cursorVisible(), place.here.names()], [true, []]);
    const { error } = await place.served.nextTransfer();
    // The system may tell a native socket first that the client's port is closed.
    const told = TEST_IO === "native"
      ? /Interrupted|no program listens on that port/
      : /Interrupted/;
    assertMatch(error!.message, told);
  },
});

Deno.test({
  name: "tftp get spins where the size is unknown, and prints what fails above the bar",
  ignore,
  fn: async () => {
    await using place = new Place();
    place.served.folder.write("text", "line\n".repeat(9000));
    const args = [...SLOW, "-j", "2", "-m", "netascii", place.host, "missing", "text"];
    await using terminal = await place.open(args);
    const shown = await terminal.waitFor(/^text +[|/\\-] {2}[\d.]+ kB {2}[\d.]+ kB\/s$/m);
    assertMatch(shown, /^tftp: cannot get "missing"(.|\n)*^text/m);
    await terminal.waitFor(/exit=4/);
  },
});

Deno.test({
  name: "tftp HOST opens a shell that a person can type to",
  ignore,
  fn: async () => {
    await using place = new Place(0);
    place.served.folder.write("file", "content");
    await using terminal = await place.open(["127.0.0.1", String(place.served.port)], {
      columns: 120,
    });
    await terminal.waitFor(/^tftp>$/m);
    await terminal.type("get file", "Enter");
    await terminal.waitFor(/got "file": 7 bytes.*\ntftp>$/);
    await terminal.type("get missing", "Enter");
    await terminal.waitFor(/File not found \(server error 1\)\n.*\ntftp>$/);
    await terminal.type("quit", "Enter");
    await terminal.waitFor(/exit=0/);
    assertEquals(place.here.names(), ["file"]);
  },
});
