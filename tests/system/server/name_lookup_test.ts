/** `--ignore-case`: what a name in another case finds, and how little it reads. */

import { assert, assertEquals } from "@std/assert";
import { MAX_KEPT_NAMES, MAX_NAMES } from "../../../src/files/folder_names.ts";
import {
  MAX_OTHER_SPELLINGS,
  probableName,
  spelling,
  spellingOfNew,
} from "../../../src/files/name_lookup.ts";
import { ServedRoot } from "../../../src/files/served_root.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

/** Later, the times of a folder show each further change. */
const SETTLED_MS = 60;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Counts the readings of folders; each can be made slow, and can give names that are not there. */
class Readings implements Disposable {
  count = 0;
  readonly #readDirSync = Deno.readDirSync;

  constructor({ tookMs = 0, names = [] as readonly string[] } = {}) {
    const plain = this.#readDirSync;
    const readDirSync = (path: string | URL): Deno.DirEntry[] => {
      this.count++;
      for (const end = performance.now() + tookMs; performance.now() < end;);
      const kind = { isFile: true, isDirectory: false, isSymlink: false };
      return [...names.map((name) => ({ name, ...kind })), ...plain(path)];
    };
    Object.assign(Deno, { readDirSync });
  }

  [Symbol.dispose](): void {
    Object.assign(Deno, { readDirSync: this.#readDirSync });
  }
}

async function upload(root: ServedRoot, name: string): Promise<void> {
  const sink = root.openForWriting(name, { existing: "replace", ignoreCase: true });
  sink.write(new Uint8Array(1));
  await sink.commit();
}

Deno.test("requests in another case read a folder once, found or not", async () => {
  using folder = new TempFolder();
  folder.write("Boot/BCD", "store");
  await pause(SETTLED_MS);
  using readings = new Readings({ tookMs: 5 });
  for (let request = 0; request < 200; request++) {
    assertEquals(spelling(folder.path, ["boot", "bcd"]), ["Boot", "BCD"]);
    assertEquals(spelling(folder.path, ["boot", `none${request}`]), undefined);
    assertEquals(spellingOfNew(folder.path, ["boot", "New"]), ["Boot", "New"]);
    assertEquals(spelling(folder.path, ["Boot", "BCD"]), ["Boot", "BCD"]);
  }
  // Two folders; a list is kept for a second, and a busy machine may take two for this.
  assert(readings.count <= 6, `${readings.count} readings for 800 requests`);
});

Deno.test({
  name: "a name through a link to its own folder reads it once, and has a bound",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    folder.write("file", "");
    Deno.symlinkSync(".", folder.at("tftpboot"));
    await pause(SETTLED_MS);
    using readings = new Readings({ tookMs: 5 });
    const links = (count: number) => Array.from({ length: count }, () => "TFTPBOOT");
    assertEquals(spelling(folder.path, [...links(39), "X"]), undefined);
    const found = spelling(folder.path, [...links(MAX_OTHER_SPELLINGS - 1), "FILE"]);
    assertEquals(found?.at(-1), "file");
    assertEquals(spelling(folder.path, [...links(MAX_OTHER_SPELLINGS), "FILE"]), undefined);
    assertEquals(readings.count, 1);
  },
});

Deno.test("a name in another case is found in a folder of 20,000", () => {
  using folder = new TempFolder();
  folder.write("pxelinux.0", "");
  using _ = new Readings({ names: Array.from({ length: 20_000 }, (_, at) => `file-${at}`) });
  assertEquals(spelling(folder.path, ["PXELINUX.0"]), ["pxelinux.0"]);
});

Deno.test("a new file is found at once as it is spelt, and soon in another case", async () => {
  using folder = new TempFolder();
  // Read now, so that the list is older than the file.
  assertEquals(spelling(folder.path, ["NEW"]), undefined);
  folder.write("new", "");
  assertEquals(spelling(folder.path, ["new"]), ["new"]);
  // A machine that is busy reads slowly, and then again after ten seconds at most.
  const endMs = performance.now() + 12_000;
  while (!spelling(folder.path, ["NEW"])) {
    assert(performance.now() < endMs, "the file was not found for 12 seconds");
    await pause(10);
  }
});

Deno.test("an upload is found at once in any case, and gets no second name", async () => {
  using folder = new TempFolder();
  const root = new ServedRoot(folder.path);
  // A slow reading is not repeated for the next four seconds.
  using readings = new Readings({ tookMs: 200 });
  assertEquals(spelling(folder.path, ["CONFIG"]), undefined);
  await upload(root, "Config");
  assertEquals(spelling(folder.path, ["CONFIG"]), ["Config"]);
  await upload(root, "config");
  assertEquals(readings.count, 1);
  assertEquals(folder.names(), ["Config"]);
});

Deno.test("a file that was removed is not found by a list that still has it", () => {
  using folder = new TempFolder();
  folder.write("old", "");
  using _ = new Readings({ tookMs: 20 });
  assertEquals(spelling(folder.path, ["OLD"]), ["old"]);
  Deno.removeSync(folder.at("old"));
  assertEquals(spelling(folder.path, ["OLD"]), undefined);
  assertEquals(spellingOfNew(folder.path, ["OLD"]), ["OLD"]);
});

Deno.test("lists hold a bounded number of names; the one that was used last is kept", () => {
  using folder = new TempFolder();
  const folders = ["a", "b", "c"].map((name) => folder.makeFolder(name));
  const names = Array.from({ length: MAX_NAMES + 1 }, (_, at) => `file-${at}`);
  assert(folders.length * MAX_NAMES > MAX_KEPT_NAMES);
  using readings = new Readings({ names, tookMs: 50 });
  for (const path of folders) assertEquals(spelling(path, ["X"]), undefined);
  assertEquals(readings.count, 3);
  assertEquals(spelling(folders[2]!, ["X"]), undefined);
  assertEquals(readings.count, 3);
  assertEquals(spelling(folders[0]!, ["X"]), undefined);
  assertEquals(readings.count, 4);
});

Deno.test("the first of several spellings in order is found, and a similar name suggested", () => {
  using folder = new TempFolder();
  for (const name of ["dir/file", "dir/FILE", "dir/File"]) folder.write(name, "");
  const several = folder.names("dir").length === 3;
  assertEquals(spelling(folder.path, ["dir", "fILE"])?.[1], several ? "FILE" : "fILE");
  assertEquals(probableName(folder.path, ["dir", "fil"])?.toLowerCase(), "dir/file");
  assertEquals(probableName(folder.path, ["none", "fil"]), undefined);
});
