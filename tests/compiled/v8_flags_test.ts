import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { v8Flags } from "../../compile/v8_flags.ts";

Deno.test("v8Flags() finds those of the task that runs the program", () => {
  assertEquals(v8Flags(config).length, 1);
  const tasks = { tftp: { command: "cd x && deno run --v8-flags=--a=1,--b $MAP main.ts" } };
  assertEquals(v8Flags({ tasks }), ["--v8-flags=--a=1,--b"]);
  const native = "--no-maglev,--max-semi-space-size=2,--invocation-count-for-turbofan=3000";
  assertEquals(v8Flags({ tasks }, { native: true }), [`--v8-flags=--a=1,--b,${native}`]);
  assertEquals(v8Flags({ tasks: { tftp: { command: "deno run main.ts" } } }), []);
});
