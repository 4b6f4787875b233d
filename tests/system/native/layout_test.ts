/** The numbers of the C interface that are used are those of the system's headers. */

import { assertEquals } from "@std/assert";
import * as file from "../../../src/files/native/file_layout.ts";
import * as errno from "../../../src/net/native/errno.ts";
import * as layout from "../../../src/net/native/layout.ts";
import { fromFileUrl, join } from "@std/path";
import { isCi } from "../../helpers/process/peers.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

Deno.test({
  name: "layout.ts, errno.ts and file_layout.ts say what the C compiler says",
  ignore: !isCi() && lacksCompiler(),
  async fn() {
    using folder = new TempFolder();
    const source = fromFileUrl(new URL("layout.c", import.meta.url));
    const program = join(folder.path, "layout");
    const compiled = await new Deno.Command("gcc", { args: ["-o", program, source] }).output();
    assertEquals(new TextDecoder().decode(compiled.stderr), "");
    const { stdout } = await new Deno.Command(program).output();
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    const expected = lines.map((line) => line.split(" ") as [string, string])
      .map(([name, value]) => [name, Number(value)] as const);
    const modules = [layout, errno, file].map((module) =>
      Object.entries(module).filter(([, value]) => typeof value === "number")
    );
    assertEquals(sorted(modules.flat()), sorted(expected));
    // Two modules may say the same name, and then both have to be right.
    const values = new Map(expected);
    for (const [name, value] of modules.flat()) {
      assertEquals([name, value], [name, values.get(name)]);
    }
  },
});

function sorted(entries: readonly (readonly [string, unknown])[]): unknown {
  return Object.fromEntries(entries.toSorted(([one], [other]) => one < other ? -1 : 1));
}

function lacksCompiler(): boolean {
  if (Deno.build.os !== "linux") return true;
  try {
    new Deno.Command("gcc", { args: ["--version"], stdout: "null" }).outputSync();
    return false;
  } catch {
    const line = "native layout: left out, not found here: gcc (not installed)\n";
    Deno.stderr.writeSync(new TextEncoder().encode(line));
    return true;
  }
}
