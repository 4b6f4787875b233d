import { assertEquals, assertThrows } from "@std/assert";
import { lastPart, parseTarget } from "../../src/cli/args/target.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

Deno.test("parseTarget reads names and addresses, with and without a port", () => {
  assertEquals(parseTarget("h"), { host: "h" });
  assertEquals(parseTarget("tftp-1.example.net:70"), { host: "tftp-1.example.net", port: 70 });
  assertEquals(parseTarget("192.0.2.1:65535"), { host: "192.0.2.1", port: 65535 });
  assertEquals(parseTarget("::1"), { host: "::1" });
  assertEquals(parseTarget("[::1]"), { host: "::1" });
  assertEquals(parseTarget("[fe80::1%eth0]:70"), { host: "fe80::1%eth0", port: 70 });
  assertEquals(parseTarget("bücher.example"), { host: "bücher.example" });
});

Deno.test("parseTarget refuses what is no host", () => {
  for (const text of ["", ":69", "a b", "a/b", "a@b", "-h", ".", "[::1", "[x]", "1:2:3", "[]"]) {
    assertThrows(() => parseTarget(text), UsageError, "", text);
  }
});

Deno.test("lastPart takes what is behind the last slash or backslash", () => {
  assertEquals(lastPart("a"), "a");
  assertEquals(lastPart("/a/b.c"), "b.c");
  assertEquals(lastPart("Boot\\x64\\bcd"), "bcd");
  assertEquals(lastPart("a\\b/c"), "c");
  assertEquals(lastPart(".hidden"), ".hidden");
  assertEquals(lastPart("a/..."), "...");
});

Deno.test("lastPart refuses what names no file", () => {
  for (const name of ["", ".", "..", "a/", "a\\", "/", "a/..", "..\\.", "\\"]) {
    assertThrows(() => lastPart(name), UsageError, "does not end in the name of a file", name);
  }
});
