import { assertEquals, assertThrows } from "@std/assert";
import { checksumLine, parseManifest } from "../../src/cli/manifest.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const HEX = "0123456789abcdef".repeat(4);

Deno.test("parseManifest reads names, comments and every form of sha256sum", () => {
  const text = [
    "\ufeff# firmware",
    "",
    "plain name.bin",
    `${HEX.toUpperCase()}  two blanks`,
    `${HEX} *starred\r`,
    `SHA256 (tagged (1)) = ${HEX}`,
    `\\${HEX}  back\\\\slash\\nline`,
    "dir/last",
  ].join("\n");
  assertEquals(parseManifest(text, "list"), [
    { name: "plain name.bin" },
    { name: "two blanks", sha256: HEX },
    { name: "starred", sha256: HEX },
    { name: "tagged (1)", sha256: HEX },
    { name: "back\\slash\nline", sha256: HEX },
    { name: "dir/last" },
  ]);
});

Deno.test("parseManifest refuses other sums and a list that names nothing", () => {
  const md5 = `${HEX.slice(32)}  file`;
  assertThrows(() => parseManifest(`a\n${md5}`, "list"), UsageError, "list, line 2 has a checksum");
  assertThrows(() => parseManifest("SHA256 (a) = 12", "list"), UsageError, "64 hexadecimal digits");
  assertThrows(() => parseManifest("# nothing\n\n", "list"), UsageError, "list names no file");
});

Deno.test("checksumLine writes what parseManifest reads", () => {
  for (const name of ["plain", "with  blanks", "back\\slash", "two\nlines\r"]) {
    assertEquals(parseManifest(checksumLine(HEX, name), "list"), [{ name, sha256: HEX }]);
  }
  assertEquals(checksumLine(HEX, "a"), `${HEX}  a`);
});
