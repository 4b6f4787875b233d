import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { TftpError } from "../../src/protocol/mod.ts";
import { Effort } from "../../src/server/ere_match.ts";
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
  ["rg ab b", "aab", "b"],
  ["rg aab|ba b", "aaba", "b"],
  ["rg (a|x)(b|y) \\2", "axaby", "by"],
  ["rg ^a|xb b", "aaxb", "bab"],
  ["rg xy|yz -", "xxyyz", "x--"],
  ["rg ()b a", "abb", "aaa"],
  ["ri [[:upper:]_]+ -", "1aB_c", "1-"],
  ["ri [^A-B]+ -", "abCd", "ab-"],
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

/** The five kinds of rules that most maps have. */
const COMMON = "rgi \\\\ /\nrg // /\nr ^/\nr ^[^/] /tftpboot/\\0\na \\.pvt$";

/** Rules, names made to stall them, and what these become; undefined if they are refused. */
const STALLING: readonly [rules: string, name: string, outcome: string | undefined][] = [
  ["r ^((a+)+)+$ x\nr ((a|aa)*b)+c y", "a".repeat(80) + "!", "a".repeat(80) + "!"],
  ["r ^((a+)+)+$ x\nr ((a|aa)*b)+c y", "a".repeat(300) + "!", "a".repeat(300) + "!"],
  ["r ((a*)*(b*)*)*c x", "ab".repeat(2000), "ab".repeat(2000)],
  ["r ((a*)*(b*)*)*$ x", "ab".repeat(2000), undefined],
  // The name grows with each step, and each step takes longer.
  ["rg ^x|[^/]*$ \\0\\x", "name", undefined],
  ["rg \\\\ /", "\\".repeat(500), "/".repeat(500)],
  ["rg \\\\ /", "a\\".repeat(1900), undefined],
  [COMMON, "a\\".repeat(1000), "/tftpboot/" + "a/".repeat(1000)],
  [COMMON, "a\\".repeat(1900), undefined],
  ["rg [A-Z] \\L\\0", "A".repeat(1000), "a".repeat(1000)],
  ["rg [A-Z]+ _", "A ".repeat(1000), undefined],
  ["rg \\.([^.]*)\\. _\\1_", "a.".repeat(1000), undefined],
  ["rgi ([A-Z]+)x y", "aB".repeat(1000) + "x".repeat(500), "y"],
  ["r [^/]+$ index", "a".repeat(4000) + "/", "a".repeat(4000) + "/"],
];

Deno.test("MapFile.rewrite() takes bounded time for a name made to stall it", () => {
  for (const [rules, name, outcome] of STALLING) {
    const map = new MapFile(rules, "map");
    // The shortest of three: other programs use the machine too.
    const tries = Array.from({ length: 3 }, () => measure(map, name));
    assertEquals(tries[0]!.made, outcome, rules);
    assertEquals(tries[0]!.looks <= 55_000, true, `${rules}: ${tries[0]!.looks}`);
    const ms = Math.min(...tries.map((one) => one.ms));
    assertEquals(ms < 100, true, `${rules}: ${ms} ms`);
  }
});

/** Names of the length that file systems allow, for rules of maps that people use. */
const LONG: readonly [rules: string, name: string, outcome: string][] = [
  [COMMON, "\\abcdefg".repeat(31), "/tftpboot/" + "abcdefg/".repeat(30) + "abcdefg"],
  [
    "r ^([^.]*)\\.(.*)$ \\2/\\1",
    "a".repeat(126) + "." + "b".repeat(128),
    `${"b".repeat(128)}/${"a".repeat(126)}`,
  ],
  ["r ^([^/]*/)*([^/]+)$ x/\\2", "a/".repeat(125) + "file", "x/file"],
  ["rg [^a-z_]+ _", "a-".repeat(127), "a_".repeat(127)],
  [
    Array.from({ length: 50 }, (_, at) => `r (.*)\\.pxe${at}$ \\1.bin`).join("\n"),
    "a".repeat(250) + ".pxe7",
    "a".repeat(250) + ".bin",
  ],
  [
    Array.from({ length: 500 }, (_, at) => `r (.*)\\.pxe${at}$ \\1.bin`).join("\n"),
    "a".repeat(250) + ".pxe499",
    "a".repeat(250) + ".bin",
  ],
];

Deno.test("MapFile.rewrite() has time for long names", () => {
  for (const [rules, name, outcome] of LONG) {
    assertEquals(measure(new MapFile(rules, "map"), name).made, outcome, rules);
  }
});

/** What a name becomes, and what that takes. */
function measure(map: MapFile, name: string) {
  const counted = { looks: 0 };
  const { spend } = Effort.prototype;
  Effort.prototype.spend = function (looks: number) {
    counted.looks += looks;
    spend.call(this, looks);
  };
  const begun = performance.now();
  try {
    const made = rewriteOrRefuse(map, name);
    return { made, looks: counted.looks, ms: performance.now() - begun };
  } finally {
    Effort.prototype.spend = spend;
  }
}

function rewriteOrRefuse(map: MapFile, name: string): string | undefined {
  try {
    return map.rewrite(name, { direction: "get", client: "192.0.2.1" });
  } catch (error) {
    assertInstanceOf(error, TftpError);
    return undefined;
  }
}
