import { assert, assertEquals } from "@std/assert";
import { COMMANDS, type Flag, FLAGS } from "../../src/cli/args/flag_table.ts";

const ROWS: readonly Flag[] = FLAGS;

Deno.test("FLAGS keeps a long name's short letter and kind in every row", () => {
  for (const row of ROWS) {
    for (const other of ROWS.filter((other) => other.name === row.name)) {
      assertEquals(other.short, row.short, row.name);
      assertEquals(other.takes.kind === "switch", row.takes.kind === "switch", row.name);
    }
  }
});

Deno.test("FLAGS gives a short letter to one long name only", () => {
  for (const row of ROWS.filter((row) => row.short !== undefined)) {
    const names = new Set(ROWS.filter((other) => other.short === row.short).map((r) => r.name));
    assertEquals([...names], [row.name]);
    assertEquals(row.short?.length, 1);
  }
});

Deno.test("FLAGS has at most one row of a name for a command", () => {
  for (const { name: command } of COMMANDS) {
    const names = ROWS.filter((row) => row.commands.includes(command)).map((row) => row.name);
    assertEquals(names.length, new Set(names).size, command);
  }
});

Deno.test("FLAGS names a value exactly where one is taken", () => {
  for (const row of ROWS) {
    assertEquals(row.value === undefined, row.takes.kind === "switch", row.name);
    assert(row.help.endsWith("."), row.name);
  }
});
