import { assertEquals, assertThrows } from "@std/assert";
import {
  type CommandName,
  type Flag,
  type FlagName,
  FLAGS,
} from "../../src/cli/args/flag_table.ts";
import { FlagValues, sortWords } from "../../src/cli/args/flags.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

function values(command: CommandName, ...args: string[]): FlagValues {
  return new FlagValues(sortWords(args).given, command);
}

Deno.test("sortWords reads every way to write a value", () => {
  for (const args of [["-p", "70"], ["-p70"], ["-p=70"], ["--port", "70"], ["--port=70"]]) {
    assertEquals(values("get", ...args).number("port"), 70, args.join(" "));
  }
});

Deno.test("sortWords takes a single dash as a value", () => {
  for (const args of [["-o", "-"], ["-o-"], ["--output", "-"], ["--output=-"]]) {
    assertEquals(values("get", ...args).text("output"), "-", args.join(" "));
  }
});

Deno.test("sortWords takes a whole word behind a short flag as its value", () => {
  assertEquals(values("get", "-oabc/p7").text("output"), "abc/p7");
  assertEquals(values("get", "-qvo", "x").text("output"), "x");
});

Deno.test("sortWords keeps a value's equals signs and spaces", () => {
  assertEquals(values("get", "--output=a=b c").text("output"), "a=b c");
  assertEquals(values("get", "-o", "a=b c").text("output"), "a=b c");
});

Deno.test("sortWords leaves operands as they were typed", () => {
  const operands = ["007", "true", "-", "0x10", "a=b", "1e3"];
  assertEquals(sortWords(["-q", ...operands]).operands, operands);
  assertEquals(sortWords([...operands, "-q"]).operands, operands);
});

Deno.test("sortWords lets a switch eat no operand", () => {
  assertEquals(sortWords(["-q", "true", "--no-options", "false"]).operands, ["true", "false"]);
});

Deno.test("sortWords takes all after a double dash as operands", () => {
  assertEquals(sortWords(["a", "--", "-p", "--", "--port=1"]).operands, [
    "a",
    "-p",
    "--",
    "--port=1",
  ]);
});

Deno.test("sortWords refuses an unknown flag and names the nearest", () => {
  assertThrows(() => sortWords(["--blksiz=9"]), UsageError, "did you mean --blksize?");
  assertThrows(() => sortWords(["--window"]), UsageError, "did you mean --windowsize?");
  assertThrows(() => sortWords(["-verbose"]), UsageError, "unknown flag -e");
  assertThrows(() => sortWords(["-z"]), UsageError, "unknown flag -z");
  assertThrows(() => sortWords(["--options"]), UsageError, "unknown flag --options");
});

Deno.test("sortWords refuses a value that is missing or empty", () => {
  for (const args of [["-p"], ["--port"], ["-p", "-q"], ["--port="], ["-p="], ["-p", ""]]) {
    assertThrows(
      () => sortWords(args),
      UsageError,
      "-p/--port needs a whole number",
      args.join(" "),
    );
  }
});

Deno.test("sortWords refuses a value for a switch", () => {
  assertThrows(() => sortWords(["--quiet=1"]), UsageError, "-q/--quiet takes no value");
});

Deno.test("FlagValues accepts a number at its bounds and refuses it beyond them", () => {
  for (const row of FLAGS as readonly Flag[]) {
    const { takes } = row;
    if (takes.kind !== "integer" && takes.kind !== "seconds") continue;
    const command = row.commands[0] ?? "get";
    for (const bound of [takes.min, takes.max]) {
      const read = values(command, `--${row.name}=${bound}`).number(row.name as FlagName);
      assertEquals(read, bound, row.name);
    }
    for (
      const beyond of [takes.min - 1, takes.max + 1, "1x", "1e1", "0x10", " 9", "9.9999", "--"]
    ) {
      const refused = assertThrows(() => values(command, `--${row.name}=${beyond}`), UsageError);
      assertEquals(refused.message.includes(`${takes.min} to ${takes.max}`), true, row.name);
    }
  }
});

Deno.test("FlagValues accepts the choices of a flag in any case, and nothing else", () => {
  for (const row of FLAGS as readonly Flag[]) {
    if (row.takes.kind !== "choice") continue;
    const command = row.commands[0] ?? "get";
    for (const choice of row.takes.choices) {
      const typed = `--${row.name}=${choice.toUpperCase()}`;
      assertEquals(values(command, typed).text(row.name as FlagName), choice);
    }
    assertThrows(() => values(command, `--${row.name}=mail`), UsageError, "needs one of");
  }
});

Deno.test("FlagValues refuses the flag of another command and names its owner", () => {
  assertThrows(
    () => values("serve", "-q"),
    UsageError,
    "belongs to get, put and shell, not to serve",
  );
  assertThrows(() => values("get", "--uploads", "new"), UsageError, "belongs to serve, not to get");
});

Deno.test("FlagValues lets the last value win, and keeps all of a repeatable flag", () => {
  const flags = values("serve", "-p", "1", "-p", "2", "-a", "::1", "-a", "127.0.0.1");
  assertEquals(flags.number("port"), 2);
  assertEquals(flags.texts("address"), ["::1", "127.0.0.1"]);
});

Deno.test("FlagValues answers the default of a flag that was not given", () => {
  const flags = values("serve");
  assertEquals([flags.number("port"), flags.text("uploads"), flags.on("single-port")], [
    69,
    "off",
    false,
  ]);
  assertEquals(flags.given("port"), false);
  assertEquals(values("get").text("output"), undefined);
});

Deno.test("numbers may begin with their point", () => {
  assertEquals(values("get", "-t", ".2").number("timeout"), 0.2);
  for (const text of [".", "1.", ".2s", "..2"]) {
    assertThrows(() => values("get", "-t", text), UsageError, "needs seconds");
  }
});
