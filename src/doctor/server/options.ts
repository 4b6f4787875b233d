/** The findings about options. Pure. */

import { confirm, ProtocolError } from "../../protocol/mod.ts";
import type { Finding } from "../finding.ts";
import { only, type Patience, rrq } from "./requests.ts";
import { grantedIn } from "./answer.ts";
import { type Judgement, OPTION_CASES, type OptionCase } from "./option_cases.ts";
import type { Answer, Question, Seen } from "./question.ts";

/** After so many options in a row without an answer, no more are tested. */
export const MOST_SILENT = 2;

/** An option of a request, and the answer. */
export interface OptionSeen {
  readonly asked: OptionCase;
  readonly seen: Seen;
}

export function optionQuestion(
  { name, value, mode }: OptionCase,
  filename: string,
  patience: Patience,
): Question {
  return only(rrq(filename, { [name]: value }, mode ?? "octet"), patience);
}

/** The answer for an option, if it was tested. */
export function seenOf(
  all: readonly OptionSeen[],
  name: string,
  value: number,
  mode: string = "octet",
): Seen | undefined {
  return all.find(({ asked }) =>
    asked.name === name && asked.value === value && (asked.mode ?? "octet") === mode
  )?.seen;
}

/** Of the cases, those of the options that the client asks for unless it is told otherwise. */
const CLIENT_CASES = [["blksize", 1428], ["windowsize", 8], ["tsize", 0]] as const;

/** Whether the server grants this option, with a value that the client accepts. */
export function isGranted(all: readonly OptionSeen[], name: string, value: number): boolean {
  const answer = seenOf(all, name, value)?.answer;
  return grantedIn(answer, name) !== undefined && isAccepted(answer, name, value);
}

/** Whether the client would end a transfer because of an answer to the options it asks for. */
export function breaksOptions(all: readonly OptionSeen[]): boolean {
  return CLIENT_CASES.some(([name, value]) =>
    !isAccepted(seenOf(all, name, value)?.answer, name, value)
  );
}

/** By the rule of the client itself: what is no OACK makes it ask again without options. */
function isAccepted(answer: Answer | undefined, name: string, value: number): boolean {
  if (answer?.kind !== "OACK") return true;
  try {
    confirm([{ name, value: String(value) }], answer.options);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

export function judgeOptions(all: readonly OptionSeen[]): Finding[] {
  const silent = all.length > 0 && all.every(({ seen }) => seen.answer === undefined);
  if (silent) {
    return [{
      ...{ topic: "options", check: "options", grade: "fault", clause: "RFC 2347" },
      seen: "requests with an option get no answer, requests without one do",
      advice: "clients that ask for options wait before they ask without: use --no-options, and " +
        "fix or replace the server",
    }];
  }
  return [...all.map((one) => finding(one, all)), ...padding(all), ...neverAsked(all)];
}

function finding({ asked, seen }: OptionSeen, all: readonly OptionSeen[]): Finding {
  const { name, value, mode, clause } = asked;
  const { grade, answered, advice } = readsCapitals(asked, seen, all) ?? asked.judge(seen);
  const what = `${name} ${value}${mode === undefined ? "" : `, ${mode}`}`;
  return {
    ...{ topic: "options", check: what, grade, clause },
    seen: `${what} was answered: ${answered}`,
    row: { asked: what, answered },
    ...(advice === undefined ? {} : { advice }),
  };
}

/** RFC 2347: names of options are compared without regard to case. */
function readsCapitals(
  { name, value }: OptionCase,
  seen: Seen,
  all: readonly OptionSeen[],
): Judgement | undefined {
  const small = name.toLowerCase();
  if (small === name || grantedIn(seen.answer, name) !== undefined) return undefined;
  if (grantedIn(seenOf(all, small, value)?.answer, small) === undefined) return undefined;
  if (seen.answer?.kind !== "DATA") return undefined;
  return {
    grade: "warning",
    answered: "left out",
    advice: "the RFC has names of options read without regard to case",
  };
}

function padding(all: readonly OptionSeen[]): Finding[] {
  const padded = all.some(({ seen: { answer } }) => answer?.kind === "OACK" && answer.padding > 0);
  if (!padded) return [];
  return [{
    ...{ topic: "options", check: "OACK padding", grade: "warning", clause: "RFC 2347" },
    seen: "its OACK has bytes after the last value",
    advice: "some switches refuse such an answer",
  }];
}

function neverAsked(all: readonly OptionSeen[]): Finding[] {
  const left = OPTION_CASES.length - all.length;
  if (left === 0) return [];
  return [{
    ...{ topic: "options", check: "options", grade: "note" },
    seen: `${left} more options were not asked for, since the last ones got no answer`,
  }];
}
