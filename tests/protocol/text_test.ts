import { assertEquals } from "@std/assert";
import { decodeText, encodeText, hasEscapes } from "../../src/protocol/text.ts";
import { wire } from "../helpers/net/wire.ts";
import { Prng } from "../helpers/sim/prng.ts";

/** Texts and their bytes, true both ways. */
const CASES: readonly [string, Uint8Array][] = [
  ["", wire()],
  ["boot.cfg", wire("boot.cfg")],
  ["\u00fc\u20ac", wire(0xc3, 0xbc, 0xe2, 0x82, 0xac)],
  ["\u{1f480}", wire(0xf0, 0x9f, 0x92, 0x80)],
  ["\ufeffa", wire(0xef, 0xbb, 0xbf, "a")],
  ["a\udcff", wire("a", 0xff)],
  ["\udcfc", wire(0xfc)],
  ["\u00fc\udcfcb", wire(0xc3, 0xbc, 0xfc, "b")],
  // A surrogate in UTF-8, an overlong slash, a sequence cut short, a number beyond Unicode.
  ["\udced\udcb2\udc80", wire(0xed, 0xb2, 0x80)],
  ["\udcc0\udcaf", wire(0xc0, 0xaf)],
  ["\udce2\udc82", wire(0xe2, 0x82)],
  ["\udcf4\udc90\udc80\udc80", wire(0xf4, 0x90, 0x80, 0x80)],
];

Deno.test("decodeText() keeps every byte, valid UTF-8 as text", () => {
  for (const [text, bytes] of CASES) assertEquals(decodeText(bytes), text);
});

Deno.test("encodeText() gives the bytes back", () => {
  for (const [text, bytes] of CASES) assertEquals(encodeText(text), bytes);
});

Deno.test("encodeText() gives back every pair of bytes that decodeText() reads", () => {
  const bytes = new Uint8Array(2);
  for (let pair = 0; pair < 65536; pair++) {
    bytes[0] = pair >> 8;
    bytes[1] = pair & 0xff;
    const [first, second, ...more] = encodeText(decodeText(bytes));
    if (first === bytes[0] && second === bytes[1] && more.length === 0) continue;
    assertEquals([first, second, ...more], [...bytes]);
  }
});

Deno.test("encodeText() gives back random bytes that decodeText() reads", () => {
  const random = new Prng(1);
  for (let run = 0; run < 5000; run++) {
    const bytes = Uint8Array.from(
      { length: random.below(12) },
      () => random.pick([0x41, 0x80, 0xbf, 0xc3, 0xe2, 0xed, 0xf0, 0x9f, 0xff, random.below(256)]),
    );
    assertEquals(encodeText(decodeText(bytes)), bytes);
  }
});

Deno.test("hasEscapes() tells bytes that were no text from the halves of a pair", () => {
  assertEquals(hasEscapes("a\udcff"), true);
  assertEquals(hasEscapes("\u{1f480}"), false);
  assertEquals(hasEscapes("\u{1f480}\udc80"), true);
  assertEquals(hasEscapes("boot.cfg"), false);
});
