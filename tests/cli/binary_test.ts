import { assert } from "@std/assert";
import { looksBinary } from "../../src/cli/args/binary.ts";

Deno.test("looksBinary tells text from the rest by its first bytes", () => {
  const text = new TextEncoder().encode("hostname sw1\r\n\tvlan 2 # Büro\n\x1b[1mbold\x1b[0m\f");
  assert(!looksBinary(text));
  assert(!looksBinary(new Uint8Array(0)));
  assert(looksBinary(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)));
  assert(looksBinary(Uint8Array.of(1, 2, 3, 4, 65)));
});
