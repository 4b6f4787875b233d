import { assert, assertEquals } from "@std/assert";
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

Deno.test("decodeText() reads as TextDecoder does, and only what it reads as text", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const random = new Prng(2);
  // Every first byte, and followers at the limits of what may follow one (RFC 3629 §4).
  const followers = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xf0];
  const counts = { text: 0, other: 0 };
  for (let run = 0; run < 20_000; run++) {
    const more = Array.from({ length: random.below(4) }, () => random.pick(followers));
    const bytes = Uint8Array.of(run % 256, ...more);
    // A byte that is no text makes sure that the slow way is taken.
    const read = decodeText(Uint8Array.of(...bytes, 0xff)).slice(0, -1);
    let expected: string | undefined;
    try {
      expected = strict.decode(bytes);
      counts.text++;
    } catch {
      counts.other++;
    }
    if (expected === undefined) assert(hasEscapes(read), `${bytes}`);
    else assertEquals(read, expected, `${bytes}`);
    assertEquals(encodeText(read), bytes);
  }
  assert(counts.text > 2000 && counts.other > 2000, JSON.stringify(counts));
});

Deno.test("decodeText() takes no longer for bytes that are no text than for text", () => {
  // One exception for each byte took more than a second.
  const beganMs = performance.now();
  const text = decodeText(new Uint8Array(65_500).fill(0xf0));
  const tookMs = performance.now() - beganMs;
  assertEquals(text, "\udcf0".repeat(65_500));
  assert(tookMs < 250, `${tookMs} ms`);
});

Deno.test("hasEscapes() tells bytes that were no text from the halves of a pair", () => {
  assertEquals(hasEscapes("a\udcff"), true);
  assertEquals(hasEscapes("\u{1f480}"), false);
  assertEquals(hasEscapes("\u{1f480}\udc80"), true);
  assertEquals(hasEscapes("boot.cfg"), false);
});
