import { assertEquals, assertThrows } from "@std/assert";
import { checksumLine, parseManifest } from "../../src/cli/args/manifest.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

const HEX = "0123456789abcdef".repeat(4);

/** What a list says, without where it says so. */
function read(list: string | Uint8Array): { name: string; sha256?: string }[] {
  return parseManifest(list, "list").map(({ where: _, ...entry }) => entry);
}

Deno.test("parseManifest reads names, comments and every form of sha256sum", () => {
  const text = [
    "\ufeff# firmware",
    "",
    "plain name.bin",
    `${HEX.toUpperCase()}  two blanks`,
    `${HEX} *starred\r`,
    `${HEX} one blank`,
    `SHA256 (tagged (1)) = ${HEX}`,
    `\\SHA256 (tag\\\\ged\\n) = ${HEX}`,
    `SHA256(openssl 1)= ${HEX}`,
    `SHA2-256(openssl 3)= ${HEX.toUpperCase()}`,
    `\\${HEX}  back\\\\slash\\nline`,
    "dir/last",
    `fw/${HEX}.bin`,
  ].join("\n");
  assertEquals(read(text), [
    { name: "plain name.bin" },
    { name: "two blanks", sha256: HEX },
    { name: "starred", sha256: HEX },
    { name: "one blank", sha256: HEX },
    { name: "tagged (1)", sha256: HEX },
    { name: "tag\\ged\n", sha256: HEX },
    { name: "openssl 1", sha256: HEX },
    { name: "openssl 3", sha256: HEX },
    { name: "back\\slash\nline", sha256: HEX },
    { name: "dir/last" },
    { name: `fw/${HEX}.bin` },
  ]);
  assertEquals(parseManifest(text, "list")[0]!.where, "list, line 3");
});

Deno.test("parseManifest takes no line with a sum for the name of a file", () => {
  const refused = {
    [`${HEX.slice(32)}  file`]: "a checksum that looks like MD5",
    [`${HEX.slice(24)} *file`]: "looks like SHA-1",
    [`${HEX}${HEX}  file`]: "looks like SHA-512",
    [`MD5 (file) = ${HEX.slice(32)}`]: "has a sum of MD5",
    [`SHA512 (file) = ${HEX}${HEX}`]: "has a sum of SHA512",
    [`SHA1(file)= ${HEX.slice(24)}`]: "has a sum of SHA1",
    [`HMAC-SHA2-256(file)= ${HEX}`]: "has a sum of HMAC-SHA2-256",
    "SHA256 (file) = 12": "64 hexadecimal digits",
    "SHA256 (file) = ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=": "64 hexadecimal digits",
    [`SHA256 () = ${HEX}`]: "a checksum but no name",
    [HEX]: "an unknown format",
    [`file ${HEX}`]: "an unknown format",
    [`file: ${HEX}`]: "an unknown format",
    [`SHA256          ${HEX}      C:\\file`]: "an unknown format",
    "2166136261 120 file": "an unknown format",
    [`\\${HEX}  a\\x`]: 'list, line 2: "\\x" is not a valid escape',
    [`${HEX}  -`]: "names standard input",
    "-----BEGIN PGP SIGNATURE-----": "is OpenPGP armor",
  };
  for (const [line, why] of Object.entries(refused)) {
    const error = assertThrows(() => parseManifest(`first\n${line}\n`, "list"), UsageError, why);
    assertEquals(error.message.startsWith("list, line 2"), true, error.message);
  }
  assertThrows(() => parseManifest("# nothing\n\n", "list"), UsageError, "list has no file names");
});

Deno.test("parseManifest reads of a clear-signed list what was signed", () => {
  const signature = [
    "-----BEGIN PGP SIGNATURE-----",
    "",
    "iHUEARYIAB0WIQ==",
    "=abcd",
    "-----END PGP SIGNATURE-----",
    "",
  ];
  const head = ["-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA512", ""];
  const body = [`${HEX}  file`, "- -dash", "- # a comment"];
  const signed = [...head, ...body, ...signature];
  const expected = [{ name: "file", sha256: HEX }, { name: "-dash" }];
  assertEquals(read(signed.join("\n")), expected);
  assertEquals(read(signed.join("\r\n")), expected);
  const bad = {
    "list, line 1 is outside of the signed part": ["smuggled", ...signed],
    "list, line 12 is outside of the signed part": [...signed.slice(0, -1), "smuggled"],
    "list, line 2 is not a header": [head[0]!, "smuggled", ...signed.slice(2)],
    "list, line 5 lacks a dash escape": [...head, "file", "-dash", ...signature],
    "truncated": [...head, ...body, ...signature.slice(0, 3)],
  };
  for (const [why, lines] of Object.entries(bad)) {
    assertThrows(() => parseManifest(lines.join("\n"), "list"), UsageError, why);
  }
});

Deno.test("parseManifest reads UTF-16 as PowerShell writes it, and names other bytes", () => {
  const text = `\ufeff${HEX}  größe.bin\r\nsecond\r\n`;
  const units = [...text].map((character) => character.charCodeAt(0));
  const little = new Uint8Array(units.flatMap((unit) => [unit & 255, unit >> 8]));
  const big = new Uint8Array(units.flatMap((unit) => [unit >> 8, unit & 255]));
  for (const bytes of [little, big]) {
    assertEquals(read(bytes), [{ name: "größe.bin", sha256: HEX }, { name: "second" }]);
    assertThrows(() => read(bytes.subarray(2)), UsageError, "line 1: looks like UTF-16");
  }
  const latin1 = new Uint8Array([...new TextEncoder().encode("first\n"), 0x67, 0xf6, 0x0a]);
  assertThrows(() => read(latin1), UsageError, "list, line 2 is no UTF-8 text");
});

Deno.test("parseManifest reads lists that NUL separates, without any escape", () => {
  assertEquals(read(`${HEX}  two\nlines\0SHA256 (a\\n) = ${HEX}\0 blank \0`), [
    { name: "two\nlines", sha256: HEX },
    { name: "a\\n", sha256: HEX },
    { name: " blank " },
  ]);
  assertThrows(() => read(`a\0${HEX.slice(32)}  b\0`), UsageError, "list, entry 2 has a checksum");
});

Deno.test("checksumLine writes what parseManifest reads", () => {
  for (const name of ["plain", "with  blanks", "back\\slash", "two\nlines\r"]) {
    assertEquals(read(checksumLine(HEX, name)), [{ name, sha256: HEX }]);
  }
  assertEquals(checksumLine(HEX, "a"), `${HEX}  a`);
});
