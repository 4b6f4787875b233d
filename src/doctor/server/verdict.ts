/** The verdict on a server: what is wrong, in plain words, and the command to use. Pure. */

import { count, type Finding } from "../finding.ts";
import type { Verdict } from "../report.ts";
import { percent } from "../format.ts";
import type { PathMeasures } from "./path.ts";

/** The facts that the verdict depends on. */
export interface Facts {
  readonly host: string;
  readonly port: number;
  readonly file: string | undefined;
  /** Whether the user named the file. */
  readonly told: boolean;
  readonly answered: boolean;
  /** Whether blocks of the file came. */
  readonly served: boolean;
  /** Whether any option was granted. */
  readonly options: boolean;
  /** Whether the client ends a transfer because of the server's answer to its options. */
  readonly breaksOptions: boolean;
  readonly best: { readonly blksize: number; readonly windowsize: number } | undefined;
  readonly findings: readonly Finding[];
  readonly path: PathMeasures | undefined;
}

/** Above this, the verdict mentions the loss first. */
const LOSS_SAID = 0.002;
/** How many warnings the verdict repeats. */
const MOST_WARNINGS = 3;

export function verdictOn(facts: Facts): Verdict {
  const { findings, answered, file, told, served } = facts;
  const fault = (check: string) =>
    findings.find((finding) => finding.check === check && finding.grade === "fault");
  const source = fault("source address");
  if (!answered) {
    if (source !== undefined) return bad("protocol", ["The server can't be used.", say(source)]);
    const silence = fault("answer");
    return bad("no answer", [
      "No server answers.",
      ...(silence === undefined ? [] : [say(silence)]),
    ]);
  }
  const refused = fault("FILE");
  if (refused !== undefined && told) {
    return bad("no file", ["The server answers, but refuses this file.", say(refused)]);
  }
  const faults = findings.filter(({ grade }) => grade === "fault");
  const command = commandFor(facts);
  if (told && !served) {
    return {
      ...bad("protocol", [
        "The server answers, but no block of the file came.",
        ...faults.map(say),
      ]),
      ...(command === undefined ? {} : { command }),
    };
  }
  return {
    outcome: faults.length > 0 ? "protocol" : "fine",
    grade: faults.length > 0 ? "fault" : count(findings, "warning") > 0 ? "warning" : "good",
    sentences: [...judgement(facts, faults), ...lossSentence(facts), ...withoutFile(file)],
    ...(command === undefined ? {} : { command }),
  };
}

function judgement({ findings, breaksOptions }: Facts, faults: readonly Finding[]): string[] {
  const warnings = findings.filter(({ grade }) => grade === "warning");
  if (faults.length > 0) {
    const things = faults.length === 1 ? "one thing is" : `${faults.length} things are`;
    const works = breaksOptions ? "The server works only without options" : "The server works";
    return [`${works}, but ${things} wrong.`, ...faults.map(say)];
  }
  if (warnings.length > 0) {
    const remarks = warnings.length === 1 ? "one warning" : `${warnings.length} warnings`;
    // Loss has a sentence of its own.
    const told = warnings.filter(({ check }) => check !== "loss").slice(0, MOST_WARNINGS);
    return [`The server works, with ${remarks}.`, ...told.map(inOneSentence)];
  }
  return ["The server works; nothing is wrong."];
}

function lossSentence({ path }: Facts): string[] {
  if (path === undefined || path.loss < LOSS_SAID) return [];
  return [
    `The path loses about ${percent(path.loss)} of the datagrams: the windows of the command ` +
    "below keep the delay small.",
  ];
}

function withoutFile(file: string | undefined): string[] {
  if (file !== undefined) return [];
  return [
    "To test options, blocks, windows and repeats too, name a FILE on the server: no server " +
    "answers these without one.",
  ];
}

/** The command that suits this server, without options that were not measured. */
export function commandFor({ host, port, file, best, ...facts }: Facts): string | undefined {
  const where = port === 69 ? host : host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const words = ["tftp get"];
  if (best !== undefined && facts.options && !facts.breaksOptions) {
    words.push(`--blksize ${best.blksize}`);
    if (best.windowsize > 1) words.push(`--windowsize ${best.windowsize}`);
  } else if (best !== undefined) words.push("--no-options");
  return [...words, where, quotedWord(file ?? "FILE")].join(" ");
}

/** A name, quoted for a shell. */
function quotedWord(name: string): string {
  return /^[\w./+:@%=-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function bad(outcome: Verdict["outcome"], sentences: readonly string[]): Verdict {
  return { outcome, grade: "fault", sentences };
}

function inOneSentence({ seen, check, row }: Finding): string {
  return sentence(row === undefined ? seen : `asked for ${check}, it answers ${row.answered}`);
}

/** A finding and what to do, as sentences. */
function say(finding: Finding): string {
  const { advice } = finding;
  const what = inOneSentence(finding);
  return advice === undefined ? what : `${what} ${sentence(advice)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
