import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/protocol/error_code.ts";
import {
  type Agreement,
  confirm,
  grant,
  type Limits,
  maxWindowsizeFor,
  offer,
  PLAIN_AGREEMENT,
} from "../../src/protocol/mod.ts";
import { encodePacket, type Option } from "../../src/protocol/packet.ts";
import { options, rrq, wrq } from "../helpers/net/wire.ts";

const LIMITS: Limits = {
  maxBlksize: 65464,
  maxWindowsize: 65535,
  grantTimeout: true,
  size: 1_000_000,
};

/** What is asked by an RRQ, and what a server with LIMITS grants; nothing means: no OACK. */
const ANSWERS: readonly [asked: string, granted: string][] = [
  ["", ""],
  ["blksize=0", ""],
  ["blksize=7", ""],
  ["blksize=8", "blksize=8"],
  ["blksize=512", "blksize=512"],
  ["blksize=65464", "blksize=65464"],
  ["blksize=65465", "blksize=65464"],
  ["blksize=70000", "blksize=65464"],
  ["blksize=0001428", "blksize=1428"],
  ["blksize=abc", ""],
  ["blksize=-5", ""],
  ["blksize=+512", ""],
  ["blksize=512.0", ""],
  ["blksize=1e3", ""],
  ["blksize=0x200", ""],
  ["blksize=512k", ""],
  ["blksize=", ""],
  ["blksize=9999999999999999", ""],
  ["blksize=1024 blksize=512", "blksize=1024"],
  ["blksize=1024 BLKSIZE=512", "blksize=1024"],
  // A value that is no number asks for nothing, so the next one is the first.
  ["blksize=abc blksize=1024", "blksize=1024"],
  ["BLKSIZE=1024", "BLKSIZE=1024"],
  ["bLkSiZe=1024 TSIZE=0", "bLkSiZe=1024 TSIZE=1000000"],
  ["timeout=3 tsize=0 blksize=1024", "timeout=3 tsize=1000000 blksize=1024"],
  ["blksize=1024 timeout=3 tsize=0", "blksize=1024 timeout=3 tsize=1000000"],
  ["timeout=0", ""],
  ["timeout=1", "timeout=1"],
  ["timeout=255", "timeout=255"],
  ["timeout=256", ""],
  ["timeout=300", ""],
  ["timeout=3000", ""],
  ["windowsize=0", ""],
  ["windowsize=1", "windowsize=1"],
  ["windowsize=8", "windowsize=8"],
  ["windowsize=65535", "windowsize=128"],
  ["windowsize=64 blksize=1468", "windowsize=64 blksize=1468"],
  ["windowsize=64 blksize=65464", "windowsize=2 blksize=65464"],
  ["tsize=0", "tsize=1000000"],
  ["tsize=77", "tsize=1000000"],
  ["tsize=-1", ""],
  ["multicast=", ""],
  ["multicast= blksize=1024", "blksize=1024"],
  ["msftwindow=31416", ""],
  ["windowsiz=4", ""],
  ["unknown=1 blksize=8 other=2", "blksize=8"],
  ["constructor=1 __proto__=1 toString=1", ""],
  ["blksize2=1500", "blksize2=1024"],
  ["blksize2=4096", "blksize2=4096"],
  ["blksize2=65535", "blksize2=32768"],
  ["blksize2=7", ""],
  ["blksize2=1500 blksize=1428", "blksize2=1024"],
  ["utimeout=9999", ""],
  ["utimeout=10000", "utimeout=10000"],
  ["utimeout=255000000", "utimeout=255000000"],
  ["utimeout=255000001", ""],
  ["timeout=2 utimeout=10000", "timeout=2"],
  ["rollover=0", "rollover=0"],
  ["rollover=1", "rollover=1"],
  ["rollover=2", ""],
];

Deno.test("grant() answers what was asked, in its order and spelling, lowered or left out", () => {
  for (const [asked, granted] of ANSWERS) {
    assertEquals(spelt(grant(rrq("a", asked), LIMITS).granted), granted, asked);
  }
});

Deno.test("grant() leaves the agreement plain where nothing is granted", () => {
  for (const [asked, granted] of ANSWERS) {
    if (granted !== "") continue;
    assertEquals(grant(rrq("a", asked), LIMITS), PLAIN_AGREEMENT, asked);
  }
});

Deno.test("grant() ignores multicast as an unknown option", () => {
  const agreement = grant(rrq("a", "multicast= tsize=0"), LIMITS);
  assertEquals(spelt(agreement.granted), "tsize=1000000");
});

Deno.test("grant() settles the values that it answers", () => {
  const asked = "blksize=1428 windowsize=4 timeout=3 tsize=0 rollover=1";
  assertEquals(grant(rrq("a", asked), LIMITS), {
    blksize: 1428,
    windowsize: 4,
    timeoutMs: 3000,
    tsize: 1_000_000,
    rollover: 1,
    granted: options("blksize=1428 windowsize=4 timeout=3 tsize=1000000 rollover=1"),
  });
  assertEquals(grant(rrq("a", "utimeout=1500000"), LIMITS).timeoutMs, 1500);
});

Deno.test("grant() lowers values to the server's limits", () => {
  const limits = { ...LIMITS, maxBlksize: 1428, maxWindowsize: 4 };
  const asked = (text: string) => spelt(grant(rrq("a", text), limits).granted);
  assertEquals(asked("blksize=9000 windowsize=64"), "blksize=1428 windowsize=4");
  assertEquals(asked("blksize=1000 windowsize=2"), "blksize=1000 windowsize=2");
  assertEquals(asked("blksize2=9000"), "blksize2=1024");
});

Deno.test("grant() and offer() keep a window within what block numbers tell apart", () => {
  // A receive buffer of 64 MiB holds more.
  const receiveBufferBytes = 64 * 1024 * 1024;
  const request = rrq("a", "windowsize=65535");
  const { windowsize } = grant(request, { ...LIMITS, receiveBufferBytes });
  assertEquals(windowsize, 32_767);
  assertEquals(spelt(offer({ windowsize: 65_535, receiveBufferBytes })), "windowsize=32767");
});

Deno.test("grant() leaves timeout out where the server is set not to agree to it", () => {
  const limits = { ...LIMITS, grantTimeout: false };
  const agreement = grant(rrq("a", "timeout=3 utimeout=500000 blksize=8"), limits);
  assertEquals(spelt(agreement.granted), "blksize=8");
  assertEquals(agreement.timeoutMs, undefined);
});

Deno.test("grant() leaves tsize out for netascii, whose size it can't know", () => {
  for (const mode of ["netascii", "NetASCII"]) {
    assertEquals(grant(rrq("a", "tsize=0", mode), LIMITS), PLAIN_AGREEMENT);
  }
  assertEquals(spelt(grant(rrq("a", "tsize=0", "OCTET"), LIMITS).granted), "tsize=1000000");
});

Deno.test("grant() leaves tsize out while the size is unknown", () => {
  const { size: _, ...limits } = LIMITS;
  assertEquals(grant(rrq("a", "tsize=0"), limits), PLAIN_AGREEMENT);
});

Deno.test("grant() leaves tsize out for an empty file, since curl takes 0 for no answer", () => {
  const limits = { ...LIMITS, size: 0 };
  assertEquals(spelt(grant(rrq("a", "tsize=0 blksize=8"), limits).granted), "blksize=8");
});

Deno.test("grant() repeats the size that a WRQ announces", () => {
  const agreement = grant(wrq("a", "tsize=12345"), LIMITS);
  assertEquals(spelt(agreement.granted), "tsize=12345");
  assertEquals(agreement.tsize, 12345);
  assertEquals(grant(wrq("a", "tsize=7", "netascii"), LIMITS).tsize, 7);
});

Deno.test("offer() asks for the wanted options, blksize first", () => {
  assertEquals(offer({}), []);
  assertEquals(
    spelt(offer({ timeoutSeconds: 2, tsize: 0, windowsize: 16, blksize: 1428 })),
    "blksize=1428 windowsize=16 tsize=0 timeout=2",
  );
  assertEquals(spelt(offer({ windowsize: 1000 })), "windowsize=128");
  assertEquals(spelt(offer({ windowsize: 1000, blksize: 65464 })), "blksize=65464 windowsize=2");
});

Deno.test("offer() leaves room for a name of 400 bytes in a request", () => {
  const most = { blksize: 65464, windowsize: 65535, tsize: 2 ** 53 - 1, timeoutSeconds: 255 };
  const packet = { ...rrq("a".repeat(400), "", "netascii"), options: offer(most) };
  assert(encodePacket(packet).length <= 512);
});

/** What a client offered and was answered, and what it then agrees to, beside the plain values. */
const ACCEPTED: readonly [offered: string, answered: string, Partial<Agreement>][] = [
  ["blksize=1428", "blksize=1428", { blksize: 1428 }],
  ["blksize=1428", "blksize=8", { blksize: 8 }],
  ["blksize=1428", "BlkSize=1428", { blksize: 1428 }],
  ["windowsize=16 blksize=1428", "blksize=1024", { blksize: 1024 }],
  ["windowsize=16", "windowsize=1", { windowsize: 1 }],
  ["tsize=0 timeout=2", "timeout=2 tsize=5", { tsize: 5, timeoutMs: 2000 }],
  ["tsize=0", "tsize=0", { tsize: 0 }],
];

Deno.test("confirm() takes what was offered or less, and the RFCs' values for the rest", () => {
  for (const [offered, answered, values] of ACCEPTED) {
    const granted = options(answered);
    assertEquals(confirm(options(offered), granted), { ...PLAIN_AGREEMENT, ...values, granted });
  }
});

/** OACKs that no honest server sends. */
const LIES: readonly [offered: string, answered: string, words: string][] = [
  ["blksize=1428", "tsize=5", '"tsize" that was not asked for'],
  ["", "blksize=512", '"blksize" that was not asked for'],
  ["blksize=1428", "blksize2=1024", '"blksize2" that was not asked for'],
  ["blksize=1428", "multicast=224.0.0.1,1758,1", '"multicast" that was not asked for'],
  ["blksize=1428", "toString=1", '"toString" that was not asked for'],
  ["blksize=1428", "blksize=1429", '"blksize=1429"'],
  ["blksize=1428", "blksize=7", '"blksize=7"'],
  ["blksize=1428", "blksize=0", '"blksize=0"'],
  ["blksize=1428", "blksize=-5", '"blksize=-5"'],
  ["blksize=1428", "blksize=", '"blksize="'],
  ["blksize=1428", "blksize=1428x", '"blksize=1428x"'],
  ["blksize=1428", "blksize=1024 blksize=512", '"blksize" twice'],
  ["blksize=1428", "blksize=1024 BLKSIZE=1024", '"blksize" twice'],
  ["windowsize=16", "windowsize=17", '"windowsize=17"'],
  ["windowsize=16", "windowsize=0", '"windowsize=0"'],
  ["timeout=2", "timeout=1", '"timeout=1"'],
  ["timeout=2", "timeout=3", '"timeout=3"'],
  ["tsize=0", "tsize=many", '"tsize=many"'],
  ["rollover=0", "rollover=1", '"rollover=1"'],
];

Deno.test("confirm() refuses an OACK that was not asked for, raised, changed or doubled", () => {
  for (const [offered, answered, words] of LIES) {
    assertThrows(() => confirm(options(offered), options(answered)), ProtocolError, words);
  }
});

Deno.test("confirm() accepts whatever grant() answers to an offer", () => {
  for (const blksize of [8, 512, 1428, 65464]) {
    for (const windowsize of [1, 2, 64, 65535]) {
      const offered = offer({ blksize, windowsize, tsize: 0, timeoutSeconds: 1 });
      const limits = { ...LIMITS, maxBlksize: 1024, maxWindowsize: 3 };
      const settled = grant({ ...rrq("a"), options: offered }, limits);
      assertEquals(confirm(offered, settled.granted), settled);
    }
  }
});

Deno.test("maxWindowsizeFor() keeps any window within a default socket buffer", () => {
  let before = Infinity;
  for (let blksize = 8; blksize <= 65464; blksize++) {
    const blocks = maxWindowsizeFor(blksize);
    // Half as much again, since the system also counts what surrounds a datagram.
    const isSafe = blocks >= 2 && blocks <= before && blocks * blksize * 1.5 <= 212_992;
    if (!isSafe) throw new Error(`${blocks} blocks of ${blksize} bytes`);
    before = blocks;
  }
  const sizes = [8, 512, 513, 1428, 65464];
  assertEquals(sizes.map((blksize) => maxWindowsizeFor(blksize)), [128, 128, 64, 64, 2]);
  const larger = sizes.map((blksize) => maxWindowsizeFor(blksize, 8 * 212_992));
  assertEquals(larger, [1024, 1024, 512, 512, 16], "what was granted counts");
  assertEquals(maxWindowsizeFor(65464, 1), 1);
});

function spelt(list: readonly Option[]): string {
  return list.map(({ name, value }) => `${name}=${value}`).join(" ");
}
