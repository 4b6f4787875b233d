import { assertEquals } from "@std/assert";
import { parseCommand } from "../../src/cli/args/parse.ts";
import {
  neededPermissions,
  type PermissionName,
} from "../../src/cli/permissions/needed_permissions.ts";

const CASES: readonly [line: string, permissions: readonly PermissionName[]][] = [
  ["get --io deno 192.0.2.1 f", ["net", "read", "write", "sys"]],
  ["get --io deno -o - 192.0.2.1 f", ["net"]],
  ["put --io deno 192.0.2.1 f", ["net", "read"]],
  ["put --io deno 192.0.2.1 -n f -", ["net"]],
  ["serve --io deno .", ["net", "read", "env"]],
  ["serve --io deno --uploads new .", ["net", "read", "write", "env"]],
  ["serve --io deno --workers 2 .", ["net", "read", "import", "env"]],
  // Native sockets may turn out to be allowed; they are served by a worker.
  ["get 192.0.2.1 f", ["net", "read", "write", "sys", "ffi"]],
  ["put 192.0.2.1 f", ["net", "read", "ffi"]],
  ["serve .", ["net", "read", "ffi", "import", "env"]],
  ["doctor --io deno 192.0.2.1", ["net"]],
  // Deno reads /proc for those only who may do everything.
  ["doctor --serve", ["net", "read", "write", "sys", "ffi", "env", "run", "import"]],
  ["--help", []],
  ["--version", []],
];

Deno.test("neededPermissions keeps for a command only what it needs", () => {
  for (const [line, permissions] of CASES) {
    assertEquals([line, neededPermissions(parseCommand(line.split(" ")))], [line, permissions]);
  }
});
