/** The client's reports about its transfers. Pure: values in, text out. */

import type { Agreement } from "../../protocol/mod.ts";
import type { Step, Summary } from "../../mod.ts";
import { adviceFor, type Attempt, reasonOf } from "./advice.ts";
import {
  byteCount,
  duration,
  fileSize,
  grouped,
  hostPort,
  quoted,
  rate,
  resent,
} from "./format.ts";
import type { Ending } from "../commands/job.ts";

/**
 * The line of a complete transfer, such as `got "pxelinux.0": 42,431 bytes in 0.02 s (2.12 MB/s)`,
 * with retransmissions, if there were any.
 *
 * `local` is the local path or name, shown when it differs from the remote one.
 */
export function completionLine(summary: Summary, local: string): string {
  const [verb, from, to] = summary.direction === "get"
    ? ["got", summary.filename, local]
    : ["sent", local, summary.filename];
  const source = from === "-" ? "standard input" : quoted(from);
  const target = to === "-" ? " to standard output" : ` as ${quoted(to)}`;
  const side = summary.direction === "put" ? "asking sender" : "asking receiver";
  const figures = [
    bytesAndTime(summary),
    ...resent(summary.retransmits, side),
    ...receivedAgain(summary),
  ];
  return `${verb} ${source}${from === to ? "" : target}: ${figures.join(", ")}${remarks(summary)}`;
}

/** What the network or the server has duplicated, and what was lost on the way. */
function receivedAgain({ duplicates, gaps }: Summary): string[] {
  const counted = (count: number, one: string, many: string) =>
    count === 0 ? [] : [`${grouped(count)} ${count === 1 ? one : many}`];
  return [
    ...counted(duplicates, "block received twice", "blocks received twice"),
    ...counted(gaps, "gap", "gaps"),
  ];
}

/** `42,431 bytes in 0.02 s (2.12 MB/s)`. */
export function bytesAndTime({ bytes, elapsedMs }: Pick<Summary, "bytes" | "elapsedMs">): string {
  const speed = rate(bytes, elapsedMs);
  return `${fileSize(bytes)} in ${duration(elapsedMs)}${speed === undefined ? "" : ` (${speed})`}`;
}

/** The granted options; the size is shown already. */
export function grantedOptions({ granted }: Agreement): string {
  const told = granted.filter(({ name }) => name.toLowerCase() !== "tsize");
  if (told.length === 0) return "no options";
  return told.map(({ name, value }) => `${name.toLowerCase()} ${value}`).join(", ");
}

/** With -v: the agreed values, and the port that the other side chose. */
export function agreementLine({ peer, agreement }: Summary): string {
  const parts = [`peer ${peer}`, `blksize ${agreement.blksize}`];
  parts.push(`windowsize ${agreement.windowsize}`);
  if (agreement.timeoutMs !== undefined) parts.push(`timeout ${agreement.timeoutMs / 1000} s`);
  if (agreement.tsize !== undefined) parts.push(`tsize ${agreement.tsize}`);
  return `  ${parts.join(", ")}`;
}

/** With -v: a step of the negotiation. */
export function stepLine(filename: string, step: Step): string {
  switch (step.kind) {
    case "ask": {
      const asked = step.options.map(({ name, value }) => ` ${name}=${value}`).join("");
      return `  asking ${step.peer} for ${quoted(filename)}:${asked || " no options"}`;
    }
    case "fall back":
      return `  ${quoted(filename)}: the server took no options (${reasonOf(step.reason)})`;
    case "shrink":
      return `  ${quoted(filename)}: no block gets through; trying blocks of ` +
        byteCount(step.blksize);
  }
}

/** A warning about a transfer that succeeded. */
export function warningLine(filename: string, warning: string): string {
  return `tftp: warning: ${quoted(filename)} ${warning}`;
}

/** After several files: the totals for stdout, and for stderr which files failed, and why. */
export function summaryLines(
  endings: readonly Ending[],
  { planned, elapsedMs }: { planned: number; elapsedMs: number },
): { done: string[]; failed: string[] } {
  const moved = endings.flatMap((ending) => ending.moved ? [ending.moved.summary] : []);
  const bytes = moved.reduce((sum, summary) => sum + summary.bytes, 0);
  const speed = rate(bytes, elapsedMs);
  const figures = `${fileSize(bytes)} in ${duration(elapsedMs)}${speed ? ` (${speed})` : ""}`;
  const failed = endings.flatMap(({ job, error, moved }) =>
    moved ? [] : [`  ${quoted(job.remote.filename)}: ${reasonOf(error).split("\n")[0]}`]
  );
  const untouched = planned - endings.length;
  if (untouched > 0) failed.push(`  ${untouched} not started`);
  const bad = planned - moved.length;
  return {
    done: [`${moved.length} of ${planned} files: ${figures}`],
    failed: bad === 0 ? [] : [`tftp: ${bad} of ${planned} files failed:`, ...failed],
  };
}

/**
 * A failed transfer: one line with file, server and reason, then the next step if there is useful
 * advice.
 */
export function failureLines(filename: string, error: unknown, attempt: Attempt): string[] {
  // A local error is a complete sentence, and the server has no part in it.
  const advice = adviceFor(error, { ...attempt, filename });
  const next = advice === undefined ? [] : [`  ${advice}`];
  if (error instanceof Error && error.name === "LocalFileError") {
    return [...errorLines(error), ...next];
  }
  const { direction, host, port } = attempt;
  const server = hostPort(host, port);
  const doing = direction === "get"
    ? `cannot get ${quoted(filename)} from ${server}`
    : `cannot put ${quoted(filename)} on ${server}`;
  return [`tftp: ${doing}: ${reasonOf(error)}`, ...next];
}

/** An error outside any transfer. */
export function errorLines(error: unknown): string[] {
  const [first = "", ...rest] = reasonOf(error).split("\n");
  return [
    `tftp: ${first.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`,
    ...rest.map((line) => `  ${line}`),
  ];
}

function remarks({ fellBack, note }: Summary): string {
  const parts = fellBack ? ["the server took no options, so plain RFC 1350 was used"] : [];
  if (note !== undefined) parts.push(note);
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}
