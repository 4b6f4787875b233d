/** The whole program on aarch64, over native sockets, under qemu-user. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Aarch64, AARCH64_LIBC, lacksAarch64 } from "../../helpers/process/aarch64.ts";
import { cliArgs, run, runCli, startProgram } from "../../helpers/process/cli.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

/** Nothing, a block, its end one byte short, and many windows; of the default block size. */
const SIZES = [0, 1, 1427, 1428, 200_001];
const NAMES = SIZES.map((size) => `file-${size}`);
const WINDOWS = ["1", "16"];
/** The server's first answer takes seconds, for it is translated while it runs. */
const PATIENT = ["-q", "-t", "60"];

const PERMISSIONS = [
  "--no-prompt",
  "--no-check",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  `--allow-ffi=${AARCH64_LIBC}`,
];

/** The program needs ten seconds to start, and more where others are busy. */
const PATIENCE_MS = 90_000;

/** The arguments of the command line for aarch64. */
function nativeArgs([command = "", ...args]: string[]): string[] {
  return cliArgs([command, "--io", "native", ...args], PERMISSIONS);
}

Deno.test({
  name: "serve, get and put on aarch64 carry files whole over native sockets",
  ignore: lacksAarch64(),
  fn: async () => {
    using machine = new Aarch64();
    using folder = new TempFolder();
    const root = folder.makeFolder("root");
    for (const size of SIZES) folder.write(`root/file-${size}`, pattern(size));
    const serve = nativeArgs(["serve", "-p", "0", "-a", "::", "--uploads", "overwrite", root]);
    const [program, args] = machine.deno(serve);
    const server = await startProgram(program, { args, readyWithinMs: PATIENCE_MS });
    try {
      assertStringIncludes(server.output(), "native sockets");
      const host = `127.0.0.1:${server.port}`;
      for (const window of WINDOWS) {
        await moves(folder, (words) => runCli([...words, "--windowsize", window]), host);
      }
      const here = (words: string[]) => {
        const [program, args] = machine.deno(nativeArgs([...words, "--windowsize", "16"]));
        return run(program, { args });
      };
      await moves(folder, here, `[::1]:${server.port}`);
    } finally {
      const { code, stdout, stderr } = await server.stop();
      const log = stdout + stderr;
      assertEquals([code, log.match(/ (refused|failed|given up)/g) ?? []], [0, []], log);
    }
  },
});

/** All files from the server, and back to it under the same names. */
async function moves(
  folder: TempFolder,
  tftp: (words: string[]) => ReturnType<typeof run>,
  host: string,
): Promise<void> {
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
