import { assertEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  decodePacket,
  describePacket,
  encodePacket,
  MAX_ERROR_TEXT_BYTES,
  MAX_REQUEST_BYTES,
  Opcode,
  type Packet,
  stampHeader,
} from "../../src/protocol/packet.ts";
import { PacketError } from "../../src/protocol/error_code.ts";
import { ack, data, error, oack, rrq, wire, wrq } from "../helpers/net/wire.ts";
import { Prng } from "../helpers/sim/prng.ts";

/** Packets and their bytes, true both ways. */
const CASES: readonly [Packet, Uint8Array][] = [
  [rrq("boot.cfg"), wire(0, 1, "boot.cfg", 0, "octet", 0)],
  [rrq("a", "", "NetASCII"), wire(0, 1, "a", 0, "NetASCII", 0)],
  [rrq("a", "", "mail"), wire(0, 1, "a", 0, "mail", 0)],
  [rrq("Boot\\BCD"), wire(0, 1, "Boot\\BCD", 0, "octet", 0)],
  [
    rrq("a", "blksize=1428 tsize=0"),
    wire(0, 1, "a", 0, "octet", 0, "blksize", 0, "1428", 0, "tsize", 0, "0", 0),
  ],
  [
    rrq("a", "BlkSize=1428 blksize=512 x="),
    wire(0, 1, "a\0octet\0BlkSize\0", "1428\0blksize\0", "512\0x\0\0"),
  ],
  [rrq("\u00fc"), wire(0, 1, 0xc3, 0xbc, 0, "octet", 0)],
  [rrq("name\udcff"), wire(0, 1, "name", 0xff, 0, "octet", 0)],
  [wrq("b"), wire(0, 2, "b", 0, "octet", 0)],
  [wrq("b", "tsize=5"), wire(0, 2, "b", 0, "octet", 0, "tsize", 0, "5", 0)],
  [data(1), wire(0, 3, 0, 1)],
  [data(258, wire("abc")), wire(0, 3, 1, 2, "abc")],
  [data(0, wire(0, 0)), wire(0, 3, 0, 0, 0, 0)],
  [data(65535, wire(255)), wire(0, 3, 255, 255, 255)],
  [ack(0), wire(0, 4, 0, 0)],
  [ack(256), wire(0, 4, 1, 0)],
  [ack(65535), wire(0, 4, 255, 255)],
  [error(1, "File not found"), wire(0, 5, 0, 1, "File not found", 0)],
  [error(0, ""), wire(0, 5, 0, 0, 0)],
  [error(65535, "x"), wire(0, 5, 255, 255, "x", 0)],
  [oack("blksize=1428"), wire(0, 6, "blksize", 0, "1428", 0)],
  [
    oack("tsize=0 BLKSIZE=8 x="),
    wire(0, 6, "tsize", 0, "0", 0, "BLKSIZE", 0, "8", 0, "x", 0, 0),
  ],
];

const OACK_OF_TWO = oack("tsize=5 blksize=512");

/** Bytes that are not quite what the RFCs say, but whose meaning is beyond doubt. */
const LENIENT: readonly [string, Uint8Array, Packet][] = [
  ["an option name without a value", wire(0, 1, "a\0octet\0blksize\0"), rrq("a")],
  [
    "an option name without a value behind a whole option",
    wire(0, 1, "a\0octet\0blksize\0", "8\0tsize\0"),
    rrq("a", "blksize=8"),
  ],
  ["a request padded by one NUL", wire(0, 1, "a\0octet\0\0"), rrq("a")],
  ["a request padded by three NULs", wire(0, 2, "a\0octet\0\0\0\0"), wrq("a")],
  ["an OACK padded by one NUL", wire(0, 6, "tsize\0", "5\0\0"), oack("tsize=5")],
  ["an OACK padded by two NULs", wire(0, 6, "tsize\0", "5\0\0\0"), oack("tsize=5")],
  ["an OACK without its last NUL", wire(0, 6, "tsize\0", "5\0blksize\0", "512"), OACK_OF_TWO],
  ["an OACK with a stray byte", wire(0, 6, "tsize\0", "5\0blksize\0", "512\0", 255), OACK_OF_TWO],
  ["an OACK with a stray byte and a NUL", wire(0, 6, "tsize\0", "5\0x\0"), oack("tsize=5")],
  ["an OACK with NULs and a stray byte", wire(0, 6, "tsize\0", "5\0\0x"), oack("tsize=5")],
  ["an ERROR without its NUL", wire(0, 5, 0, 1, "No such file"), error(1, "No such file")],
  ["an ERROR of four bytes", wire(0, 5, 0, 1), error(1, "")],
  ["an ERROR of five bytes", wire(0, 5, 0, 2, "x"), error(2, "x")],
  ["an ERROR with bytes behind its NUL", wire(0, 5, 0, 1, "File\0not\0"), error(1, "File")],
  ["an ACK with a byte behind it", wire(0, 4, 0, 1, 0), ack(1)],
  ["an ACK padded to an Ethernet frame", wire(0, 4, 1, 2, new Uint8Array(14)), ack(258)],
];

/** Bytes that are no packet: the opcode they begin with, and a word of the complaint. */
const MALFORMED: readonly [Uint8Array, number | undefined, string][] = [
  [wire(), undefined, "too short"],
  [wire(0), undefined, "too short"],
  [wire(4), undefined, "too short"],
  [wire(0, 1), 1, "too short"],
  [wire(0, 4, 1), 4, "too short"],
  [wire(0, 6, 0), 6, "too short"],
  [wire(0, 0, 0, 1), 0, "Unknown opcode 0"],
  [wire(0, 7, 0, 1), 7, "Unknown opcode 7"],
  [wire(1, 1, "a\0octet\0"), 257, "Unknown opcode 257"],
  [wire(255, 255, 0, 0), 65535, "Unknown opcode 65535"],
  [wire(0, 1, "a\0octet"), 1, "NUL"],
  [wire(0, 1, "boot.cfg"), 1, "NUL"],
  [wire(0, 1, "a\0octet\0blksize\0", "512"), 1, "NUL"],
  [wire(0, 1, "boot.cfg\0"), 1, "mode"],
  [wire(0, 1, "a\0\0\0"), 1, "mode"],
  [wire(0, 1, "\0octet\0"), 1, "filename"],
  [wire(0, 2, 0, 0), 2, "filename"],
  [wire(0, 5), 5, "too short"],
  [wire(0, 5, 0), 5, "too short"],
  [wire(0, 6, "blksize"), 6, "value"],
  [wire(0, 6, "blksize\0"), 6, "value"],
  [wire(0, 6, "blksize\0", "512\0tsize\0"), 6, "value"],
  [wire(0, 6, "blksize\0", "512\0tsize"), 6, "value"],
  [wire(0, 6, 0, 0), 6, "OACK without an option"],
  [wire(0, 6, "x\0"), 6, "OACK without an option"],
];

Deno.test("decodePacket() gives the value of well-formed bytes", () => {
  for (const [packet, bytes] of CASES) assertEquals(decodePacket(bytes), packet);
});

Deno.test("encodePacket() gives the bytes of a value", () => {
  for (const [packet, bytes] of CASES) assertEquals(encodePacket(packet), bytes);
});

Deno.test("decodePacket() gives a DATA payload as a view", () => {
  const bytes = wire(0, 3, 0, 1, "abc");
  const packet = decodePacket(bytes);
  if (packet.opcode !== Opcode.DATA) throw new Error("No DATA packet");
  assertStrictEquals(packet.payload.buffer, bytes.buffer);
  assertEquals(packet.payload.byteOffset, bytes.byteOffset + 4);
});

Deno.test("decodePacket() reads flawed packets whose meaning is beyond doubt", () => {
  for (const [flaw, bytes, packet] of LENIENT) assertEquals(decodePacket(bytes), packet, flaw);
});

Deno.test("decodePacket() reads 512 bytes of an ERROR's text, and no half character", () => {
  const read = (...text: (string | number)[]) => {
    const packet = decodePacket(wire(0, 5, 0, 1, ...text));
    if (packet.opcode !== Opcode.ERROR) throw new Error("No ERROR packet");
    return packet.message;
  };
  assertEquals(read("x".repeat(1400)), "x".repeat(MAX_ERROR_TEXT_BYTES));
  assertEquals(read("x".repeat(512), 0), "x".repeat(512));
  assertEquals(read("x".repeat(511), 0xc3, 0xbc, 0), "x".repeat(511));
  assertEquals(read("x".repeat(510), 0xc3, 0xbc, "y", 0), "x".repeat(510) + "\u00fc");
  // Bytes that are no UTF-8 at all are kept, too.
  const odd = new Uint8Array(20).fill(0x80);
  assertEquals(read("x".repeat(500), ...odd), "x".repeat(500) + "\udc80".repeat(9));
});

Deno.test("decodePacket() refuses malformed bytes and tells their opcode", () => {
  for (const [bytes, opcode, words] of MALFORMED) {
    const thrown = assertThrows(() => decodePacket(bytes), PacketError);
    assertEquals(thrown.opcode, opcode, String(bytes));
    assertStringIncludes(thrown.message, words);
  }
});

Deno.test("decodePacket() refuses requests beyond the stated bound only", () => {
  const request = (length: number) => wire(0, 1, "a".repeat(length - 9), "\0octet\0");
  assertEquals(request(4096).length, MAX_REQUEST_BYTES);
  assertEquals(decodePacket(request(4096)), rrq("a".repeat(4087)));
  assertEquals(decodePacket(request(513)), rrq("a".repeat(504)));
  assertThrows(() => decodePacket(request(4097)), PacketError, "too long");
});

Deno.test("decodePacket() refuses OACKs longer than any request", () => {
  const answer = (length: number) => wire(0, 6, "tsize\0", "1".repeat(length - 9), 0);
  assertEquals(decodePacket(answer(4096)), oack(`tsize=${"1".repeat(4087)}`));
  assertThrows(() => decodePacket(answer(4097)), PacketError, "too long");
});

Deno.test("decodePacket() reads any truncation or throws PacketError", () => {
  const outcomes = { read: 0, refused: 0 };
  for (const [, bytes] of CASES) {
    for (let length = 0; length < bytes.length; length++) {
      if (readsBackOrRefuses(bytes.subarray(0, length))) outcomes.read++;
      else outcomes.refused++;
    }
  }
  // A truncated DATA is a shorter DATA, a request may lose an option, and ERROR and OACK their end.
  assertEquals(outcomes.read > 40 && outcomes.refused > 200, true, JSON.stringify(outcomes));
});

Deno.test("decodePacket() reads or refuses 20,000 random and mutated datagrams", () => {
  const random = new Prng(20_000);
  const outcomes = { read: 0, refused: 0 };
  for (let run = 0; run < 20_000; run++) {
    const bytes = run % 4 === 0 ? randomDatagram(random) : mutatedDatagram(random);
    if (readsBackOrRefuses(bytes)) outcomes.read++;
    else outcomes.refused++;
  }
  assertEquals(outcomes.read > 2000 && outcomes.refused > 2000, true, JSON.stringify(outcomes));
});

Deno.test("stampHeader() writes opcode and number at an offset and nothing else", () => {
  const bytes = new Uint8Array(8).fill(9);
  stampHeader(bytes, 2, Opcode.DATA, 0x1234);
  assertEquals(bytes, wire(9, 9, 0, 3, 0x12, 0x34, 9, 9));
});

Deno.test("describePacket() names a packet in a few words", () => {
  assertEquals(
    [
      rrq("boot.cfg", "blksize=1428"),
      wrq("a"),
      data(7, wire("abc")),
      ack(7),
      error(1, "File not found"),
      oack("blksize=8 tsize=0"),
    ].map(describePacket),
    [
      'RRQ "boot.cfg" octet blksize=1428',
      'WRQ "a" octet',
      "DATA 7 (3 bytes)",
      "ACK 7",
      'ERROR 1 "File not found"',
      "OACK blksize=8 tsize=0",
    ],
  );
});

/** Whether bytes become a value, which its own bytes give back; else PacketError is due. */
function readsBackOrRefuses(bytes: Uint8Array): boolean {
  let packet: Packet;
  try {
    packet = decodePacket(bytes);
  } catch (thrown) {
    if (thrown instanceof PacketError) return false;
    throw new Error(`${thrown} for ${bytes}`);
  }
  try {
    assertEquals(decodePacket(encodePacket(packet)), packet);
  } catch (thrown) {
    throw new Error(`${thrown} for ${bytes}`);
  }
  return true;
}

/** Any bytes; most begin with an opcode that exists. */
function randomDatagram(random: Prng): Uint8Array {
  const bytes = random.bytes(random.below(64));
  if (bytes.length > 1 && random.below(8) > 0) bytes.set([0, random.below(8)]);
  return bytes;
}

/** A valid packet with a few bytes changed, lost, doubled or added. */
function mutatedDatagram(random: Prng): Uint8Array {
  let bytes: Uint8Array = random.pick(CASES)[1];
  for (let changes = random.below(4); changes >= 0; changes--) {
    const at = random.below(bytes.length + 1);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    const value = random.pick([0, 0, 1, 5, 6, 0x41, 0x80, 0xc3, 0xed, 0xff, random.below(256)]);
    bytes = random.pick([
      () => wire(head, value, tail),
      () => wire(head, value, tail.subarray(1)),
      () => wire(head, tail.subarray(1)),
      () => wire(head, tail, tail),
    ])();
  }
  return bytes;
}
