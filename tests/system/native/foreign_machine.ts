/** What the program must do on a machine that is not quite this one: files go whole both ways. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { cliArgs, run, runCli, startProgram } from "../../helpers/process/cli.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

/** Nothing, a block, its end one byte short, and many windows; of the default block size. */
const SIZES = [0, 1, 1427, 1428, 200_001];
const NAMES = SIZES.map((size) => `file-${size}`);
const WINDOWS = ["1", "16"];

/** The first answer may take seconds, where a program is translated while it runs. */
const PATIENT = ["-q", "-t", "60"];
const PATIENCE_MS = 90_000;

/** How Deno of that machine is started, and where its C library is. */
export interface ForeignMachine {
  readonly libc: string;
  deno(args: readonly string[]): [program: string, args: string[]];
}

type Tftp = (words: string[]) => ReturnType<typeof run>;

/**
 * A server there, clients of this machine and of that one, over native sockets. `windows` are
 * those of the clients there.
 */
export async function carriesFilesWhole(
  machine: ForeignMachine,
  { windows, options = [] }: { windows: readonly string[]; options?: readonly string[] },
): Promise<void> {
  using folder = new TempFolder();
  const root = folder.makeFolder("root");
  for (const size of SIZES) folder.write(`root/file-${size}`, pattern(size));
  const words = ["serve", "-p", "0", "-a", "::", "--uploads", "overwrite", ...options, root];
  const [program, args] = machine.deno(nativeArgs(machine, words));
  const server = await startProgram(program, { args, readyWithinMs: PATIENCE_MS });
  try {
    assertStringIncludes(server.output(), "native sockets");
    for (const window of WINDOWS) {
      const tftp: Tftp = (words) => runCli([...words, "--windowsize", window]);
      await moves(folder, tftp, `127.0.0.1:${server.port}`);
    }
    for (const window of windows) {
      const tftp: Tftp = (words) => {
        const all = nativeArgs(machine, [...words, "--windowsize", window]);
        const [program, args] = machine.deno(all);
        return run(program, { args });
      };
      await moves(folder, tftp, `[::1]:${server.port}`);
    }
  } finally {
    const { code, stdout, stderr } = await server.stop();
    const log = stdout + stderr;
    assertEquals([code, log.match(/ (refused|failed|replaced)/g) ?? []], [0, []], log);
  }
}

/** The arguments of the command line there. */
function nativeArgs({ libc }: ForeignMachine, [command = "", ...args]: string[]): string[] {
  return cliArgs([command, "--io", "native", ...args], [
    ...["--no-prompt", "--no-check", "--allow-net", "--allow-read", "--allow-write"],
    `--allow-ffi=${libc}`,
  ]);
}

/** All files from the server, and others back to it under the same names. */
async function moves(folder: TempFolder, tftp: Tftp, host: string): Promise<void> {
  using got = new TempFolder();
  const get = await tftp(["get", ...PATIENT, "-o", `${got.path}/`, host, ...NAMES]);
  assertEquals([get.code, get.stderr], [0, ""]);
  for (const size of SIZES) assertEquals(got.bytes(`file-${size}`), pattern(size));
  const changed = SIZES.map((size) => pattern(size).reverse());
  NAMES.forEach((name, index) => got.write(name, changed[index]!));
  const put = await tftp(["put", ...PATIENT, host, ...NAMES.map((name) => got.at(name))]);
  assertEquals([put.code, put.stderr], [0, ""]);
  NAMES.forEach((name, index) => assertEquals(folder.bytes(`root/${name}`), changed[index]!));
  for (const size of SIZES) folder.write(`root/file-${size}`, pattern(size));
}
