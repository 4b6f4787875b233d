import { assert, assertEquals } from "@std/assert";
import {
  byteCount,
  duration,
  fileSize,
  hostPort,
  humanSize,
  printable,
  quoted,
  rate,
  resent,
} from "../../src/cli/text/format.ts";

Deno.test("byteCount groups digits and counts one as one", () => {
  assertEquals([0, 1, 999, 1000, 42431, 33554432].map(byteCount), [
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1,000 bytes",
    "42,431 bytes",
    "33,554,432 bytes",
  ]);
});

Deno.test("fileSize adds a human size from a megabyte on", () => {
  assertEquals(fileSize(999_999), "999,999 bytes");
  assertEquals(fileSize(33_554_432), "33,554,432 bytes (33.6 MB)");
});

Deno.test("humanSize shows three digits in every unit", () => {
  assertEquals([512, 999, 1000, 9994, 9996, 99_960, 999_499, 999_500, 1.5e9, 2e16].map(humanSize), [
    "512 B",
    "999 B",
    "1.00 kB",
    "9.99 kB",
    "10.0 kB",
    "100 kB",
    "999 kB",
    "1.00 MB",
    "1.50 GB",
    "20000 TB",
  ]);
});

Deno.test("duration grows coarser as time grows", () => {
  assertEquals([0.4, 4, 20, 9990, 12_345, 59_960, 125_000, 7_320_000].map(duration), [
    "0.000 s",
    "0.004 s",
    "0.02 s",
    "9.99 s",
    "12.3 s",
    "1 min 00 s",
    "2 min 05 s",
    "2 h 02 min",
  ]);
});

Deno.test("rate says nothing where there is nothing to divide", () => {
  assertEquals(rate(0, 1000), undefined);
  assertEquals(rate(100, 0), undefined);
  assertEquals(rate(42_431, 20), "2.12 MB/s");
});

Deno.test("resent names what was sent, counts one as one, and tells none", () => {
  assertEquals([0, 1, 1200].map((count) => resent(count, "sender")), [
    [],
    ["1 block retransmitted"],
    ["1,200 blocks retransmitted"],
  ]);
  assertEquals(resent(1, "receiver"), ["1 ACK retransmitted"]);
  assertEquals(resent(2, "asking receiver"), ["2 requests or ACKs retransmitted"]);
});

Deno.test("hostPort puts IPv6 addresses in brackets", () => {
  assertEquals(hostPort("192.0.2.1", 69), "192.0.2.1:69");
  assertEquals(hostPort("::1", 69), "[::1]:69");
});

Deno.test("quoted keeps a name one word of one line", () => {
  assertEquals(quoted("pxelinux.0"), '"pxelinux.0"');
  assertEquals(quoted("Grüße 日本"), '"Grüße 日本"');
  assertEquals(quoted('a" 0 bytes'), '"a\\" 0 bytes"');
  assertEquals(quoted("Boot\\BCD"), '"Boot\\\\BCD"');
  assertEquals(quoted("a\n2026 b\r\t\0"), '"a\\n2026 b\\r\\t\\x00"');
  assertEquals(quoted("\x1b[2Jx\x7f\x9b"), '"\\x1b[2Jx\\x7f\\u{9b}"');
  assertEquals(
    quoted("a\u202eb\u2028c\u200bd\ufeff"),
    '"a\\u{202e}b\\u{2028}c\\u{200b}d\\u{feff}"',
  );
  assertEquals(quoted("name\udcff\ud800"), '"name\\xff\\u{d800}"');
});

Deno.test("quoted escapes every character that is not visible in place", () => {
  for (let code = 0; code < 0x3000; code++) {
    const shown = quoted(String.fromCodePoint(code)).slice(1, -1);
    assert(!/[\p{C}\p{Zl}\p{Zp}]/u.test(shown) || /^\P{Cc}$/u.test(shown), code.toString(16));
    assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown), code.toString(16));
  }
});

Deno.test("printable leaves backslashes and quotes alone", () => {
  assertEquals(printable('C:\\x "y"\n'), 'C:\\x "y"\\n');
});

Deno.test("printable cuts long text and says how much is left", () => {
  assertEquals(printable("a".repeat(200)), "a".repeat(200));
  assertEquals(printable("a".repeat(10_200)), `${"a".repeat(200)}[10,000 more]`);
});
