import { assertEquals, assertThrows } from "@std/assert";
import type { ServeCommand } from "../../src/cli/args/command.ts";
import { formatConfig, parseConfig } from "../../src/cli/args/config_file.ts";
import { type Flag, FLAGS } from "../../src/cli/args/flag_table.ts";
import { parseJsonc } from "../../src/cli/args/jsonc.ts";
import { parseCommand } from "../../src/cli/args/parse.ts";
import { mergedWords, withConfig } from "../../src/cli/args/parse_serve.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

function command(line: string): ServeCommand {
  return parseCommand(["serve", ...line.split(" ").filter((word) => word !== "")]) as ServeCommand;
}

Deno.test("parseJsonc reads comments and last commas, and leaves strings alone", () => {
  const text = '\ufeff{ // one\n "a": "// no /* comment", /* two\n */ "b": [1, 2,], }';
  assertEquals(parseJsonc(text), { a: "// no /* comment", b: [1, 2] });
  assertEquals(parseJsonc('{"a": "\\",}"}'), { a: '",}' });
});

Deno.test("parseJsonc names the line at fault", () => {
  assertThrows(() => parseJsonc('{\n"a": 1\n"b": 2}'), SyntaxError, "line 3:");
  assertThrows(() => parseJsonc("{"), SyntaxError, "line 1:");
  assertThrows(() => parseJsonc('{"a": 1}\n\n'.repeat(2)), SyntaxError, "line 3:");
});

Deno.test("parseJsonc takes one comma behind a value, and none else", () => {
  const wrong = ["[,]", "{,}", "[1,,]", '{"a": 1,,}', "[, 1]", '{"a",}', "[1 2]", "// only"];
  for (const text of wrong) assertThrows(() => parseJsonc(text), SyntaxError, "line 1:", text);
});

Deno.test("parseJsonc refuses a key that stands there twice", () => {
  const twice = '{"a": {"x": 1}, // "a":\n"b": [{"x": 1}, {"x": 2}],\n"\\u0061": 2}';
  assertThrows(() => parseJsonc(twice), SyntaxError, 'line 3: "\\u0061" is here twice');
  assertEquals(parseJsonc(twice.replace("\\u0061", "c")), {
    a: { x: 1 },
    b: [{ x: 1 }, { x: 2 }],
    c: 2,
  });
  assertThrows(() => parseConfig('{"port": 1,\n"port": 2}', "c"), UsageError, "c, line 2:");
});

Deno.test("parseConfig reads every flag of serve by its long name", () => {
  const values: Record<string, unknown> = {
    switch: true,
    integer: 70,
    seconds: 2,
    size: "64k",
    text: "x",
  };
  for (
    const row of (FLAGS as readonly Flag[]).filter(({ commands }) => commands.includes("serve"))
  ) {
    const once = ["config", "print-config", "map-test", "map-client", "help", "version"];
    const value = row.takes.kind === "choice" ? row.takes.choices[0] : values[row.takes.kind];
    const text = JSON.stringify({ [row.name]: value });
    if (once.includes(row.name)) {
      assertThrows(
        () => parseConfig(text, "c"),
        UsageError,
        "unknown key",
      );
    } else assertEquals(parseConfig(text, "c").get(row.name), [String(value)]);
  }
});

Deno.test("parseConfig refuses unknown keys and values of the wrong kind", () => {
  const wrong: Record<string, string> = {
    '{"prot": 69}': 'c: unknown key "prot"; did you mean "port"?',
    '{"single-port": "yes"}': 'c: "single-port" needs true or false',
    '{"port": [69]}': 'c: "port" needs a number',
    '{"port": 1e999}': 'c: "port" needs a number',
    '{"port": "high"}': 'c: "port" needs a number',
    '{"allow": [true]}': 'c: "allow" needs a text, or a list of them',
    "[]": "c: a configuration is one JSON object",
    "{": "c, line 1:",
  };
  for (const [text, complaint] of Object.entries(wrong)) {
    assertThrows(() => parseConfig(text, "c"), UsageError, complaint);
  }
});

Deno.test("withConfig lets the command line win over the file", () => {
  const config = parseConfig('{"port": 7000, "dir": "/file", "uploads": "new"}', "c");
  const { settings } = withConfig(command("-p 8000 /line"), config);
  assertEquals([settings.port, settings.root, settings.policy.uploads], [8000, "/line", "new"]);
  assertThrows(() => withConfig(command(""), parseConfig('{"port": 70000}', "c")), UsageError);
});

Deno.test("formatConfig writes a file that says the same again", () => {
  const asked = command(
    "-p 7000 --allow 10.0.0.0/8 --allow ::1 --uploads new --max-upload 10M --upload-mode 640 -4 d",
  );
  const words = mergedWords(asked, new Map());
  const again = withConfig(command(""), parseConfig(formatConfig(words), "c"));
  assertEquals(again.settings, asked.settings);
});
