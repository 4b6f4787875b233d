/** `--uploads version`: which number an old file gets, and how seldom its folder is listed. */

import { assertEquals } from "@std/assert";
import { ServedRoot } from "../../../src/files/served_root.ts";
import { nextNumber } from "../../../src/files/take_name.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

/** Counts how often a folder is listed, and lets time pass. */
class Watched implements Disposable {
  listings = 0;
  passedMs = 0;
  readonly #readDir = Deno.readDir;

  constructor() {
    const [readDir, now] = [Deno.readDir, performance.now.bind(performance)];
    Object.assign(Deno, {
      readDir: (path: string | URL) => {
        this.listings++;
        return readDir(path);
      },
    });
    performance.now = () => now() + this.passedMs;
  }

  [Symbol.dispose](): void {
    Object.assign(Deno, { readDir: this.#readDir });
    Reflect.deleteProperty(performance, "now");
  }
}

async function upload(folder: TempFolder, name: string, content: string): Promise<void> {
  const sink = new ServedRoot(folder.path).openForWriting(name, { existing: "keep" });
  sink.write(new TextEncoder().encode(content));
  await sink.commit();
}

Deno.test("many uploads of one name list its folder once, those of new names never", async () => {
  using folder = new TempFolder();
  using watched = new Watched();
  for (let number = 1; number <= 20; number++) await upload(folder, `new-${number}`, "");
  assertEquals(watched.listings, 0);
  folder.write("cfg", "0");
  for (let number = 1; number <= 20; number++) await upload(folder, "cfg", `${number}`);
  assertEquals(watched.listings, 1);
  assertEquals(folder.text("cfg"), "20");
  for (let number = 1; number <= 20; number++) {
    assertEquals(folder.text(`cfg.${number}`), `${number - 1}`);
  }
});

Deno.test("a client's own upload of a great number is counted on from", async () => {
  using folder = new TempFolder();
  for (const name of ["cfg", "cfg.999999999", "cfg.1000000000"]) folder.write(name, "");
  assertEquals(await nextNumber(folder.at("cfg")), 1_000_000_001);
  folder.write("cfg.1234567890123456", "more digits than are exact");
  folder.write("other", "");
  assertEquals(await nextNumber(folder.at("other")), 1);
});

Deno.test("versions of another server are stepped over, and many of them listed", async () => {
  using folder = new TempFolder();
  using watched = new Watched();
  folder.write("cfg", "0");
  await upload(folder, "cfg", "1");
  for (const number of [2, 3]) folder.write(`cfg.${number}`, "another's");
  await upload(folder, "cfg", "2");
  assertEquals([folder.text("cfg.3"), folder.text("cfg.4")], ["another's", "1"]);
  assertEquals(watched.listings, 1);
  for (let number = 5; number <= 110; number++) folder.write(`cfg.${number}`, "another's");
  await upload(folder, "cfg", "3");
  assertEquals(folder.text("cfg.111"), "2");
  assertEquals(watched.listings, 2);
});

Deno.test("removed versions and, within a minute, higher ones are noticed", async () => {
  using folder = new TempFolder();
  using watched = new Watched();
  folder.write("cfg", "0");
  await upload(folder, "cfg", "1");
  await Deno.remove(folder.at("cfg.1"));
  await upload(folder, "cfg", "2");
  assertEquals(folder.names(), ["cfg", "cfg.1"]);
  folder.write("cfg.70", "another's");
  watched.passedMs = 61_000;
  await upload(folder, "cfg", "3");
  assertEquals(folder.names(), ["cfg", "cfg.1", "cfg.70", "cfg.71"]);
});
