import { assertEquals, assertThrows } from "@std/assert";
import { parseGlob } from "../../src/made/glob.ts";
import { hexOf, Hosts, macIn, macOf, parseArp } from "../../src/made/hosts.ts";
import {
  type PlaceName,
  placesIn,
  renderTemplate,
  UnknownFactError,
} from "../../src/made/template.ts";

const FACTS: Partial<Record<PlaceName, string>> = {
  "ip": "10.0.0.7",
  "ip.hex": "0A000007",
  "mac": "02:00:5e:10:00:01",
};

function rendered(text: string): string {
  return renderTemplate(text, (place) => FACTS[place]);
}

Deno.test("renderTemplate() puts in what is known", () => {
  assertEquals(rendered("ip={ip} {ip.hex}/{mac}"), "ip=10.0.0.7 0A000007/02:00:5e:10:00:01");
});

Deno.test("renderTemplate() leaves alone what is no place", () => {
  for (
    const text of ["${ip} ${net0/mac}", "menuentry 'x' {\n}", '{"ip": 1}', "{ ip }", "{IP}", "{}"]
  ) {
    assertEquals(rendered(text), text);
  }
  assertEquals(rendered("{{ip}} is {ip}"), "{ip} is 10.0.0.7");
});

Deno.test("renderTemplate() puts in no place of what it has put in", () => {
  assertEquals(renderTemplate("{name}", () => "{ip} $& ${ip}"), "{ip} $& ${ip}");
});

Deno.test("renderTemplate() refuses what it does not know, and says where", () => {
  assertThrows(() => rendered("a\nb {constructor}"), SyntaxError, "line 2: {constructor} is not");
  assertThrows(() => placesIn("{ip.constructor}"), SyntaxError, "line 1");
  assertThrows(() => rendered("{hostname}"), UnknownFactError, "{hostname} is not known");
});

Deno.test("placesIn() returns the placeholders of a template", () => {
  assertEquals(placesIn("{mac} ${ip} {{name}} {ip.hex}"), ["mac", "ip.hex"]);
});

Deno.test("parseGlob() matches as shells do", () => {
  const matching: Record<string, [yes: string[], no: string[]]> = {
    "*.cfg": [["a.cfg", "x/y/a.cfg", ".cfg"], ["a.cfg.bak", "acfg"]],
    "pxelinux.cfg/*": [["pxelinux.cfg/default"], ["pxelinux.cfg/a/b", "x/pxelinux.cfg/a"]],
    "boot/**/*.ipxe": [["boot/a.ipxe", "boot/x/y/a.ipxe"], ["a.ipxe"]],
    "**": [["a", "a/b"], []],
    "a?c": [["abc", "x/a+c"], ["ac", "a/c"]],
    "/a+(b).cfg": [["a+(b).cfg"], ["aab.cfg"]],
  };
  for (const [pattern, [yes, no]] of Object.entries(matching)) {
    const matches = parseGlob(pattern);
    assertEquals(yes.filter((name) => !matches(name, false)), [], pattern);
    assertEquals(no.filter((name) => matches(name, false)), [], pattern);
  }
  assertEquals(parseGlob("*.CFG")("a.cfg", true), true);
  assertThrows(() => parseGlob("/"), SyntaxError, "empty");
});

Deno.test("Hosts finds a machine by its address, or by the MAC that the system knows", () => {
  const hosts = new Hosts(`
    # machines of the lab
    02:00:5E:10:00:01 10.0.0.7 kiosk-1   # by the door
    02-00-5e-10-00-02 -        kiosk-2
    -                 2001:db8::7 six
  `);
  assertEquals(hosts.find("10.0.0.7", undefined), { mac: "02:00:5e:10:00:01", name: "kiosk-1" });
  assertEquals(hosts.find("10.0.0.8", "02:00:5e:10:00:02"), {
    mac: "02:00:5e:10:00:02",
    name: "kiosk-2",
  });
  assertEquals(hosts.find("2001:DB8:0::7", undefined), { mac: undefined, name: "six" });
  assertEquals(hosts.find("10.0.0.9", undefined), { mac: undefined, name: undefined });
});

Deno.test("Hosts names the line of a mistake", () => {
  const mistakes: Record<string, string> = {
    "10.0.0.7 02:00:5e:10:00:01": 'line 1: "10.0.0.7" is no MAC',
    "\n- 10.0.0.256": 'line 2: "10.0.0.256" is no IP',
    "- 10.0.0.7 a;b": "line 1: a name has",
    "- 10.0.0.7 a b": "line 1: more than",
    "- 10.0.0.7 a\n- ::ffff:10.0.0.7 b": "line 2: duplicate address",
  };
  for (const [text, complaint] of Object.entries(mistakes)) {
    assertThrows(() => new Hosts(text), SyntaxError, complaint);
  }
});

Deno.test("parseArp() reads the table of Linux, and only what is complete", () => {
  const table = parseArp(
    "IP address       HW type     Flags       HW address            Mask     Device\n" +
      "10.0.0.7         0x1         0x2         02:00:5e:10:00:01     *        eth0\n" +
      "10.0.0.8         0x1         0x0         00:00:00:00:00:00     *        eth0\n",
  );
  assertEquals(macIn(table, "10.0.0.7"), "02:00:5e:10:00:01");
  assertEquals([macIn(table, "10.0.0.8"), table.size], [undefined, 1]);
});

Deno.test("macOf() and hexOf() write what they read in one way", () => {
  assertEquals(["02005E100001", "02-00-5e-10-00-01", "02:00-5e:10:00:01", "x"].map(macOf), [
    "02:00:5e:10:00:01",
    "02:00:5e:10:00:01",
    undefined,
    undefined,
  ]);
  assertEquals(hexOf("192.0.2.91"), "C000025B");
  assertEquals(hexOf("2001:db8::1"), "20010DB8000000000000000000000001");
});
