import { assertEquals } from "@std/assert";
import type { Grade } from "../../src/doctor/finding.ts";
import { OPTION_CASES } from "../../src/doctor/server/option_cases.ts";
import { breaksOptions, isGranted, judgeOptions } from "../../src/doctor/server/options.ts";
import type { Answer, Seen } from "../../src/doctor/server/question.ts";
import { Conversation } from "../../src/doctor/server/conversation.ts";
import { only, rrq } from "../../src/doctor/server/requests.ts";

const QUESTION = only(rrq("f"), { waitMs: 1000, times: 1 });

/** What would be seen with this answer. */
function seenWith(answer: Answer | undefined): Seen {
  const { answer: _, ...seen } =
    new Conversation(QUESTION, { hostname: "192.0.2.1", port: 69 }).seen;
  return answer === undefined ? seen : { ...seen, answer };
}

function oack(name: string, value: string): Answer {
  return { kind: "OACK", options: [{ name, value }], padding: 0 };
}

const DATA: Answer = { kind: "DATA" };
const ERROR_8: Answer = { kind: "ERROR", code: 8, text: "no", ended: true };

const CASES: readonly [asked: string, answer: Answer | undefined, grade: Grade, says: string][] = [
  ["blksize 1428", oack("blksize", "1428"), "good", "1428"],
  ["blksize 1428", oack("blksize", "1024"), "good", "1024"],
  ["blksize 1428", oack("blksize", "1429"), "fault", "1429"],
  ["blksize 1428", oack("blksize", "7"), "fault", "7"],
  ["blksize 1428", oack("blksize", "-5"), "fault", "-5"],
  ["blksize 1428", DATA, "note", "left out"],
  ["blksize 1428", ERROR_8, "warning", "ERROR 8"],
  ["blksize 1428", undefined, "fault", "no answer"],
  ["blksize 1428", oack("tsize", "9"), "fault", "tsize=9, which was not asked for"],
  ["blksize 7", oack("blksize", "7"), "warning", "7, which the RFC does not allow"],
  ["blksize 7", DATA, "good", "left out"],
  ["blksize 7", ERROR_8, "good", "ERROR 8"],
  ["blksize 65465", oack("blksize", "65464"), "note", "65464"],
  ["blksize 65465", oack("blksize", "65465"), "warning", "65465, which the RFC does not allow"],
  ["BLKSIZE 1428", oack("blksize", "1428"), "good", "1428"],
  ["windowsize 8", oack("windowsize", "9"), "fault", "9"],
  ["windowsize 8", DATA, "note", "left out"],
  ["windowsize 0", oack("windowsize", "0"), "warning", "0, which the RFC does not allow"],
  ["tsize 0", oack("tsize", "42"), "good", "42"],
  ["tsize 0", DATA, "note", "left out"],
  ["timeout 3", oack("timeout", "3"), "good", "3"],
  ["timeout 3", oack("timeout", "5"), "fault", "5"],
  ["timeout 3", DATA, "good", "left out"],
  ["timeout 256", oack("timeout", "256"), "warning", "256, which the RFC does not allow"],
  ["x-doctor 1", DATA, "good", "left out"],
  ["x-doctor 1", oack("x-doctor", "1"), "fault", "1"],
  ["x-doctor 1", ERROR_8, "fault", "ERROR 8"],
];

Deno.test("OPTION_CASES judge every kind of answer by the RFCs", () => {
  for (const [asked, answer, grade, says] of CASES) {
    const row = OPTION_CASES.find(({ name, value, mode }) =>
      mode === undefined && `${name} ${value}` === asked
    )!;
    const judged = row.judge(seenWith(answer));
    assertEquals([asked, judged.grade, judged.answered], [asked, grade, says]);
  }
});

Deno.test("judgeOptions says once that options get no answer", () => {
  const [asked] = OPTION_CASES;
  const findings = judgeOptions([{ asked: asked!, seen: seenWith(undefined) }]);
  assertEquals(findings.map(({ grade, seen }) => [grade, seen]), [
    ["fault", "requests with an option get no answer, requests without one do"],
  ]);
});

Deno.test("judgeOptions tells of bytes behind the last value", () => {
  const asked = OPTION_CASES[0]!;
  const answer: Answer = { ...oack("blksize", "1428") as Answer & { kind: "OACK" }, padding: 2 };
  const checks = judgeOptions([{ asked, seen: seenWith(answer) }]).map(({ check }) => check);
  assertEquals(checks, ["blksize 1428", "OACK padding", "options"]);
});

Deno.test("breaksOptions() and isGranted() judge an answer as the client does", () => {
  for (
    const [what, answer, granted, breaks] of [
      ["blksize 1428", oack("blksize", "1024"), true, false],
      ["blksize 1428", oack("blksize", "1528"), false, true],
      ["blksize 1428", oack("blksize", "large"), false, true],
      ["windowsize 8", oack("windowsize", "12"), false, true],
      ["tsize 0", oack("tsize", "-1"), false, true],
      ["tsize 0", oack("blksize", "512"), false, true],
      ["windowsize 8", DATA, false, false],
      ["windowsize 8", ERROR_8, false, false],
      ["timeout 3", oack("timeout", "4"), false, false],
    ] as const
  ) {
    const [name, value] = [what.split(" ")[0]!, Number(what.split(" ")[1])];
    const asked = OPTION_CASES.find((one) => one.name === name && one.value === value)!;
    const all = [{ asked, seen: seenWith(answer) }];
    assertEquals([isGranted(all, name, value), breaksOptions(all)], [granted, breaks], what);
  }
});
