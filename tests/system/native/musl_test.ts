/** The whole program where the C library is musl, over native sockets. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { cliArgs, run } from "../../helpers/process/cli.ts";
import { lacksMusl, MuslSystem } from "../../helpers/process/musl.ts";
import { carriesFilesWhole } from "./foreign_machine.ts";

const ignore = await lacksMusl();

Deno.test({
  name: "serve, get and put with musl carry files whole over native sockets",
  ignore,
  fn: async () => {
    using machine = await MuslSystem.start();
    await carriesFilesWhole(machine, { windows: ["1", "16"], options: ["--workers", "2"] });
  },
});

Deno.test({
  name: "serve with musl as the C library names the permission for it",
  ignore,
  fn: async () => {
    using machine = await MuslSystem.start();
    const permissions = ["--no-prompt", "--no-check", "--allow-net", "--allow-read"];
    const words = ["serve", "--io", "native", "-p", "0", "-a", "127.0.0.1", "/tmp"];
    const [program, args] = machine.deno(cliArgs(words, permissions));
    const { code, stderr } = await run(program, { args });
    assertEquals(code === 0, false);
    assertStringIncludes(stderr, `add --allow-ffi=${machine.libc};`);
  },
});
