import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Finding, worst } from "../../src/doctor/finding.ts";
import { marksOf } from "../../src/doctor/marks.ts";
import { only, rrq } from "../../src/doctor/server/requests.ts";
import { Bounds } from "../../src/doctor/server/bounds.ts";
import { Conversation } from "../../src/doctor/server/conversation.ts";
import { judgeMissing } from "../../src/doctor/server/errors.ts";
import { judgeNetascii } from "../../src/doctor/server/netascii.ts";
import { judgePath, measure } from "../../src/doctor/server/path.ts";
import { identify } from "../../src/doctor/server/program.ts";
import type { Seen, TestResult } from "../../src/doctor/server/question.ts";
import { judgeReach, silentAddress } from "../../src/doctor/server/reach.ts";
import { judgeRepeats } from "../../src/doctor/server/repeats.ts";
import { judgeSizes, passageOf, SizeSearch } from "../../src/doctor/server/sizes.ts";
import { verdictOn } from "../../src/doctor/server/verdict.ts";
import { bestWindow, judgeWindows, windowToAsk } from "../../src/doctor/server/windows.ts";
import { judgeWrap } from "../../src/doctor/server/wrap.ts";

const SERVER = { hostname: "192.0.2.1", port: 69 };
const QUESTION = only(rrq("f"), { waitMs: 1000, times: 1 });

/** What would be seen of a server, of which nothing was seen but this. */
function seen(of: Partial<Seen>): Seen {
  return { ...new Conversation(QUESTION, SERVER).seen, ...of };
}

function grades(findings: readonly Finding[]): string[] {
  return findings.map(({ check, grade }) => `${check}: ${grade}`);
}

const OACK = { kind: "OACK", options: [{ name: "blksize", value: "1468" }], padding: 0 } as const;

/** Searches on a path that carries payloads up to `most` bytes; returns the sizes tried. */
function searched(most: number, granted = 65464): { search: SizeSearch; tried: number[] } {
  const search = new SizeSearch();
  const tried: number[] = [];
  for (let size = search.next(); size !== undefined; size = search.next()) {
    tried.push(size);
    const blksize = Math.min(size, granted);
    const passes = blksize <= most;
    search.note(size, passes ? "through" : "lost", seen({ answer: OACK, blksize }));
  }
  return { search, tried };
}

Deno.test("SizeSearch asks once where the largest size gets through", () => {
  assertEquals(searched(65464).tried, [65464]);
});

Deno.test("SizeSearch stops at a frame of Ethernet where fragments get lost", () => {
  const { search, tried } = searched(1468);
  assertEquals(search.through, 1468);
  assertEquals(tried.slice(0, 2), [65464, 1468]);
  assertEquals(grades(judgeSizes(search, undefined)), ["largest block: note"]);
});

Deno.test("SizeSearch finds a smaller limit to four bytes, in few questions", () => {
  for (const most of [996, 1390, 600, 64, 8]) {
    const { search, tried } = searched(most);
    assertEquals(most - search.through < 4 && search.through <= most, true, `${most}`);
    assertEquals(tried.length <= 14, true, tried.join());
    assertEquals(grades(judgeSizes(search, undefined)), ["largest block: fault"]);
  }
});

Deno.test("SizeSearch takes what the server grants for the most there is", () => {
  const { search, tried } = searched(65464, 1024);
  assertEquals([search.through, search.granted, tried], [1024, 1024, [65464]]);
  assertStringIncludes(judgeSizes(search, undefined)[0]!.seen, "the most that the server grants");
});

Deno.test("passageOf tells a lost block from a short file", () => {
  assertEquals(passageOf(seen({ answer: OACK, blksize: 9, blocks: 1, bytes: 9 })), "through");
  assertEquals(passageOf(seen({ answer: OACK, ending: "stalled" })), "lost");
  assertEquals(passageOf(seen({ answer: OACK, blocks: 1, bytes: 5, whole: true })), "unclear");
});

Deno.test("bestWindow tells bursts that overflow from loss that hits everything", () => {
  const window = (windowsize: number, expected: number, lost: number) =>
    seen({ windowsize, expected, lost, windows: 6, wholeWindows: lost > 0 ? 3 : 6 });
  assertEquals(bestWindow([window(64, 384, 0)]), 64);
  const burst = [window(64, 384, 150), window(16, 192, 0), window(4, 160, 0)];
  assertEquals([bestWindow(burst), windowToAsk(burst)], [16, 16]);
  assertEquals(grades(judgeWindows(burst)), ["largest window: warning"]);
  const plain = [window(64, 384, 5), window(16, 192, 2), window(4, 160, 2)];
  assertEquals([bestWindow(plain), windowToAsk(plain)], [64, 32]);
});

Deno.test("measure counts a question's two datagrams and a block's one", () => {
  const rounds = [
    ...Array(98).fill(0).map((_, at) => seen({ answer: OACK, answerMs: at })),
    seen({}),
    seen({}),
  ];
  const path = measure(rounds, [seen({ expected: 300, lost: 3, late: 2 })]);
  assertEquals(path.loss, 5 / 500);
  assertEquals(path.roundTripMs, { least: 0, median: 49, most: 97 });
  assertEquals(grades(judgePath(path)), ["round trip: note", "loss: warning", "order: note"]);
});

Deno.test("judgeRepeats counts copies that only a repeated ACK causes", () => {
  const tests = (echo: number, wait: number): TestResult[] =>
    [2, 4, 6].flatMap((at) => [
      { at, test: "echo", copies: echo },
      { at: at + 1, test: "wait", copies: wait },
    ]);
  const of = (echo: number, wait: number) =>
    grades(judgeRepeats(seen({ tests: tests(echo, wait) }), undefined));
  assertEquals(of(1, 1), ["repeated ACK: good"]);
  assertEquals(of(2, 1), ["repeated ACK: fault"]);
  assertEquals(of(2, 2), ["repeated ACK: good"]);
});

Deno.test("judgeRepeats grades how long a repeat takes", () => {
  const held = (againMs?: number) => {
    const again = againMs === undefined ? {} : { againMs };
    const tests: TestResult[] = [{ at: 1, test: "hold", copies: 2, ...again }];
    return grades(judgeRepeats(undefined, seen({ tests })));
  };
  assertEquals([held(900), held(3000), held(5000), held()].flat(), [
    "repeat: good",
    "repeat: note",
    "repeat: warning",
    "repeat: warning",
  ]);
});

Deno.test("judgeRepeats reports how a stranger is answered", () => {
  const stranger = (told?: TestResult["told"], blocks = 4) => {
    const tests: TestResult[] = [{ at: 1, test: "stranger", copies: 1, ...(told ? { told } : {}) }];
    return judgeRepeats(seen({ tests, blocks }), undefined).map(({ grade }) => grade);
  };
  assertEquals([stranger(5), stranger("ICMP"), stranger(), stranger(5, 1)].flat(), [
    "good",
    "note",
    "note",
    "fault",
  ]);
});

Deno.test("judgeMissing judges the ERROR about a missing file", () => {
  const error = (code: number, text: string) =>
    ({ kind: "ERROR", code, text, ended: true }) as const;
  assertEquals(grades(judgeMissing(seen({ answer: error(1, "no") }), true)), [
    "missing file: good",
  ]);
  assertEquals(grades(judgeMissing(seen({ answer: error(0, "no") }), true)), [
    "missing file: warning",
  ]);
  assertEquals(grades(judgeMissing(seen({ answer: { kind: "DATA" } }), true)), [
    "missing file: fault",
  ]);
  assertEquals(grades(judgeMissing(seen({}), true)), ["missing file: warning"]);
});

Deno.test("judgeReach tells ports of transfers, and not of ERRORs", () => {
  const of = (from: number, kind: "DATA" | "ERROR") => {
    const answer = kind === "DATA"
      ? { kind } as const
      : { kind, code: 1, text: "", ended: true } as const;
    const one = seen({ answer, from: { ...SERVER, port: from }, asked: 1, answerMs: 1 });
    return grades(judgeReach({ asked: SERVER, seen: [one], hearsIcmp: false }));
  };
  assertEquals(of(69, "ERROR"), ["answer: good"]);
  assertEquals(of(69, "DATA"), ["answer: good", "port: note"]);
  assertEquals(of(4001, "DATA"), ["answer: good", "port: good"]);
});

Deno.test("silentAddress names the address that is silent and the one that is not", () => {
  const { grade, seen } = silentAddress({ hostname: "2001:db8::1", port: 69 }, SERVER);
  assertEquals([grade, seen], [
    "warning",
    "nothing answers at [2001:db8::1]:69, another address of the name; 192.0.2.1:69 does",
  ]);
});

Deno.test("judgeReach tells a closed port from a host that is not there", () => {
  const advice = (closed: boolean) => {
    const one = seen({ unreachable: { message: "x", closed }, ending: "unreachable" });
    return judgeReach({ asked: SERVER, seen: [one], hearsIcmp: true })[0]!.advice!;
  };
  assertStringIncludes(advice(true), "start the");
  assertStringIncludes(advice(false), "check the address");
});

Deno.test("judgeNetascii compares the two modes of a file", () => {
  const bytes = (text: string) =>
    seen({ head: new TextEncoder().encode(text), answer: { kind: "DATA" } });
  const of = (octet: string, netascii: string) =>
    judgeNetascii(bytes(octet), bytes(netascii)).map(({ grade }) => grade);
  assertEquals(of("a\nb", "a\r\nb"), ["good"]);
  assertEquals(of("a\nb", "a\nb"), ["fault"]);
  assertEquals(of("a\rb\n", "a\rb\r\n"), ["warning"]);
  assertEquals(of("ab", "ab"), ["good"]);
});

Deno.test("judgeWrap tells what follows block 65535", () => {
  const of = (more: Partial<Seen>) => judgeWrap(seen(more)).map(({ grade }) => grade);
  assertEquals(of({ rollover: 0, blocks: 65545 }), ["good"]);
  assertEquals(of({ rollover: 1, blocks: 65545 }), ["note"]);
  assertEquals(of({ blocks: 65535, ending: "stalled" }), ["fault"]);
  assertEquals(of({ blocks: 40000, ending: "stalled" }), ["warning"]);
});

Deno.test("identify names no program without evidence", () => {
  assertEquals(identify({ missing: undefined, options: [] }), { name: "unknown", signs: [] });
});

Deno.test("marksOf gives each RFC the worst of its grades", () => {
  const finding = (clause: string, grade: Finding["grade"]): Finding => ({
    ...{ topic: "options", check: "x", seen: "x", grade, clause },
  });
  const findings = [
    finding("RFC 2348", "good"),
    finding("RFC 2348", "warning"),
    finding("RFC 1350 §4, RFC 764", "note"),
    finding("no RFC", "fault"),
  ];
  assertEquals(marksOf(findings), [
    { rfc: "RFC 764", grade: "note" },
    { rfc: "RFC 1350", grade: "note" },
    { rfc: "RFC 2348", grade: "warning" },
  ]);
  assertEquals([worst(findings), worst([])], ["fault", "good"]);
});

Deno.test("verdictOn writes the command as a shell takes it", () => {
  const facts = {
    ...{ host: "2001:db8::1", port: 6969, file: "it's here", told: true, answered: true },
    ...{ served: true, options: true, best: { blksize: 1428, windowsize: 1 }, findings: [] },
    ...{ path: undefined, breaksOptions: false },
  };
  assertEquals(
    verdictOn(facts).command,
    `tftp get --blksize 1428 [2001:db8::1]:6969 'it'\\''s here'`,
  );
  assertMatch(verdictOn({ ...facts, file: undefined, told: false }).sentences[1]!, /name a FILE/);
});

Deno.test("Bounds are reached by datagrams sent or bytes taken", () => {
  const bounds = new Bounds({ datagrams: 2, bytes: 100 });
  bounds.noteSent(10);
  assertEquals(bounds.reached, false);
  bounds.noteSent(10);
  assertEquals(bounds.reached, true);
  const other = new Bounds({ datagrams: 2, bytes: 100 });
  other.noteReceived(100);
  assertEquals(other.reached, true);
});
