/** What native sockets need to be allowed, and what they give up. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { LACKS_NATIVE } from "../../helpers/net/native.ts";
import { importMapArgs, run } from "../../helpers/process/cli.ts";

const PROGRAM = fromFileUrl(new URL("../../helpers/net/native_program.ts", import.meta.url));
/** Where this machine's C library is, as the message for those who lack the permission says. */
const FLAG = /--allow-ffi=([\w/.,-]+)$/;

async function ask(flags: string[], ...args: string[]): Promise<unknown> {
  const words = ["run", ...importMapArgs(), "--no-prompt", ...flags, PROGRAM, ...args];
  const { stdout, stderr } = await run(Deno.execPath(), { args: words });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

test("whyNotNative() names the flag that is missing, and that flag is enough", async () => {
  const why = await ask([], "why") as string;
  assertStringIncludes(why, "Native sockets need the permission to call the C library: add ");
  const [flag] = FLAG.exec(why)!;
  assertEquals(await ask([flag], "why"), null);
  const one = FLAG.exec(await ask(["--allow-read"], "why") as string)![0];
  assertEquals(one.includes(","), false);
  assertEquals(await ask([one], "why"), null);
});

for (
  const [name, flags] of [["of one file", undefined], ["as a whole", ["--allow-ffi"]]] as const
) {
  test(`seal() gives the permission ${name} up, and the sockets go on`, async () => {
    const flag = FLAG.exec(await ask(["--allow-read"], "why") as string)![0];
    const { texts, dlopen, bare, pointer, state } = await ask(
      [...flags ?? [flag]],
      "seal",
    ) as Record<string, unknown>;
    assertEquals(texts, ["still works"]);
    assertEquals([dlopen, bare, pointer], ["NotCapable", "NotCapable", "NotCapable"]);
    assertEquals(state === "granted", false);
  });
}

test("a worker that waits for datagrams may be terminated", async () => {
  assertEquals(await ask(["--allow-ffi", "--allow-read"], "terminate"), "from a worker");
});

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: LACKS_NATIVE, fn });
}
