/** The folder of the cache by itself: what it keeps, and how seldom it looks at all its files. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { HEAD_BYTES, pathsOf } from "../../../src/origin/cached_file.ts";
import { CacheFolder } from "../../../src/origin/cache_folder.ts";
import { MAX_CACHED_FILES, NoRoomError } from "../../../src/origin/cache_room.ts";
import { cachedNames, TempFolder } from "../../helpers/files/temp_folder.ts";

function keyOf(number: number): string {
  return number.toString(16).padStart(40, "0");
}

/** Copies of so many bytes; the first was requested the longest time ago. */
function fill(temp: TempFolder, { count, bytes }: { count: number; bytes: number }): void {
  for (let number = 0; number < count; number++) {
    const { whole } = pathsOf(temp.path, keyOf(number));
    Deno.writeFileSync(whole, new Uint8Array(bytes));
    Deno.utimeSync(whole, new Date(1e12 + number * 1000), new Date(2e12));
  }
}

/** Fetches a file of so many bytes into the cache, reserved in steps. */
async function fetchInto(folder: CacheFolder, number: number, steps: readonly number[]) {
  const key = keyOf(number);
  const { file } = await folder.claim(key);
  try {
    for (const bytes of steps) await folder.reserve(file, bytes);
    await folder.publish(file, { key, freshMs: 1000, then: () => {} });
  } catch (error) {
    await folder.discard(file, key);
    throw error;
  } finally {
    file.close();
  }
}

function bytesIn(temp: TempFolder): number {
  return temp.names().reduce((sum, name) => sum + Deno.statSync(temp.at(name)).size, 0);
}

/** Counts how many files' properties are read, until it is disposed of. */
class Looks implements Disposable {
  count = 0;
  readonly #real = Deno.lstatSync;

  constructor() {
    Deno.lstatSync = (path) => (this.count++, this.#real(path));
  }

  [Symbol.dispose](): void {
    Deno.lstatSync = this.#real;
  }
}

Deno.test("CacheFolder looks at all its files only now and then when it is full", async () => {
  using temp = new TempFolder();
  const count = 1000;
  fill(temp, { count, bytes: 5000 });
  const folder = new CacheFolder(temp.path, count * 5000 + 100);
  await folder.tidy();
  using looks = new Looks();
  for (let number = count; number < count + 100; number++) {
    await fetchInto(folder, number, [2500, 5000]);
    assert(bytesIn(temp) <= count * 5000 + 100);
  }
  assert(looks.count < 2000, `${looks.count} looks for 100 files`);
  // Those that were requested least lately have gone.
  const keys = cachedNames(temp).map((name) => name.slice(0, 40));
  assertEquals(keys, Array.from({ length: count }, (_, number) => keyOf(number + 100)));
});

Deno.test("CacheFolder keeps a bounded number of files", async () => {
  using temp = new TempFolder();
  fill(temp, { count: MAX_CACHED_FILES, bytes: 1 });
  const folder = new CacheFolder(temp.path, 1e9);
  await folder.tidy();
  using looks = new Looks();
  for (let more = 0; more < 20; more++) {
    await fetchInto(folder, MAX_CACHED_FILES + more, [HEAD_BYTES]);
  }
  assert(cachedNames(temp).length < MAX_CACHED_FILES);
  assert(looks.count < 1000, `${looks.count} looks for 20 files`);
});

Deno.test("CacheFolder counts what others do in the same folder", async () => {
  using temp = new TempFolder();
  const folders = [1, 2].map(() => new CacheFolder(temp.path, 100_100));
  for (const folder of folders) await folder.tidy();
  for (let number = 0; number < 60; number++) {
    const steps = number % 3 === 0 ? [4000, 9000] : [5000 + number * 100];
    await fetchInto(folders[number % 2]!, number, steps);
    if (number % 7 === 0) await folders[1]!.forget(keyOf(number - 1));
    const bytes = bytesIn(temp);
    assert(bytes <= 100_100, `${bytes} bytes after file ${number}`);
    if (number > 20) assert(bytes > 75_000, `${bytes} bytes after file ${number}`);
  }
});

Deno.test("CacheFolder keeps a copy that was requested since it was listed", async () => {
  using temp = new TempFolder();
  fill(temp, { count: 3, bytes: 5000 });
  const folder = new CacheFolder(temp.path, 15_100);
  await folder.tidy();
  const { whole } = pathsOf(temp.path, keyOf(0));
  await Deno.utime(whole, new Date(), new Date(2e12));
  await fetchInto(folder, 3, [5000]);
  const left = [0, 2, 3].map((number) => `${keyOf(number)}.file`);
  assertEquals(cachedNames(temp), left);
});

Deno.test("CacheFolder gives back what was reserved and not needed", async () => {
  using temp = new TempFolder();
  const folder = new CacheFolder(temp.path, 50_100);
  await folder.tidy();
  for (let number = 0; number < 20; number++) {
    const key = keyOf(number);
    const { file } = await folder.claim(key);
    await folder.reserve(file, 30_000);
    await folder.shorten(file, 1000, key);
    await folder.publish(file, { key, freshMs: 1000, then: () => {} });
    file.close();
  }
  assertEquals(cachedNames(temp).length, 20);
});

Deno.test("CacheFolder counts off a copy that it removes", async () => {
  using temp = new TempFolder();
  fill(temp, { count: 3, bytes: 5000 });
  const folder = new CacheFolder(temp.path, 15_100);
  await folder.tidy();
  await folder.removeCopy(keyOf(2));
  await folder.removeCopy(keyOf(2));
  await fetchInto(folder, 3, [5000]);
  assertEquals([cachedNames(temp).length, bytesIn(temp)], [3, 15_100]);
});

Deno.test("CacheFolder removes nothing for a file that has no room", async () => {
  using temp = new TempFolder();
  fill(temp, { count: 2, bytes: 5000 });
  const folder = new CacheFolder(temp.path, 20_100);
  await folder.tidy();
  const { file } = await folder.claim(keyOf(9));
  await folder.reserve(file, 9000);
  await assertRejects(() => fetchInto(folder, 10, [30_000]), NoRoomError);
  await assertRejects(() => fetchInto(folder, 10, [12_000]), NoRoomError);
  file.close();
  assertEquals(cachedNames(temp).length, 3);
});

Deno.test("CacheFolder counts anew where its counts are lost, wrong or old", async () => {
  using temp = new TempFolder();
  const folder = new CacheFolder(temp.path, 15_100);
  fill(temp, { count: 3, bytes: 5000 });
  const texts = ["", "tftp cache counts 1: 0 0 x 0\n", "tftp cache counts 1: 0 0 0 1000\n"];
  for (const [index, text] of [undefined, ...texts].entries()) {
    if (text !== undefined) await Deno.writeTextFile(temp.at("counts"), text);
    await fetchInto(folder, 3 + index, [5000]);
    assertEquals([cachedNames(temp).length, bytesIn(temp)], [3, 15_100]);
  }
});
