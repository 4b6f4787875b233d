import { assertEquals, assertThrows } from "@std/assert";
import { admits, admitsWriting, OPEN_ACCESS } from "../../src/server/access_list.ts";
import { contains, formatBytes, parseAddress, parseCidr } from "../../src/server/cidr.ts";

/** A network, an address, and whether it lies inside. */
const CASES: readonly [network: string, address: string, inside: boolean][] = [
  ["192.0.2.0/24", "192.0.2.255", true],
  ["192.0.2.0/24", "192.0.3.0", false],
  ["192.0.2.128/25", "192.0.2.127", false],
  ["192.0.2.128/25", "192.0.2.128", true],
  ["10.0.0.0/8", "::ffff:10.1.2.3", true],
  ["0.0.0.0/0", "203.0.113.1", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["192.0.2.7", "192.0.2.7", true],
  ["192.0.2.7", "192.0.2.8", false],
  ["::1", "::1", true],
  ["::/0", "2001:db8::1", true],
  ["::/0", "192.0.2.1", false],
  ["2001:db8::/33", "2001:db8:7fff::1", true],
  ["2001:db8::/33", "2001:db8:8000::1", false],
  ["fe80::/10", "fe80::1%eth0", true],
];

Deno.test("contains tells what lies inside a network", () => {
  for (const [network, address, inside] of CASES) {
    assertEquals(contains(parseCidr(network), parseAddress(address)!), inside, network + address);
  }
});

Deno.test("parseCidr refuses what is no network, and says what may have been meant", () => {
  const wrong = ["", "here", "192.0.2", "192.0.2.0/33", "1.2.3.4/24/5", "01.2.3.4", "256.1.1.1"];
  const bad6 = [":::", "1::2::3", "::/129", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::x"];
  for (const text of [...wrong, ...bad6, "192.0.2.0/", "192.0.2.0/+8"]) {
    assertThrows(() => parseCidr(text), SyntaxError, undefined, text);
  }
  assertThrows(() => parseCidr("192.0.2.9/24"), SyntaxError, "did you mean 192.0.2.0/24?");
});

Deno.test("parseAddress reads every way to write an address", () => {
  const written = ["2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "2001:db8::0.0.0.1"];
  for (const text of written) {
    assertEquals(formatBytes(parseAddress(text)!), "2001:db8:0:0:0:0:0:1");
  }
  assertEquals(parseAddress("::ffff:192.0.2.1"), [192, 0, 2, 1]);
  assertEquals(parseAddress("localhost"), undefined);
});

Deno.test("admits lets deny win over allow, and everybody in without a list", () => {
  const rules = {
    ...OPEN_ACCESS,
    allow: [parseCidr("10.0.0.0/8"), parseCidr("::1")],
    deny: [parseCidr("10.9.0.0/16")],
  };
  const seen = ["10.1.0.1", "10.9.0.1", "11.0.0.1", "::1", "::2", "nobody"].map((address) =>
    admits(rules, address)
  );
  assertEquals(seen, [true, false, false, true, false, false]);
  assertEquals(admits(OPEN_ACCESS, "nobody"), true);
});

Deno.test("admitsWriting asks for more than admits does", () => {
  const rules = {
    ...OPEN_ACCESS,
    deny: [parseCidr("10.0.0.5")],
    allowWrite: [parseCidr("10.0.0.0/8")],
  };
  const seen = ["10.0.0.1", "10.0.0.5", "11.0.0.1"].map((address) => admitsWriting(rules, address));
  assertEquals(seen, [true, false, false]);
  assertEquals(admitsWriting(OPEN_ACCESS, "11.0.0.1"), true);
});
