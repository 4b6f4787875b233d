import { assert, assertEquals } from "@std/assert";
import { NetasciiDecoder, NetasciiEncoder } from "../../src/protocol/netascii.ts";
import { wire } from "../helpers/net/wire.ts";
import { Prng } from "../helpers/sim/prng.ts";

/** Local text and its netascii (RFC 764), true both ways. */
const CASES: readonly [Uint8Array, Uint8Array][] = [
  [wire(), wire()],
  [wire("a\nb\n"), wire("a\r\nb\r\n")],
  [wire("a\rb"), wire("a\r\0b")],
  [wire("a\r\nb"), wire("a\r\0\r\nb")],
  [wire("\r"), wire("\r\0")],
  [wire("\n"), wire("\r\n")],
  [wire("\n\n\r\r\n"), wire("\r\n\r\n\r\0\r\0\r\n")],
  [wire(0, 255, "\0"), wire(0, 255, "\0")],
];

/** Wire text that RFC 764 does not allow: what it is read as. */
const STRAY: readonly [Uint8Array, Uint8Array][] = [
  [wire("a\rb"), wire("a\rb")],
  [wire("\r\r\n"), wire("\r\n")],
  [wire("a\r"), wire("a\r")],
  [wire("a\nb"), wire("a\nb")],
];

Deno.test("NetasciiEncoder translates line ends and carriage returns", () => {
  for (const [local, netascii] of CASES) assertEquals(encode([local], 1000), netascii);
});

Deno.test("NetasciiDecoder translates them back", () => {
  for (const [local, netascii] of CASES) assertEquals(decode([netascii]), local);
});

Deno.test("NetasciiDecoder loses nothing of stray line ends", () => {
  for (const [netascii, local] of STRAY) assertEquals(decode([netascii]), local);
});

Deno.test("NetasciiEncoder gives the same for any room and any split", () => {
  for (const [local, netascii] of CASES) {
    for (let room = 1; room <= netascii.length + 1; room++) {
      for (let at = 0; at <= local.length; at++) {
        assertEquals(encode([local.subarray(0, at), local.subarray(at)], room), netascii);
      }
    }
  }
});

Deno.test("NetasciiDecoder gives the same for a pair that straddles any split", () => {
  for (const [netascii, local] of [...CASES.map(([a, b]) => [b, a] as const), ...STRAY]) {
    for (let at = 0; at <= netascii.length; at++) {
      assertEquals(decode([netascii.subarray(0, at), netascii.subarray(at)]), local);
    }
    assertEquals(decode(Array.from(netascii, (byte) => wire(byte))), local);
  }
});

Deno.test("NetasciiDecoder gives back what NetasciiEncoder was given, in random pieces", () => {
  const random = new Prng(764);
  for (let run = 0; run < 1000; run++) {
    const local = Uint8Array.from(
      { length: random.below(60) },
      () => random.pick([10, 13, 0, random.below(256)]),
    );
    const netascii = encode(pieces(local, random), 1 + random.below(9));
    assertEquals(decode(pieces(netascii, random)), local);
  }
});

Deno.test("NetasciiEncoder says when a byte is still owed", () => {
  const encoder = new NetasciiEncoder();
  const room = new Uint8Array(1);
  assertEquals(encoder.encode(wire("\n"), room), { taken: 1, made: 1 });
  assertEquals(encoder.owes, true);
  assertEquals(encoder.encode(wire(), room), { taken: 0, made: 1 });
  assertEquals(room, wire("\n"));
  assertEquals(encoder.owes, false);
});

/** The netascii of pieces, made in rooms of a size. */
function encode(from: readonly Uint8Array[], roomBytes: number): Uint8Array {
  const encoder = new NetasciiEncoder();
  const made: number[] = [];
  for (const piece of [...from, wire()]) {
    let rest = piece;
    do {
      const room = new Uint8Array(roomBytes);
      const step = encoder.encode(rest, room);
      assert(step.taken + step.made > 0 || rest.length === 0, "The encoder stands still");
      made.push(...room.subarray(0, step.made));
      rest = rest.subarray(step.taken);
    } while (rest.length > 0 || encoder.owes);
  }
  return Uint8Array.from(made);
}

function decode(from: readonly Uint8Array[]): Uint8Array {
  const decoder = new NetasciiDecoder();
  const made = from.flatMap((piece) => [...decoder.decode(piece)]);
  return Uint8Array.from([...made, ...decoder.end()]);
}

function pieces(bytes: Uint8Array, random: Prng): Uint8Array[] {
  const made: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.below(5);
    made.push(bytes.subarray(at, at + length));
    at += length;
  }
  return made;
}
