/**
 * Builds real binaries, by the command that releases are built with.
 *
 * A machine that reaches Deno's downloads needs nothing for that. Elsewhere a Deno and a base of
 * the same version come from npm, into `.cache/base` (see CONTRIBUTING.md): any program that was
 * made by `deno compile` of that version serves as the base.
 */

import { fromFileUrl, join } from "@std/path";
import { TempFolder } from "../files/temp_folder.ts";
import { isCi } from "./peers.ts";

/** The project's folder. */
export const ROOT = fromFileUrl(new URL("../../..", import.meta.url));
const BASE = join(ROOT, ".cache", "base");
const MODULES = join(BASE, "node_modules");

/** What a build is made with. */
export interface Workshop {
  deno: string;
  env: Record<string, string>;
}

/** The Deno that compiles, and where it finds its base. */
export function workshop(): Workshop {
  const map = {
    TFTP_IMPORT_MAP: Deno.env.get("TFTP_IMPORT_MAP") ?? "",
    // A registry of somebody's own may have a certificate that only this machine knows.
    DENO_TLS_CA_STORE: "mozilla,system",
  };
  const deno = join(MODULES, "@deno", "linux-x64-glibc", "deno");
  const base = join(MODULES, "@dgellow", "pls-linux-x64", "bin", "pls");
  if (Deno.env.get("DENORT_BIN") || !isFile(deno) || !isFile(base)) {
    return { deno: Deno.execPath(), env: map };
  }
  return { deno, env: { ...map, DENORT_BIN: base, DENO_DIR: join(BASE, "deno_dir") } };
}

/** The result of the compile command. */
export interface Compiled {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the compile command. */
export function compile(args: string[], env: Record<string, string> = {}): Promise<Compiled> {
  return runTool("main.ts", args, env);
}

/** Runs a program of `compile/` with the Deno that compiles. */
export async function runTool(
  name: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Compiled> {
  const { deno, env: own } = workshop();
  const map = own.TFTP_IMPORT_MAP ? ["--import-map", join(ROOT, own.TFTP_IMPORT_MAP)] : [];
  const permissions = ["--allow-read", "--allow-write", "--allow-run", "--allow-env"];
  const { code, stdout, stderr } = await new Deno.Command(deno, {
    args: ["run", "--quiet", ...map, ...permissions, join(ROOT, "compile", name), ...args],
    cwd: ROOT,
    env: { ...own, NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The binaries of one test file, gone when it ends. */
export class Binaries {
  readonly #folder = new TempFolder();
  readonly #built = new Map<string, Promise<Compiled>>();

  constructor() {
    globalThis.addEventListener("unload", () => this.#folder[Symbol.dispose]());
  }

  /** The path of a binary built with these arguments; the same arguments are built once. */
  async path(...args: string[]): Promise<string> {
    const key = args.join(" ");
    const name = `tftp-${[...this.#built.keys(), key].indexOf(key)}`;
    const output = this.#folder.at(name);
    const built = this.#built.get(key) ?? compile([...args, "--output", output]);
    this.#built.set(key, built);
    const { code, stderr } = await built;
    if (code !== 0) throw new Error(stderr.trim());
    return output;
  }

  /**
   * Whether the tests of binaries are to be left out, because none can be built here. Says so in
   * one line. In continuous integration nothing is left out.
   */
  async leaveOut(): Promise<boolean> {
    try {
      await this.path();
      return false;
    } catch (error) {
      if (isCi()) return false;
      const line = `binary: left out, none can be built here: ${(error as Error).message}\n`;
      Deno.stderr.writeSync(new TextEncoder().encode(line));
      return true;
    }
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
