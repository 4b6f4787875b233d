/**
 * A program that rewrites files that a cache has, at the same size and as fast as it can, and tells
 * how often the cache still served the old bytes.
 *
 *     rewrites.ts PARENT
 */

import { FileCache } from "../../../src/files/file_cache.ts";
import { ServedRoot } from "../../../src/files/served_root.ts";

const FILES = 300;
const BYTES = 1000;
const ROUNDS = 3;

/** A little longer than a file must have been as it is to be kept. */
const SETTLED_MS = 3100;

if (import.meta.main) {
  const folder = Deno.makeTempDirSync({ dir: Deno.args[0] ?? "." });
  try {
    const cache = new FileCache();
    const root = new ServedRoot(folder, cache);
    const names = Array.from({ length: FILES }, (_, index) => `file${index}`);
    for (const name of names) Deno.writeTextFileSync(`${folder}/${name}`, content(0, name));
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    for (const name of names) root.openForReading(name).close();
    const kept = cache.bytes / BYTES;
    let old = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      for (const name of names) {
        Deno.writeTextFileSync(`${folder}/${name}`, content(round, name));
        if (fetch(root, name) !== content(round, name)) old++;
      }
    }
    const line = `kept ${kept}, rewritten ${ROUNDS * FILES} times, served old ${old} times\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function content(round: number, name: string): string {
  return `${round} ${name}`.padEnd(BYTES, ".");
}

function fetch(root: ServedRoot, name: string): string {
  const source = root.openForReading(name);
  const bytes = new Uint8Array(BYTES);
  source.read(bytes);
  source.close();
  return new TextDecoder().decode(bytes);
}
