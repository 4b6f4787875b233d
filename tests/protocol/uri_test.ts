import { assertEquals, assertThrows } from "@std/assert";
import { parseTftpUri, type TftpUri } from "../../src/protocol/uri.ts";

const GOOD: readonly [string, TftpUri][] = [
  ["tftp://example.com/boot.cfg", { host: "example.com", filename: "boot.cfg" }],
  // The two examples of RFC 3617.
  ["tftp://example.com/myconfigurationfile;mode=netascii", {
    host: "example.com",
    filename: "myconfigurationfile",
    mode: "netascii",
  }],
  ["tftp://example.com/mystartupfile", { host: "example.com", filename: "mystartupfile" }],
  ["TFTP://Example.com/A", { host: "Example.com", filename: "A" }],
  ["tftp://192.0.2.1:6969/a/b", { host: "192.0.2.1", port: 6969, filename: "a/b" }],
  ["tftp://h:1/a", { host: "h", port: 1, filename: "a" }],
  ["tftp://h:65535/a", { host: "h", port: 65535, filename: "a" }],
  ["tftp://h:/a", { host: "h", filename: "a" }],
  ["tftp://[2001:db8::1]/a", { host: "2001:db8::1", filename: "a" }],
  ["tftp://[::1]:69/a", { host: "::1", port: 69, filename: "a" }],
  ["tftp://[::ffff:192.0.2.1]/a", { host: "::ffff:192.0.2.1", filename: "a" }],
  ["tftp://[fe80::1%25eth0]/a", { host: "fe80::1%eth0", filename: "a" }],
  ["tftp://[fe80::1%eth0]/a", { host: "fe80::1%eth0", filename: "a" }],
  ["tftp://[fe80::1%25]/a", { host: "fe80::1%25", filename: "a" }],
  ["tftp://h//etc/a", { host: "h", filename: "/etc/a" }],
  ["tftp://h/", { host: "h", filename: "" }],
  ["tftp://h", { host: "h", filename: "" }],
  ["tftp://h/a%20b%2Fc", { host: "h", filename: "a b/c" }],
  ["tftp://h/%C3%BC", { host: "h", filename: "\u00fc" }],
  ["tftp://h/a b?c#d", { host: "h", filename: "a b?c#d" }],
  ["tftp://h/a;MODE=OCTET", { host: "h", filename: "a", mode: "octet" }],
  ["tftp://h/a%3Bmode=octet", { host: "h", filename: "a;mode=octet" }],
  ["tftp://h/a;b;mode=octet", { host: "h", filename: "a;b", mode: "octet" }],
  // Names are bytes: one that is no UTF-8 keeps its byte.
  ["tftp://h/name%FF", { host: "h", filename: "name\udcff" }],
];

const BAD: readonly [string, string][] = [
  ["", "not of the form"],
  ["boot.cfg", "not of the form"],
  ["http://h/a", "not of the form"],
  ["tftp:/h/a", "not of the form"],
  ["tftp:///a", "not of the form"],
  ["tftp://user@h/a", "not of the form"],
  ["tftp://2001:db8::1/a", "not of the form"],
  ["tftp://[2001:db8::1/a", "not of the form"],
  ["tftp://[name]/a", "not of the form"],
  ["tftp://h:port/a", "not of the form"],
  ["tftp://h:0/a", "Port 0"],
  ["tftp://h:65536/a", "Port 65536"],
  ["tftp://h/a;mode=mail", '"mail"'],
  ["tftp://h/a;mode=", "neither octet nor netascii"],
  ["tftp://h/100%", "two hexadecimal digits"],
  ["tftp://h/%zz", "two hexadecimal digits"],
];

Deno.test("parseTftpUri() reads host, port, name and mode", () => {
  for (const [text, uri] of GOOD) assertEquals(parseTftpUri(text), uri, text);
});

Deno.test("parseTftpUri() says what is wrong with a text", () => {
  for (const [text, words] of BAD) assertThrows(() => parseTftpUri(text), SyntaxError, words);
});
