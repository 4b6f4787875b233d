/**
 * Programs for aarch64 on this machine: qemu-user translates their instructions and hands their
 * system calls to the kernel that runs here, with the structs as the program has laid them out.
 * Deno for aarch64 is a package of npm; .ci/run puts it into `.cache/aarch64`.
 */

import { join } from "@std/path";
import { ROOT } from "./binary.ts";
import { findProgram, isCi } from "./peers.ts";
import { TempFolder } from "../files/temp_folder.ts";

/** The cross compiler of Debian's package gcc-aarch64-linux-gnu. */
export const AARCH64_GCC = "aarch64-linux-gnu-gcc";
/** Where Debian's packages for the cross compiler have the libraries. */
const LIBRARIES = "/usr/aarch64-linux-gnu/lib";
const LOADER = "ld-linux-aarch64.so.1";
const DENO = join(ROOT, ".cache", "aarch64", "package", "deno");

const qemu = ["qemu-aarch64", "qemu-aarch64-static"]
  .map((name) => findProgram({ name, flag: "--version", says: /version ([\d.]+)/ }))
  .find((found) => found !== undefined);

/** Whether the tests are to be left out, said in one line; in CI they are not. */
export function lacksAarch64(): boolean {
  if (isCi()) return false;
  if (Deno.build.os !== "linux") return true;
  const wanted = {
    "qemu-user": qemu !== undefined,
    "gcc-aarch64-linux-gnu": isFile(`/usr/bin/${AARCH64_GCC}`) && isFile(`${LIBRARIES}/${LOADER}`),
    ".cache/aarch64/package/deno": isFile(DENO),
  };
  const missing = Object.entries(wanted).filter(([, there]) => !there).map(([name]) => name);
  if (missing.length === 0) return false;
  const line = `aarch64: left out, not found here: ${missing.join(", ")}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return true;
}

/** The root folder of an aarch64 system, as far as programs are looking for libraries there. */
export class Aarch64 implements Disposable {
  readonly libc = "/lib/aarch64-linux-gnu/libc.so.6";
  readonly #folder = new TempFolder();

  constructor() {
    const libraries = this.#folder.makeFolder("lib");
    Deno.symlinkSync(LIBRARIES, join(libraries, "aarch64-linux-gnu"));
    Deno.symlinkSync(`${LIBRARIES}/${LOADER}`, join(libraries, LOADER));
  }

  /** The program and arguments that run a program for aarch64. */
  command(words: readonly string[]): [program: string, args: string[]] {
    return [qemu?.path ?? "qemu-aarch64", ["-L", this.#folder.path, ...words]];
  }

  /** The same for Deno. */
  deno(args: readonly string[]): [program: string, args: string[]] {
    return this.command([DENO, ...args]);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
