/**
 * The numbers of the C interface that are used are those of the headers: of glibc and of musl, for
 * this machine and for aarch64.
 */

import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { Aarch64, AARCH64_GCC, lacksAarch64 } from "../../helpers/process/aarch64.ts";
import { importMapArgs, run } from "../../helpers/process/cli.ts";
import { isCi } from "../../helpers/process/peers.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { NUMBERS } from "./layout_program.ts";

type Numbers = readonly (readonly [string, number])[];

const SOURCE = fromFileUrl(new URL("layout.c", import.meta.url));
const PROGRAM = fromFileUrl(new URL("layout_program.ts", import.meta.url));

/** The kernel's headers, which musl does not bring, and none of glibc's. */
const KERNEL = { linux: "linux", "asm-generic": "asm-generic", asm: "x86_64-linux-gnu/asm" };

Deno.test({
  name: "layout.ts, errno.ts and file_layout.ts say what the C compiler says",
  ignore: lacksCompiler("gcc"),
  async fn() {
    using folder = new TempFolder();
    same(NUMBERS, await printed(await compiled(folder, "gcc")));
  },
});

Deno.test({
  name: "layout.ts, errno.ts and file_layout.ts say what musl's headers say",
  ignore: Deno.build.arch !== "x86_64" || lacksCompiler("musl-gcc"),
  async fn() {
    using folder = new TempFolder();
    const headers = folder.makeFolder("headers");
    for (const [name, place] of Object.entries(KERNEL)) {
      Deno.symlinkSync(join("/usr/include", place), join(headers, name));
    }
    same(NUMBERS, await printed(await compiled(folder, "musl-gcc", "-idirafter", headers)));
  },
});

Deno.test({
  name: "layout.ts, errno.ts and file_layout.ts say on aarch64 what its C compiler says",
  ignore: lacksAarch64(),
  async fn() {
    using folder = new TempFolder();
    using machine = new Aarch64();
    const program = await compiled(folder, AARCH64_GCC);
    const flags = ["--quiet", "--no-check", "--no-prompt", `--allow-ffi=${machine.libc}`];
    const [deno, args] = machine.deno(["run", ...importMapArgs(), ...flags, PROGRAM]);
    const { code, stdout, stderr } = await run(deno, { args });
    assertEquals([code, stderr], [0, ""]);
    const numbers = JSON.parse(stdout) as Numbers;
    same(numbers, await printed(machine.command([program])));
    // These differ, so that it is aarch64 indeed.
    assertEquals(new Map(numbers).get("SIZEOF_EPOLL_EVENT"), 16);
  },
});

async function compiled(folder: TempFolder, compiler: string, ...flags: string[]) {
  const program = folder.at("layout");
  const { stderr } = await run(compiler, { args: [...flags, "-o", program, SOURCE] });
  assertEquals(stderr, "");
  return program;
}

async function printed(command: string | [program: string, args: string[]]): Promise<Numbers> {
  const [program, args] = typeof command === "string" ? [command, []] : command;
  const { stdout } = await run(program, { args });
  return stdout.trimEnd().split("\n").map((line) => line.split(" ") as [string, string])
    .map(([name, value]) => [name, Number(value)] as const);
}

function same(ours: Numbers, theirs: Numbers): void {
  assertEquals(sorted(ours), sorted(theirs));
  // Two modules may say the same name, and then both have to be right.
  const values = new Map(theirs);
  for (const [name, value] of ours) assertEquals([name, value], [name, values.get(name)]);
}

function sorted(entries: Numbers): unknown {
  return Object.fromEntries(entries.toSorted(([one], [other]) => one < other ? -1 : 1));
}

function lacksCompiler(name: string): boolean {
  if (isCi()) return false;
  if (Deno.build.os !== "linux") return true;
  try {
    new Deno.Command(name, { args: ["--version"], stdout: "null" }).outputSync();
    return false;
  } catch {
    const line = `native layout: left out, not found here: ${name} (not installed)\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(line));
    return true;
  }
}
