/** Compiles the programs that the measurements need, into the cache of the checkout. */

import { fromFileUrl, join } from "@std/path";

const FOLDER = fromFileUrl(new URL("../.cache/bench/", import.meta.url));

/** Compiles a C program of this folder; throws with what the compiler says. */
export async function buildC(name: string): Promise<string> {
  const program = join(FOLDER, name);
  const source = fromFileUrl(new URL(`${name}.c`, import.meta.url));
  await Deno.mkdir(FOLDER, { recursive: true });
  const args = ["-O2", "-march=native", "-Wall", "-Wextra", "-o", program, source];
  const { success, stderr } = await new Deno.Command("gcc", { args }).output();
  if (success) return program;
  throw new Error(`gcc cannot compile ${name}.c: ${new TextDecoder().decode(stderr)}`);
}

/**
 * Builds a Go program of the folder `peers` against the libraries that the system ships as source;
 * undefined where the Go compiler or the library is missing.
 */
export function buildGo(name: string, go: string): string | undefined {
  const program = join(FOLDER, name);
  const source = fromFileUrl(new URL(`peers/${name}.go`, import.meta.url));
  Deno.mkdirSync(FOLDER, { recursive: true });
  const env = {
    GO111MODULE: "off",
    GOPATH: "/usr/share/gocode",
    GOFLAGS: "",
    GOCACHE: join(FOLDER, "go"),
  };
  const args = ["build", "-o", program, source];
  const { success } = new Deno.Command(go, { args, env, stderr: "null" }).outputSync();
  return success ? program : undefined;
}
