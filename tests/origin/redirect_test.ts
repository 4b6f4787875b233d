import { assertEquals } from "@std/assert";
import { mayRedirect } from "../../src/origin/redirect.ts";

const own = new URL("https://boot.example/images/");

function may(to: string, { from = own.href, hosts = [] as string[], base = own } = {}): boolean {
  return mayRedirect(new URL(from), new URL(to), { own: base, hosts }) === undefined;
}

Deno.test("mayRedirect() stays at the origin's host and port", () => {
  assertEquals(may("https://boot.example/elsewhere"), true);
  assertEquals(may("https://boot.example:8443/x"), false);
  assertEquals(may("https://www.boot.example/x"), false);
  assertEquals(may("https://boot.example.evil.example/x"), false);
  assertEquals(may("https://evil.example/boot.example"), false);
  assertEquals(may("https://127.0.0.1/x"), false);
});

Deno.test("mayRedirect() goes from http to https and never back", () => {
  const base = new URL("http://boot.example/images/");
  assertEquals(may("https://boot.example/x", { base, from: base.href }), true);
  assertEquals(may("http://boot.example/x"), false);
  const hosts = ["boot.example:80", "boot.example"];
  assertEquals(may("http://boot.example/x", { hosts }), false);
  const odd = new URL("http://boot.example:8080/");
  assertEquals(may("https://boot.example/x", { base: odd, from: odd.href }), false);
});

Deno.test("mayRedirect() follows to hosts that were named", () => {
  const hosts = ["cdn.example", "other.example:8443", "[2001:db8::1]"];
  assertEquals(may("https://cdn.example/x", { hosts }), true);
  assertEquals(may("https://CDN.example/x", { hosts }), true);
  assertEquals(may("https://cdn.example:8443/x", { hosts }), false);
  assertEquals(may("https://other.example:8443/x", { hosts }), true);
  assertEquals(may("https://other.example/x", { hosts }), false);
  assertEquals(may("https://[2001:db8::1]/x", { hosts }), true);
  assertEquals(may("https://user:pw@cdn.example/x", { hosts }), false);
  assertEquals(may("ftp://cdn.example/x", { hosts }), false);
  assertEquals(may("file:///etc/passwd", { hosts }), false);
});
