import { assertEquals } from "@std/assert";
import { parseCommand } from "../../src/cli/parse.ts";
import { type Power, powersOf } from "../../src/cli/powers.ts";

const CASES: readonly [line: string, powers: readonly Power[]][] = [
  ["get 192.0.2.1 f", ["net", "read", "write"]],
  ["get -o - 192.0.2.1 f", ["net"]],
  ["put 192.0.2.1 f", ["net", "read"]],
  ["put 192.0.2.1 -n f -", ["net"]],
  ["serve .", ["net", "read"]],
  ["serve --uploads new .", ["net", "read", "write"]],
  ["serve --workers 2 .", ["net", "read", "import"]],
  ["--help", []],
  ["--version", []],
];

Deno.test("powersOf keeps for a command only what it needs", () => {
  for (const [line, powers] of CASES) {
    assertEquals([line, powersOf(parseCommand(line.split(" ")))], [line, powers]);
  }
});
