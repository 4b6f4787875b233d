/** The options to ask a server for, each alone, and what the RFCs say about answers. Pure. */

import type { Mode } from "../../protocol/mod.ts";
import type { Grade } from "../finding.ts";
import { grantedIn } from "./answer.ts";
import type { Seen } from "./question.ts";

/** The judgement of an answer. */
export interface Judgement {
  readonly grade: Grade;
  /** The answer, in a few words. */
  readonly answered: string;
  readonly advice?: string;
}

export interface OptionCase {
  readonly name: string;
  readonly value: number;
  readonly mode?: Mode;
  readonly clause: string;
  judge(seen: Seen): Judgement;
}

const LEFT_OUT = "left out";

/** What the server made of an option: its value, its ERROR, or nothing. */
function outcome(seen: Seen, name: string): { value?: string; error?: number; silent?: true } {
  const { answer } = seen;
  if (answer === undefined) return { silent: true };
  if (answer.kind === "ERROR") return { error: answer.code };
  const value = grantedIn(answer, name);
  return value === undefined ? {} : { value };
}

/** Answers that are wrong for any option. */
function broken(seen: Seen, name: string): Judgement | undefined {
  const { silent } = outcome(seen, name);
  if (silent) {
    return {
      grade: "fault",
      answered: seen.unreachable === undefined ? "no answer" : "refused (ICMP)",
      advice: "RFC 2347: a server leaves an option that it does not support out of its answer; " +
        "clients that ask for this one get no answer",
    };
  }
  const { answer } = seen;
  if (answer?.kind === "garbage") return { grade: "fault", answered: "no packet of TFTP" };
  if (answer?.kind !== "OACK") return undefined;
  const stray = answer.options.find((option) => option.name.toLowerCase() !== name.toLowerCase());
  if (stray === undefined) return undefined;
  return {
    grade: "fault",
    answered: `${stray.name}=${stray.value}, which was not asked for`,
    advice: "RFC 2347: only what was asked may be in the answer; UEFI and others give up then",
  };
}

/** A value that a server may grant, lower, or leave out. */
function within(least: number) {
  return (name: string, asked: number) => (seen: Seen): Judgement => {
    const { value, error } = outcome(seen, name);
    if (error !== undefined) {
      return {
        grade: "warning",
        answered: `ERROR ${error}`,
        advice: "the request is refused where the option could be left out: such clients have " +
          "to ask again without options, and not all do",
      };
    }
    if (value === undefined) return { grade: "note", answered: LEFT_OUT };
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least) return { grade: "fault", answered: value };
    if (number > asked) {
      return {
        grade: "fault",
        answered: value,
        advice: "more than was asked for is not allowed, and a client has to refuse it",
      };
    }
    return { grade: "good", answered: value };
  };
}

/**
 * A value that the RFC does not allow: leaving it out, lowering it or refusing it are all right.
 */
function outside(isValid: (value: number) => boolean) {
  return (name: string) => (seen: Seen): Judgement => {
    const { value, error } = outcome(seen, name);
    if (error !== undefined) return { grade: "good", answered: `ERROR ${error}` };
    if (value === undefined) return { grade: "good", answered: LEFT_OUT };
    if (isValid(Number(value))) return { grade: "note", answered: value };
    return { grade: "warning", answered: `${value}, which the RFC does not allow` };
  };
}

function size(name: string) {
  return (seen: Seen): Judgement => {
    const { value, error } = outcome(seen, name);
    if (error !== undefined) return { grade: "warning", answered: `ERROR ${error}` };
    if (value === undefined) return { grade: "note", answered: LEFT_OUT };
    return { grade: /^\d+$/.test(value) ? "good" : "fault", answered: value };
  };
}

/** The size of a text is not known before its line ends are translated. */
function sizeOfText(name: string) {
  return (seen: Seen): Judgement => {
    const { value, error } = outcome(seen, name);
    if (error !== undefined) {
      return {
        grade: "note",
        answered: `ERROR ${error}`,
        advice: "clients that ask for the size of a text get nothing: let them ask for octet",
      };
    }
    if (value === "0") return { grade: "note", answered: "0, which says nothing" };
    return { grade: "good", answered: value ?? LEFT_OUT };
  };
}

function seconds(name: string, asked: number) {
  return (seen: Seen): Judgement => {
    const { value, error } = outcome(seen, name);
    if (error !== undefined) return { grade: "warning", answered: `ERROR ${error}` };
    if (value === undefined) return { grade: "good", answered: LEFT_OUT };
    return {
      grade: Number(value) === asked ? "good" : "fault",
      answered: value,
      ...(Number(value) === asked ? {} : { advice: "the RFC wants the same value or none" }),
    };
  };
}

function unknown(name: string) {
  return (seen: Seen): Judgement => {
    const { value, error } = outcome(seen, name);
    if (value === undefined && error === undefined) return { grade: "good", answered: LEFT_OUT };
    return {
      grade: "fault",
      answered: error === undefined ? value! : `ERROR ${error}`,
      advice: "an option that a server does not know has to be left out, and the request served",
    };
  };
}

/** In no RFC: the answer shows which program it is. */
function informal(name: string) {
  return (seen: Seen): Judgement => {
    const { value, error } = outcome(seen, name);
    return {
      grade: error === undefined ? "good" : "note",
      answered: error === undefined ? value ?? LEFT_OUT : `ERROR ${error}`,
    };
  };
}

type Rule = (name: string, asked: number) => (seen: Seen) => Judgement;

function row(name: string, value: number, clause: string, rule: Rule, mode?: Mode): OptionCase {
  const judge = rule(name, value);
  return {
    ...{ name, value, clause, ...(mode === undefined ? {} : { mode }) },
    judge: (seen) => broken(seen, name) ?? judge(seen),
  };
}

const BLKSIZE = within(8);
const WINDOWSIZE = within(1);
const NO_BLKSIZE = outside((value) => value >= 8 && value <= 65464);

export const OPTION_CASES: readonly OptionCase[] = [
  row("blksize", 1428, "RFC 2348", BLKSIZE),
  row("blksize", 65464, "RFC 2348", BLKSIZE),
  row("blksize", 65465, "RFC 2348", NO_BLKSIZE),
  row("blksize", 7, "RFC 2348", NO_BLKSIZE),
  row("BLKSIZE", 1428, "RFC 2347", BLKSIZE),
  row("windowsize", 8, "RFC 7440 §3", WINDOWSIZE),
  row("windowsize", 65535, "RFC 7440 §3", WINDOWSIZE),
  row("windowsize", 0, "RFC 7440 §3", outside((value) => value >= 1 && value <= 65535)),
  row("tsize", 0, "RFC 2349", size),
  row("tsize", 0, "RFC 2349", sizeOfText, "netascii"),
  row("timeout", 3, "RFC 2349", seconds),
  row("timeout", 0, "RFC 2349", outside((value) => value >= 1 && value <= 255)),
  row("timeout", 256, "RFC 2349", outside((value) => value >= 1 && value <= 255)),
  row("x-doctor", 1, "RFC 2347", unknown),
  row("blksize2", 2048, "no RFC", informal),
  row("rollover", 0, "no RFC", informal),
];
