import { assertEquals } from "@std/assert";
import { udpAddress, withZoneOf } from "../../src/engine/address.ts";

Deno.test("withZoneOf() spells a sender as it was asked, where only one has a zone", () => {
  const cases: readonly (readonly [asked: string, sender: string, shown: string])[] = [
    ["fe80::1%eth0", "fe80::1", "fe80::1%eth0"],
    ["fe80::1", "fe80::1%eth0", "fe80::1"],
    ["fe80::1%eth0", "fe80::1%eth1", "fe80::1%eth1"],
    ["fe80::1%eth0", "fe80::2", "fe80::2"],
    ["fe80::1", "fe80::1", "fe80::1"],
    ["10.0.0.1", "10.0.0.2", "10.0.0.2"],
  ];
  for (const [asked, sender, shown] of cases) {
    const { hostname, port } = withZoneOf(udpAddress(asked, 69), udpAddress(sender, 2070));
    assertEquals([hostname, port], [shown, 2070], `${sender} for ${asked}`);
  }
});
