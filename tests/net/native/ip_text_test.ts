import { assertEquals } from "@std/assert";
import { ipBytes } from "../../../src/net/ip_address.ts";
import { ipv4Text, ipv4TextOf, ipv6Text, isLinkLocal } from "../../../src/net/native/ip_text.ts";

Deno.test("ipv6Text() writes addresses as RFC 5952 and Deno's sockets do", () => {
  const texts = [
    ...["::", "::1", "1::", "2001:db8::1", "fe80::1:2:3:4", "2001:db8:0:1:1:1:1:1"],
    ...["2001:0:0:1::1", "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", "abcd::ff"],
  ];
  assertEquals(texts.map((text) => ipv6Text(ipBytes(text)!)), texts);
});

Deno.test("ipv6Text() shows IPv4 in IPv6's form with dots", () => {
  const mapped = new Uint8Array(16);
  mapped.set([0xff, 0xff, 10, 0, 200, 1], 10);
  assertEquals(ipv6Text(mapped), "::ffff:10.0.200.1");
  assertEquals(ipv4Text(mapped.subarray(12)), "10.0.200.1");
});

Deno.test("ipv4TextOf() reads an address as it lies in memory", () => {
  for (const text of ["10.0.200.1", "255.255.255.255", "0.0.0.0", "127.0.0.128"]) {
    const bytes = ipBytes(text)!;
    assertEquals(ipv4TextOf(new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)), text);
  }
});

Deno.test("isLinkLocal() is fe80::/10", () => {
  const found = ["fe80::1", "febf::1", "fec0::1", "fe00::1", "2001:db8::1"]
    .map((text) => isLinkLocal(ipBytes(text)!));
  assertEquals(found, [true, true, false, false, false]);
});
