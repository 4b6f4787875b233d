import { assertEquals, assertThrows } from "@std/assert";
import { helpLines, interpret, type ShellState } from "../../src/cli/commands/shell_state.ts";
import { splitLine } from "../../src/cli/args/shell_words.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

const HERE: ShellState = { host: "h", port: 70, flags: new Map() };

function wordsOf(line: string, state = HERE): string | undefined {
  return interpret(line, state).words?.join(" ");
}

/** The state after several lines. */
function after(...lines: string[]): ShellState {
  return lines.reduce((state, line) => interpret(line, state).state ?? state, HERE);
}

Deno.test("interpret makes command lines of get and put as tftp-hpa reads them", () => {
  assertEquals(wordsOf("get a"), "get --port=70 -- h a");
  assertEquals(wordsOf("get a b"), "get --port=70 --output=b -- h a");
  assertEquals(wordsOf("get a b c"), "get --port=70 -- h a b c");
  assertEquals(wordsOf("put d/a"), "put --port=70 -- h d/a");
  assertEquals(wordsOf("put a b"), "put --port=70 --name=b -- h a");
  assertEquals(wordsOf("put a b dir"), "put --port=70 --name=dir/ -- h a b");
  assertEquals(wordsOf("get a", { ...HERE, host: "::1" }), "get --port=70 -- [::1] a");
});

Deno.test("interpret keeps what is set for the transfers that follow", () => {
  const state = after("connect 10.0.0.1 6969", "mode ascii", "blksize auto", "verbose", "trace");
  assertEquals(
    wordsOf("get a", state),
    "get --mode=netascii --blksize=auto --verbose --trace --port=6969 -- 10.0.0.1 a",
  );
  const less = after("trace", "trace", "blksize 512", "blksize off", "binary");
  assertEquals(wordsOf("get a", less), "get --mode=octet --port=70 -- h a");
});

Deno.test("interpret shows the state, and what it changes", () => {
  assertEquals(interpret("status", HERE).lines, ["  server h:70", "  mode octet"]);
  const state = after("timeout 2", "verbose");
  assertEquals(interpret("status", state).lines, [
    "  server h:70",
    "  mode octet",
    "  timeout 2",
    "  verbose on",
  ]);
  assertEquals(interpret("connect x:69", HERE).lines, ["  server x:69"]);
  assertEquals(interpret("mode", HERE).lines, ["  mode octet"]);
  assertEquals(interpret("trace", HERE).lines, ["  trace on"]);
  assertEquals(interpret("help", HERE).lines, helpLines());
});

Deno.test("interpret takes the beginning of a command, blank lines and comments", () => {
  assertEquals(interpret("q", HERE).quit, true);
  assertEquals(interpret("QUIT", HERE).quit, true);
  assertEquals(interpret("stat", HERE).lines?.length, 2);
  assertEquals([interpret("", HERE), interpret("  # words", HERE)], [{}, {}]);
});

Deno.test("interpret refuses what means nothing, and says what would", () => {
  const cases = {
    "ge": "",
    "fetch x": '"fetch" is an unknown command',
    "gte x": "did you mean get?",
    "b": '"b" is ambiguous: binary or blksize',
    "get": "get needs a FILE",
    "connect": "connect needs a HOST",
    "connect h 0": "a port is a whole number",
    "mode mail": 'mode is octet (binary) or netascii (ascii), not "mail"',
    'get "a': 'a quote " is not closed',
  };
  for (const [line, message] of Object.entries(cases)) {
    assertThrows(() => interpret(line === "ge" ? "ge" : line, HERE), UsageError, message, line);
  }
  const nowhere = { ...HERE, host: undefined };
  assertThrows(() => interpret("get a", nowhere), UsageError, "connect HOST [PORT]");
});

Deno.test("splitLine keeps quoted blanks, and backslashes that escape nothing", () => {
  assertEquals(splitLine("  a  'b c' \"d e\"f "), ["a", "b c", "d ef"]);
  assertEquals(splitLine("Boot\\BCD a\\ b \\\\x '\\'"), ["Boot\\BCD", "a b", "\\x", "\\"]);
  assertEquals(splitLine("''"), [""]);
  assertEquals(splitLine(""), []);
});
