import { assertEquals } from "@std/assert";
import { Ladder } from "../../src/cli/text/ladder.ts";
import { encodePacket, Opcode, type Packet } from "../../src/protocol/mod.ts";
import { ack, data, error, oack, rrq } from "../helpers/net/raw_client.ts";

const LOCAL = { hostname: "0.0.0.0", port: 5000 };
const PEER = { hostname: "10.0.0.1", port: 69 };

/** Lines without their first column, the time. */
function linesOf(ladder: Ladder, datagrams: readonly [arrow: "->" | "<-", packet: Packet][]) {
  return datagrams.map(([arrow, packet]) => {
    const bytes = encodePacket(packet);
    return ladder.datagram({ sent: arrow === "->", bytes, local: LOCAL, peer: PEER }, 0).slice(33);
  });
}

Deno.test("Ladder tells time, peer, direction, kind, block, length and options", () => {
  const ladder = new Ladder();
  const bytes = encodePacket(rrq("a\nb", { blksize: 1428 }));
  assertEquals(
    ladder.datagram({ sent: true, bytes, local: LOCAL, peer: PEER }, 12_345.6),
    '   12.346  10.0.0.1:69            ->  RRQ "a\\nb" octet blksize=1428',
  );
  assertEquals(
    linesOf(ladder, [
      ["<-", oack({ blksize: 1428 })],
      ["->", ack(0)],
      ["<-", data(1, "xyz")],
      ["->", error(4, "what\x1b?")],
    ]),
    [
      "<-   OACK blksize=1428",
      " ->  ACK 0",
      "<-   DATA 1     3 bytes",
      ' ->  ERROR 4 "what\\x1b?"',
    ],
  );
});

Deno.test("Ladder marks what passes again, in each direction by itself", () => {
  assertEquals(
    linesOf(new Ladder(), [
      ["->", rrq("f")],
      ["->", rrq("f")],
      ["<-", data(1)],
      ["->", ack(1)],
      ["<-", data(1)],
      ["->", ack(1)],
      ["<-", data(2)],
    ]).map((line) => line.endsWith("  again")),
    [false, true, false, false, true, true, false],
  );
});

Deno.test("Ladder takes a block after the roll for a new one", () => {
  const ladder = new Ladder();
  const blocks = Array.from({ length: 65537 }, (_, index) => (index + 1) & 0xffff);
  const lines = linesOf(
    ladder,
    blocks.map((block) => ["<-", data(block)] as const).map((pair) => [
      ...pair,
    ]),
  );
  assertEquals(lines.filter((line) => line.endsWith("again")), []);
  assertEquals(linesOf(ladder, [["<-", data(1)]]), ["<-   DATA 1     0 bytes  again"]);
});

Deno.test("Ladder begins again with another request on the same ports", () => {
  const packets = [rrq("a"), ack(1), rrq("b"), ack(1)] as const;
  const lines = linesOf(new Ladder(), packets.map((packet) => ["->", packet]));
  assertEquals(lines.filter((line) => line.endsWith("again")), []);
});

Deno.test("Ladder tells what --fault does, and bytes that are no packet", () => {
  const ladder = new Ladder();
  const lost = { sent: true, bytes: encodePacket(ack(3)), local: LOCAL, peer: PEER };
  assertEquals(ladder.fault("lost", lost, 0).slice(33), " -x  ACK 3  lost by --fault");
  const late = { ...lost, sent: false };
  assertEquals(ladder.fault("late", late, 0).slice(33), "<~   ACK 3  overtaken by --fault");
  const junk = { ...late, bytes: Uint8Array.of(0, Opcode.DATA) };
  assertEquals(ladder.datagram(junk, 0).slice(33), "<-   no TFTP packet, 2 bytes");
});

Deno.test("Ladder keeps a bounded number of packets of bounded length", () => {
  const ladder = new Ladder();
  const again = (packet: Packet) => linesOf(ladder, [["<-", packet]])[0]!.endsWith("  again");
  for (let code = 1; code <= 100; code++) assertEquals(again(error(code, "x")), false);
  assertEquals([again(error(100, "x")), again(error(1, "x"))], [true, false]);
  const long = oack({ blksize: "1".repeat(5000) });
  assertEquals([again(long), again(long)], [false, false]);
});
