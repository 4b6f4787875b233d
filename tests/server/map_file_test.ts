import { assertEquals, assertThrows } from "@std/assert";
import { TftpError } from "../../src/protocol/mod.ts";
import { MapFile } from "../../src/server/map_file.ts";

/** Rules, a name, and what it becomes; an outcome with "!" is a refusal with that message. */
const CASES: readonly [rules: string, name: string, outcome: string][] = [
  ["rg \\\\ /", "\\Boot\\BCD", "/Boot/BCD"],
  ["r ^/", "/abc", "abc"],
  ["ri ^BOOT/ X/", "boot/abc", "X/abc"],
  ["r a b\nr b c", "abc", "cbc"],
  ["re a b\nr b c", "abc", "bbc"],
  ["rs a b\nr b c", "abc", "cbc"],
  ["r x y\nrs a b\nr b c", "xab", "ycb"],
  ["r b c\nrs a b", "aa", "cc"],
  ["e ^a\nr a b", "abc", "abc"],
  ["~e ^b\nr a b", "abc", "abc"],
  ["~s ^a\nr a b", "abc", "bbc"],
  ["a ^bad", "badname", "!Access violation"],
  ["a ^bad.*$ not\\ for\\ you", "badname", "!not for you"],
  ["~a ^good", "bad", "!Access violation"],
  ["~a ^good", "good", "good"],
  ["rG a b", "abc", "bbc"],
  ["rP a b", "abc", "abc"],
  ["r4 a b", "abc", "bbc"],
  ["r6 a b", "abc", "abc"],
  ["r ^(.*)-(.*)$ \\2-\\1", "one-two", "two-one"],
  ["r ^(.*)$ \\Uq\\1\\Lq\\1\\Eq\\1", "aBc", "QABCqabcqaBc"],
  ["r ^(.*)$ \\i", "abc", "192.0.2.169"],
  ["r ^(.*)$ \\x-\\0", "abc", "C00002A9-abc"],
  ["r a|ab X", "ab", "X"],
  ["r (a|ab)(c|bcd)(d*) [\\1][\\2][\\3]", "abcd", "[ab][c][d]"],
  ["r (a*)(ab)*(b*) <\\1><\\2><\\3>", "abb", "<a><><bb>"],
  ["r ((a)|b)* <\\1\\2>", "ab", "<ba>"],
  ["r (x)? [\\1]", "a", "[]a"],
  ["r [[:digit:]]+ N", "a123b45", "aNb45"],
  ["rg [[:digit:]] N", "a12", "aNN"],
  ["r []a]+ Y", "]a", "Y"],
  ["r [a-c-]+ Y", "a-b", "Y"],
  ["r [^/]+$ index", "a/b", "a/index"],
  ["r a{2} b", "aaa", "ba"],
  ["r a{1,2}$ b", "aaa", "ab"],
  ["r \\.pxe$ .bin", "x.pxe", "x.bin"],
  ["r a\\ b a_b", "a b", "a_b"],
  ["r a a\\#b # a comment", "a", "a#b"],
  ["r \\<b Y", "a b", "a Y"],
  ["r ^([^.]*)\\.(.*)$ \\2/\\1", "a.b.c", "b.c/a"],
  ["r (a)(b)(c)(d)(e)(f)(g)(h)(i)(j) \\9\\10", "abcdefghij", "ia0"],
  ["# a comment\n\n  r a b\r\n", "abc", "bbc"],
  ["rg a aa", "a", "!Access violation"],
  ["s ^a", "abc", "!Access violation"],
  ["r .$ x", "na\udcff", "nax"],
  ["r ^na bo", "na\udcff", "bo\udcff"],
];

Deno.test("MapFile.rewrite() does what in.tftpd does", () => {
  for (const [rules, name, outcome] of CASES) {
    const map = new MapFile(rules, "map");
    const asking = { direction: "get", client: "192.0.2.169" } as const;
    if (outcome.startsWith("!")) {
      assertThrows(() => map.rewrite(name, asking), TftpError, outcome.slice(1), rules);
    } else {
      assertEquals(map.rewrite(name, asking), outcome, rules);
    }
  }
});

Deno.test("MapFile.rewrite() tells uploads and IPv6 from the rest", () => {
  const map = new MapFile("rP a p\nr6 b \\x", "map");
  const client = "2001:db8::1";
  assertEquals(
    map.rewrite("ab", { direction: "put", client }),
    "p20010DB8000000000000000000000001",
  );
});

/** A line that is no rule, and what is said of it. */
const BAD: readonly [line: string, complaint: string][] = [
  ["rz a b", '"z" is not an operation'],
  ["r", "the regular expression is missing"],
  ["r # none", "the regular expression is missing"],
  ["r~ a b", '"r" and "~" cannot be combined'],
  ["r (a b", '"(" without ")"'],
  ["r [a b", '"[" without "]"'],
  ["r *a b", '"*" has nothing to repeat'],
  ["r a{3,2} b", "is not a repeat count"],
  ["r [z-a] b", "is reversed"],
  ["r [[:nope:]] b", "is not a character class"],
  ["r (a)\\1 b", "back-references are not supported"],
  ["r a\\", "a backslash at the end"],
];

Deno.test("MapFile refuses a bad rule and names its line", () => {
  for (const [line, complaint] of BAD) {
    const error = assertThrows(() => new MapFile(`# fine\n${line}\n`, "my.map"), SyntaxError);
    assertEquals(error.message.startsWith("my.map, line 2: "), true, error.message);
    assertEquals(error.message.includes(complaint), true, error.message);
  }
});

/** Rules, names made to stall them, and whether these are refused. */
const STALLING: readonly [rules: string, name: string, refused: boolean][] = [
  ["r ^((a+)+)+$ x\nr ((a|aa)*b)+c y", "a".repeat(80) + "!", false],
  ["r ^((a+)+)+$ x\nr ((a|aa)*b)+c y", "a".repeat(300) + "!", true],
  ["r ((a*)*(b*)*)*c x", "ab".repeat(2000), true],
  // The name grows with each step, and each step takes longer.
  ["rg ^x|[^/]*$ \\0\\x", "name", true],
];

Deno.test("MapFile.rewrite() takes bounded time for a name made to stall it", () => {
  const asking = { direction: "get", client: "192.0.2.1" } as const;
  for (const [rules, name, refused] of STALLING) {
    const map = new MapFile(rules, "map");
    const begun = performance.now();
    if (refused) assertThrows(() => map.rewrite(name, asking), TftpError, "Access violation");
    else assertEquals(map.rewrite(name, asking), name);
    // Backtracking would take longer than the age of the universe.
    assertEquals(performance.now() - begun < 5000, true, rules);
  }
});
