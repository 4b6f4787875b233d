/** A folder of its own for a test, gone when the test is over. */

import { dirname, join } from "@std/path";

export class TempFolder implements Disposable {
  /** Where it is, links resolved. */
  readonly path: string;

  constructor() {
    this.path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "tftp-test-" }));
  }

  /** The path of something in it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file, with the folders it lies in, and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = this.at(name);
    Deno.mkdirSync(dirname(path), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    return path;
  }

  /** Makes a folder in it and returns its path. */
  makeFolder(name: string): string {
    const path = this.at(name);
    Deno.mkdirSync(path, { recursive: true });
    return path;
  }

  text(name: string): string {
    return Deno.readTextFileSync(this.at(name));
  }

  bytes(name: string): Uint8Array {
    return Deno.readFileSync(this.at(name));
  }

  /** Everything in it or in a folder of it, by name: what is left over shows up here. */
  names(folder = "."): string[] {
    return [...Deno.readDirSync(this.at(folder))].map((entry) => entry.name).sort();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Bytes that repeat nowhere near a block's length: a misplaced block shows. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 16) * 13) & 0xff;
  return bytes;
}

/** The names of a cache's files, complete or growing, without that of its counts. */
export function cachedNames(cache: TempFolder): string[] {
  return cache.names().filter((name) => name !== "counts");
}
