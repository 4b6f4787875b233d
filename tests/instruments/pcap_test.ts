import { assert, assertEquals } from "@std/assert";
import { ipBytes } from "../../src/net/ip_address.ts";
import { localAddressFor } from "../../src/net/local_address.ts";
import { pcapHeader, pcapRecord } from "../../src/instruments/pcap.ts";

const BOUND = { hostname: "0.0.0.0", port: 5000 };

/** The sum of a header's words, in one's complement: all ones when its checksum is right. */
function folded(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

Deno.test("pcapHeader says raw IP in the classic format", () => {
  const view = new DataView(pcapHeader().buffer);
  assertEquals([view.byteLength, view.getUint32(0), view.getUint32(20)], [24, 0xa1b2c3d4, 101]);
  assertEquals([view.getUint16(4), view.getUint16(6)], [2, 4]);
});

Deno.test("pcapRecord makes an IPv4 packet with addresses, ports and checksums", () => {
  const record = pcapRecord({
    from: { hostname: "10.0.0.1", port: 69 },
    to: { hostname: "::ffff:10.0.0.2", port: 4000 },
    payload: Uint8Array.of(0, 4, 0, 1, 9),
    atMs: 1_700_000_000_123.4567,
  });
  const view = new DataView(record.buffer);
  assertEquals([view.getUint32(0), view.getUint32(4)], [1_700_000_000, 123_457]);
  assertEquals([view.getUint32(8), view.getUint32(12)], [33, 33]);
  const packet = record.subarray(16);
  assertEquals([...packet.subarray(12, 20)], [10, 0, 0, 1, 10, 0, 0, 2]);
  assertEquals([...packet.subarray(20, 26)], [0, 69, 4000 >> 8, 4000 & 0xff, 0, 13]);
  assertEquals([...packet.subarray(28)], [0, 4, 0, 1, 9]);
  assertEquals(folded(packet.subarray(0, 20)), 0xffff);
  const pseudo = [...packet.subarray(12, 20), 0, 17, 0, 13, ...packet.subarray(20)];
  assertEquals(folded(Uint8Array.from(pseudo)), 0xffff);
});

Deno.test("pcapRecord makes an IPv6 packet, also of the largest datagram", () => {
  const record = pcapRecord({
    from: { hostname: "fe80::1%eth0", port: 1 },
    to: { hostname: "2001:db8::2", port: 2 },
    payload: new Uint8Array(65468),
    atMs: 0,
  });
  const packet = record.subarray(16);
  assertEquals([packet.length, packet[0]! >> 4, packet[6]], [40 + 8 + 65468, 6, 17]);
  assertEquals([...packet.subarray(8, 10), packet[23]], [0xfe, 0x80, 1]);
  const length = [0, 0, 0xff, 0xc4];
  const pseudo = [...packet.subarray(8, 40), ...length, 0, 0, 0, 17, ...packet.subarray(40)];
  assertEquals(folded(Uint8Array.from(pseudo)), 0xffff);
});

Deno.test("pcapRecord puts zeros for an address that is not known", () => {
  const to = { hostname: "::1", port: 2 };
  const record = pcapRecord({ from: BOUND, to, payload: new Uint8Array(4), atMs: 0 });
  assertEquals([...record.subarray(16 + 8, 16 + 24)], Array<number>(16).fill(0));
});

Deno.test("ipBytes reads every spelling of an address and nothing else", () => {
  assertEquals([...ipBytes("192.0.2.1")!], [192, 0, 2, 1]);
  assertEquals([...ipBytes("::ffff:192.0.2.1")!], [192, 0, 2, 1]);
  assertEquals([...ipBytes("::")!], Array<number>(16).fill(0));
  assertEquals([...ipBytes("1:2:3:4:5:6:7:8")!].filter((_, at) => at % 2), [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
  ]);
  assertEquals(ipBytes("2001:DB8::10%3")?.[15], 16);
  for (const text of ["", "1.2.3", "1.2.3.256", "host", ":::", "1::2::3", "1:2:3:4:5:6:7", "g::"]) {
    assertEquals(ipBytes(text), undefined, text);
  }
});

Deno.test("localAddressFor finds the address that a peer sees", () => {
  const own = [
    { address: "127.0.0.1", cidr: "127.0.0.1/8" },
    { address: "192.0.2.2", cidr: "192.0.2.2/24" },
    { address: "10.1.0.9", cidr: "10.1.0.9/16" },
    { address: "fe80::9", cidr: "fe80::9/64" },
  ];
  const seenBy = (hostname: string, bound = BOUND) =>
    localAddressFor({ hostname, port: 69 }, bound, own).hostname;
  assertEquals(seenBy("10.1.2.3"), "10.1.0.9");
  assertEquals(seenBy("8.8.8.8"), "192.0.2.2");
  assertEquals(seenBy("127.0.0.5"), "127.0.0.1");
  assertEquals(seenBy("::ffff:10.1.2.3", { hostname: "::", port: 5000 }), "10.1.0.9");
  assertEquals(seenBy("fe80::1", { hostname: "::", port: 5000 }), "fe80::9");
  assertEquals(seenBy("10.1.2.3", { hostname: "192.0.2.2", port: 1 }), "192.0.2.2");
  assertEquals(localAddressFor({ hostname: "10.1.2.3", port: 1 }, BOUND, []), BOUND);
  assert(seenBy("no address") === "0.0.0.0");
});
