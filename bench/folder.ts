/** The folder that is served while measuring, in memory where the system lets us. */

import { join } from "@std/path";
import { run } from "../tests/helpers/process/cli.ts";
import { undoOnSignal } from "./leftovers.ts";

const MIB = 1024 * 1024;

/** Enough for a sparse file that is written out, and for uploads beside it. */
const TMPFS_SIZE = "10g";

export interface BenchFolder extends Disposable {
  path: string;
  /** Whether it lies in memory, so that no disk is measured. */
  inMemory: boolean;
}

/** A folder in memory, or on disk when told so or when this user may not mount one. */
export async function makeFolder(options: { disk: boolean }): Promise<BenchFolder> {
  const path = await Deno.makeTempDir({ prefix: "tftp-bench-" });
  // Deno's permissions keep programs out of the system's own folder of this kind.
  const mount = ["-t", "tmpfs", "-o", `size=${TMPFS_SIZE},mode=755`, "tmpfs", path];
  const inMemory = !options.disk && (await run("mount", { args: mount })).code === 0;
  const remove = () => {
    if (inMemory) new Deno.Command("umount", { args: ["-l", path] }).outputSync();
    Deno.removeSync(path, { recursive: true });
  };
  const forget = undoOnSignal(remove);
  return {
    path,
    inMemory,
    [Symbol.dispose]() {
      forget();
      remove();
    },
  };
}

/** The files that the loads name. A quick measurement moves less. */
export async function fillFolder(path: string, options: { quick: boolean }): Promise<void> {
  const share = options.quick ? 4 : 1;
  await writeRandom(join(path, "middle"), 64 * MIB / share);
  await writeRandom(join(path, "large"), 256 * MIB / share);
  await writeRandom(join(path, "client"), 32 * MIB);
  await writeRandom(join(path, "mebibyte"), MIB);
  await writeRandom(join(path, "loader"), 64 * 1024);
  await writeRandom(join(path, "kibibyte"), 1024);
  for (let number = 0; number < 1000; number++) {
    await writeRandom(join(path, `small-${number}`), 1024);
  }
}

/** A file of nothing that takes no room. */
export async function writeSparse(path: string, size: number): Promise<void> {
  using file = await Deno.create(path);
  await file.truncate(size);
}

async function writeRandom(path: string, size: number): Promise<void> {
  using file = await Deno.create(path);
  const piece = new Uint8Array(Math.min(size, 64 * 1024));
  for (let left = size; left > 0; left -= piece.length) {
    crypto.getRandomValues(piece);
    file.writeSync(piece.subarray(0, Math.min(left, piece.length)));
  }
}

/**
 * Whether two files hold the same bytes. Some programs say that an upload is done before they have
 * written its end, so a difference is looked at again for a second.
 */
export async function sameBytes(one: string, other: string): Promise<boolean> {
  for (let look = 0; look < 20; look++) {
    if ((await run("cmp", { args: ["--silent", one, other] })).code === 0) return true;
    await new Promise((again) => setTimeout(again, 50));
  }
  return false;
}
