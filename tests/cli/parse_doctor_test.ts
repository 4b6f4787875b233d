import { assertEquals, assertThrows } from "@std/assert";
import type { DoctorCommand } from "../../src/cli/args/command.ts";
import { parseCommand } from "../../src/cli/args/parse.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

function parsed(line: string): DoctorCommand {
  const command = parseCommand(line.split(" "));
  if (command.kind !== "doctor") throw new Error(`${line} is ${command.kind}`);
  return command;
}

Deno.test("parseCommand reads HOST, PORT and FILE of doctor", () => {
  const cases: readonly [line: string, host: string, port: number, file: string | undefined][] = [
    ["doctor 192.0.2.1", "192.0.2.1", 69, undefined],
    ["doctor 192.0.2.1:6969 boot/kernel", "192.0.2.1", 6969, "boot/kernel"],
    ["doctor -p 6969 [::1] f", "::1", 6969, "f"],
    ["doctor tftp://host.example:70/dir/f", "host.example", 70, "dir/f"],
  ];
  for (const [line, host, port, file] of cases) {
    const { target } = parsed(line);
    if (target.kind !== "server") throw new Error(line);
    assertEquals([target.host, target.port, target.file], [host, port, file], line);
    assertEquals([target.upload, target.thorough], [undefined, false], line);
  }
});

Deno.test("parseCommand uploads for doctor only under a given name", () => {
  const { target, json } = parsed("doctor --json --thorough --upload trial 192.0.2.1 f");
  if (target.kind !== "server") throw new Error("no server");
  assertEquals([target.upload, target.thorough, json], ["trial", true, true]);
});

Deno.test("parseCommand gives doctor --serve the options of serve", () => {
  const { target, json } = parsed("doctor --serve --json -p 6969 --uploads new -a 127.0.0.1 dir");
  if (target.kind !== "machine") throw new Error("no machine");
  const { settings } = target.serve;
  assertEquals([settings.port, settings.root, settings.addresses], [6969, "dir", ["127.0.0.1"]]);
  assertEquals([settings.policy.uploads, json], ["new", true]);
  assertEquals([...target.serve.given.keys()].includes("serve"), false);
});

Deno.test("parseCommand takes -c behind doctor --serve for a configuration", () => {
  const { target } = parsed("doctor --serve -c tftp.jsonc");
  if (target.kind !== "machine") throw new Error("no machine");
  assertEquals(target.serve.config, "tftp.jsonc");
});

Deno.test("parseCommand refuses what doctor can't mean", () => {
  const cases: readonly [line: string, says: string][] = [
    ["doctor", "no HOST given"],
    ["doctor 192.0.2.1 f g", "one word too many"],
    ["doctor -p 70 192.0.2.1:71", "two ports given"],
    ["doctor -4 -6 192.0.2.1", "cannot be combined"],
    ["doctor --blksize 512 192.0.2.1", "belongs to"],
    ["doctor --serve --print-config", "cannot be combined with doctor --serve"],
    ["doctor --serve --thorough .", "belongs to doctor"],
  ];
  for (const [line, says] of cases) {
    assertThrows(() => parseCommand(line.split(" ")), UsageError, says, line);
  }
});
