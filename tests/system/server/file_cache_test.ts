import { assertEquals, assertThrows } from "@std/assert";
import { TftpError } from "../../../src/protocol/mod.ts";
import type { SizedSource } from "../../../src/engine/source_sink.ts";
import { FileCache, MAX_CACHED_FILE_BYTES } from "../../../src/files/file_cache.ts";
import { ServedRoot } from "../../../src/files/served_root.ts";
import { fromFileUrl } from "@std/path";
import { importMapArgs, run } from "../../helpers/process/cli.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const LONG_AGO = new Date(1e12);

/** A served folder whose files have been as they are for long, by its cache's clock. */
class Place implements Disposable {
  readonly outside = new TempFolder();
  readonly folder = this.outside.makeFolder("tftp");
  readonly cache: FileCache;
  readonly root: ServedRoot;

  constructor(maxBytes?: number) {
    const today = () => Date.now() + 3_600_000;
    this.cache = new FileCache(maxBytes === undefined ? { today } : { today, maxBytes });
    this.root = new ServedRoot(this.folder, this.cache);
  }

  write(name: string, content: string): string {
    const path = this.outside.write(`tftp/${name}`, content);
    Deno.utimeSync(path, LONG_AGO, LONG_AGO);
    return path;
  }

  open(name: string): SizedSource {
    return this.root.openForReading(name);
  }

  /** What a transfer of its own gets. */
  fetch(name: string): string {
    const source = this.open(name);
    try {
      return rest(source);
    } finally {
      source.close();
    }
  }

  [Symbol.dispose](): void {
    this.outside[Symbol.dispose]();
  }
}

/** What a source still has to give, read piece by piece. */
function rest(source: SizedSource): string {
  const piece = new Uint8Array(3);
  let text = "";
  for (;;) {
    const length = source.read(piece) as number;
    text += new TextDecoder().decode(piece.subarray(0, length));
    if (length < piece.length) return text;
  }
}

Deno.test("FileCache gives every transfer the whole file, whatever others have read", () => {
  using place = new Place();
  place.write("file", "0123456789");
  const [one, other] = [place.open("file"), place.open("file")];
  const piece = new Uint8Array(4);
  assertEquals([one.read(piece), rest(other), rest(one)], [4, "0123456789", "456789"]);
  assertEquals([one.size, other.size, place.cache.bytes], [10, 10, 10]);
});

Deno.test("FileCache reads a replaced file again, and what runs goes on with old bytes", () => {
  using place = new Place();
  place.write("file", "old bytes");
  const running = place.open("file");
  Deno.renameSync(place.write("new", "new bytes"), `${place.folder}/file`);
  assertEquals([place.fetch("file"), rest(running)], ["new bytes", "old bytes"]);
  assertEquals(place.cache.bytes, 18, "both are in memory while the old one is sent");
  running.close();
  running.close();
  assertEquals(place.cache.bytes, 9);
});

Deno.test("FileCache sees a file that was changed in place, even with its old times", () => {
  using place = new Place();
  const path = place.write("file", "first");
  assertEquals(place.fetch("file"), "first");
  // The times of files go on in steps of some milliseconds, which the cache waits for too.
  const before = Deno.statSync(path).ctime!.getTime();
  do place.write("file", "other"); while (Deno.statSync(path).ctime!.getTime() === before);
  assertEquals(place.fetch("file"), "other");
  Deno.writeTextFileSync(path, "third");
  assertEquals(place.fetch("file"), "third");
});

Deno.test("FileCache does not keep what may change again without a trace", () => {
  using folder = new TempFolder();
  folder.write("file", "fresh");
  const cache = new FileCache();
  new ServedRoot(folder.path, cache).openForReading("file").close();
  assertEquals(cache.bytes, 0);
});

Deno.test("FileCache serves nothing that has gone, or has become a link out", () => {
  using place = new Place();
  const path = place.write("file", "inside");
  const secret = place.outside.write("secret", "secret");
  assertEquals(place.fetch("file"), "inside");
  Deno.removeSync(path);
  assertEquals(assertThrows(() => place.open("file"), TftpError).code, 1);
  Deno.symlinkSync(secret, path);
  assertEquals(assertThrows(() => place.open("file"), TftpError).code, 2);
});

Deno.test("FileCache lets go of what was not asked for longest, never of what is sent", () => {
  using place = new Place(10);
  for (const name of ["a", "b", "c"]) place.write(name, `${name}234`);
  const sending = place.open("a");
  place.fetch("b");
  assertEquals(place.cache.bytes, 8);
  place.fetch("c");
  assertEquals(place.cache.bytes, 8, "b made room");
  const other = place.open("c");
  place.fetch("b");
  assertEquals(place.cache.bytes, 8, "nothing made room, and b was read from its file");
  for (const source of [sending, other]) source.close();
  place.fetch("b");
  assertEquals(place.cache.bytes, 8);
  assertEquals(["a", "b", "c"].map((name) => place.fetch(name)), ["a234", "b234", "c234"]);
});

Deno.test("FileCache lets go of what was requested once before what was requested again", () => {
  using place = new Place(8);
  for (const name of ["a", "b", "c"]) place.write(name, `${name}234`);
  for (const name of ["a", "b", "a", "c"]) place.fetch(name);
  assertEquals([place.cache.hits, place.cache.misses], [1, 3]);
  place.fetch("a");
  assertEquals([place.cache.hits, place.cache.misses], [2, 3], "b made room");
});

Deno.test("FileCache leaves large files where they are", () => {
  using place = new Place();
  Deno.truncateSync(place.write("large", ""), MAX_CACHED_FILE_BYTES + 1);
  Deno.truncateSync(place.write("largest", ""), MAX_CACHED_FILE_BYTES);
  place.open("large").close();
  assertEquals(place.cache.bytes, 0);
  place.open("largest").close();
  assertEquals(place.cache.bytes, MAX_CACHED_FILE_BYTES);
});

const REWRITES = fromFileUrl(new URL("../../helpers/files/rewrites.ts", import.meta.url));

for (const [where, parent] of [["a disk", "/tmp"], ["a memory file system", "/dev/shm"]] as const) {
  Deno.test({
    name: `FileCache serves no old bytes of files rewritten at the same size on ${where}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      // Deno lets nobody into /dev who may not do everything.
      const args = ["run", "--quiet", ...importMapArgs(), "--allow-all", REWRITES, parent];
      assertEquals(await run(Deno.execPath(), { args }), {
        code: 0,
        stdout: "kept 300, rewritten 900 times, served old 0 times\n",
        stderr: "",
      });
    },
  });
}
