import { assert, assertEquals, assertThrows } from "@std/assert";
import { OriginUrl, shown } from "../../src/origin/origin_url.ts";
import { TftpError } from "../../src/protocol/mod.ts";
import { Prng } from "../helpers/sim/prng.ts";

const origin = new OriginUrl("https://boot.example/images/");

function codeOf(name: string, from: OriginUrl = origin): number | string {
  try {
    return from.of(name).href;
  } catch (error) {
    if (error instanceof TftpError) return error.code;
    throw error;
  }
}

Deno.test("OriginUrl.of() puts names below the prefix", () => {
  const below = (name: string) =>
    codeOf(name).toString().replace("https://boot.example/images/", "");
  assertEquals(below("pxelinux.0"), "pxelinux.0");
  assertEquals(below("/boot/x86/kernel"), "boot/x86/kernel");
  assertEquals(below("boot\\x86\\kernel"), "boot/x86/kernel");
  assertEquals(below("//evil.example/x"), "evil.example/x");
  assertEquals(below("http://evil.example/x"), "http%3A/evil.example/x");
  assertEquals(below("https:\\\\evil.example\\x"), "https%3A/evil.example/x");
  assertEquals(below("./a/./b"), "a/b");
  assertEquals(below("a b?c#d;e@f:g&h=i+j"), "a%20b%3Fc%23d%3Be%40f%3Ag%26h%3Di%2Bj");
  assertEquals(below("it's (new)*!"), "it%27s%20%28new%29%2A%21");
  assertEquals(below("grün/日本"), "gr%C3%BCn/%E6%97%A5%E6%9C%AC");
  assertEquals(below("100%"), "100%25");
  assertEquals(below("50%zz"), "50%25zz");
  assertEquals(below("..."), "...");
  assertEquals(below("C:\\boot\\a"), "boot/a");
});

Deno.test("OriginUrl.of() refuses names that could lead elsewhere", () => {
  const names = [
    ...["..", "../x", "a/../../x", "a/..", "..\\x", "a\\..\\..\\x", "/.."],
    ...["%2e%2e", "%2e%2e/x", ".%2E", "a/%2e%2e%2fx", "%252e%252e", "%25252e%25252e/x", "%2e"],
    ...["a%2fb", "a%2Fb", "a%5cb", "a%252fb", "a%255Cb", "%2fetc", "%00", "a%0d%0aHost:x"],
    ...["a\nb", "a\rb", "a\tb", "a\x7fb", "a\x01b"],
    ...["", "/", ".", "//", "\\"],
  ];
  for (const name of names) assertEquals(codeOf(name), 2, JSON.stringify(name));
});

Deno.test("OriginUrl.of() unescapes a name only a few times", () => {
  const escapedTimes = (times: number) => `a%${"25".repeat(times - 1)}41`;
  for (let times = 1; times <= 4; times++) {
    const name = escapedTimes(times);
    assertEquals(codeOf(name), `https://boot.example/images/${encodeURIComponent(name)}`);
  }
  for (const times of [5, 6, 1990]) assertEquals(codeOf(escapedTimes(times)), 2, `${times}`);
});

Deno.test("OriginUrl.of() finds no file of a name that is no text", () => {
  for (const name of ["a\uD800", "a\0b", "a\uDC80b", ".tftp-0123456789abcdef.part"]) {
    assertEquals(codeOf(name), 1, JSON.stringify(name));
  }
});

Deno.test("OriginUrl.of() never leaves the prefix, whatever the name", () => {
  const pieces = [
    ...["..", ".", "/", "\\", "//", "%2e", "%2E", "%2f", "%5c", "%25", "%252e", "%252f", "%00"],
    ...["http:", "https://", "@", "?", "#", ";", ":", "&", "=", " ", "\0", "\n", "\t", "\x7f"],
    ...["é", "\uD800", "\uDCFF", "\u202e", "\uff0e", "\u2215", "a", "b", "C:", "evil.example"],
    ...["\u2024", "[::1]", "%", "%u002e", "%c0%ae", "~", "$", "{", "|", "^", "`", '"', "<"],
  ];
  const origins = [
    origin,
    new OriginUrl("http://127.0.0.1:8080"),
    new OriginUrl("https://h.example/a%20b/c;d/?token=s3cret"),
    new OriginUrl("https://user:pw@h.example/x"),
  ];
  const prng = new Prng(14);
  let given = 0;
  for (let run = 0; run < 40_000; run++) {
    const name = Array.from({ length: prng.int(1, 9) }, () => prng.pick(pieces)).join("");
    const from = prng.pick(origins);
    const answer = codeOf(name, from);
    if (typeof answer === "number") continue;
    given++;
    const url = new URL(answer);
    const told = JSON.stringify(name);
    assertEquals(url.origin, from.base.origin, told);
    assertEquals(url.username + url.password + url.hash, "", told);
    assert(answer.startsWith(from.base.href), told);
    const [path, query] = answer.slice(from.base.href.length).split("?");
    assertEquals(query, from === origins[2] ? "token=s3cret" : undefined, told);
    assertStaysBelow(path!, told);
  }
  assert(given > 5000, `only ${given} names were no refusal`);
});

/** However often somebody unescapes it. */
function assertStaysBelow(path: string, told: string): void {
  const steps = path.split("/");
  let now = path;
  for (let round = 0; round < 8; round++) {
    assertEquals(now.split(/[/\\]/).length, steps.length, told);
    assertEquals(now.split("/").filter((step) => /^\.{0,2}$/.test(step)), [], told);
    now = now.replace(
      /%([0-9a-f]{2})/gi,
      (_, digits) => String.fromCharCode(parseInt(digits, 16)),
    );
  }
}

Deno.test("OriginUrl keeps user, password and query out of what is shown", () => {
  const secret = new OriginUrl("https://us%20er:p%40ss@h.example/x?sig=s3cret");
  assertEquals(`${secret}`, "https://h.example/x/");
  assertEquals(secret.of("a").href, "https://h.example/x/a?sig=s3cret");
  assertEquals(shown(secret.of("a")), "https://h.example/x/a");
  assertEquals(secret.authorization, `Basic ${btoa("us er:p@ss")}`);
  assertEquals(origin.authorization, undefined);
});

Deno.test("OriginUrl refuses what is no prefix, and does not repeat it", () => {
  for (const text of ["boot.example", "ftp://h/x", "file:///etc/", "https://h/#part", "http://"]) {
    const error = assertThrows(() => new OriginUrl(text), TypeError);
    assert(!error.message.includes("etc") && !error.message.includes("boot.example"));
  }
});
