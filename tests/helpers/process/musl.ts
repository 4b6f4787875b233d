/**
 * A system whose only C library is musl, made of this machine: the folders that a program sees, and
 * Deno in it. There is no Deno built for musl, so this machine's runs there with what it lacks of
 * glibc in a library of its own, as gcompat would bring it. What is called of the C library is
 * musl's.
 *
 * Addresses are not chosen at random: the runtime's initializers expect arguments that musl does
 * not give, and read memory through what they find instead, which is there or not by chance.
 */

import { fromFileUrl } from "@std/path";
import { ROOT } from "./binary.ts";
import { run } from "./cli.ts";
import { isCi, isRoot } from "./peers.ts";
import { isHere } from "./program.ts";
import { TempFolder } from "../files/temp_folder.ts";

const SHIM = fromFileUrl(new URL("musl_shim.c", import.meta.url));
/** It brings the library too: Debian's package musl-tools depends on musl. */
const COMPILER = "musl-gcc";
/** Debian's package musl. */
const MUSL = "/lib/x86_64-linux-musl/libc.so";

/** Makes the system's folders, and becomes Deno in them. */
const ENTER = `
set -e
root=$1 shim=$2 deno=$3 project=$4
shift 4
mount -t tmpfs tmpfs "$root"
mkdir -p "$root/bin" "$root/lib" "$root/lib64" "$root/usr/lib" "$root/dev" "$root/proc" "$root/tmp"
cp ${MUSL} "$root/lib/ld-musl-x86_64.so.1"
ln -s ../lib/ld-musl-x86_64.so.1 "$root/lib64/ld-linux-x86-64.so.2"
cp "$shim" "$root/usr/lib/ld-linux-x86-64.so.2"
cp /lib/x86_64-linux-gnu/libgcc_s.so.1 "$root/usr/lib/"
mount --bind /tmp "$root/tmp"
mount --bind /dev "$root/dev"
mount --bind /proc "$root/proc"
mkdir -p "$root$project"
mount --bind "$project" "$root$project"
touch "$root/bin/deno"
mount --bind "$deno" "$root/bin/deno"
exec setarch --addr-no-randomize chroot "$root" /bin/deno "$@"
`;

/** Whether the tests are to be left out, said in one line; in CI they are not. */
export async function lacksMusl(): Promise<boolean> {
  if (isCi()) return false;
  if (Deno.build.target === "x86_64-unknown-linux-gnu" && isRoot()) {
    return !await isHere(COMPILER, "--version");
  }
  const line = "musl: left out, it takes root on x86_64\n";
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return true;
}

export class MuslSystem implements Disposable {
  readonly libc = "/lib/ld-musl-x86_64.so.1";
  readonly #folder: TempFolder;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
  }

  static async start(): Promise<MuslSystem> {
    const folder = new TempFolder();
    folder.makeFolder("root");
    const args = ["-O2", "-shared", "-fPIC", "-Wl,-soname,ld-linux-x86-64.so.2"];
    const compiled = await run(COMPILER, {
      args: [...args, "-o", folder.at("shim.so"), SHIM],
    });
    if (compiled.code !== 0) throw new Error(compiled.stderr);
    return new MuslSystem(folder);
  }

  /** The program and arguments that run Deno in it. */
  deno(args: readonly string[]): [program: string, args: string[]] {
    const { path } = this.#folder;
    const places = [`${path}/root`, `${path}/shim.so`, Deno.execPath(), ROOT];
    return ["unshare", ["--mount", "sh", "-c", ENTER, "sh", ...places, ...args]];
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
