/**
 * The output of `tftp status`: figures, running transfers and the last that ended, as lines for a
 * terminal. Pure: the status goes in, text comes out, never wider than the terminal.
 */

import type { EndedTransfer, RunningRow, StatusDocument } from "../../watch/status.ts";
import { byteCount, duration, humanSize, printable } from "./format.ts";

/** The size of the terminal. */
export interface Screen {
  readonly width: number;
  readonly rows: number;
}

const MAX_NAME = 40;
const BAR = 12;

/** The lines; without a terminal, as many as there are rows to show. */
export function statusLines(status: StatusDocument, { width, rows }: Screen): string[] {
  const head = [...headLines(status), ""];
  const running = runningLines(status);
  const ended = endedLines(status.ended);
  const room = Math.max(4, rows - head.length - 1);
  // The last that ended keep some room, however many run.
  const forEnded = Math.min(
    ended.length,
    Math.max(Math.floor(room / 3), room - running.length - 1),
  );
  const lines = [
    ...head,
    ...shortened(running, room - forEnded - 1),
    "",
    ...ended.slice(0, forEnded),
  ];
  return lines.map((line) => [...line].slice(0, width).join("").trimEnd()).slice(0, rows);
}

function headLines({ version, listening, state, now, totals, history }: StatusDocument): string[] {
  const { get, put } = totals;
  const both = (key: keyof typeof get) => get[key] + put[key];
  const failed = both("failed") + both("refused");
  const doing = state === "ending" ? ", ending" : "";
  const waiting = now.waiting > 0 ? `, ${now.waiting} requests waiting` : "";
  return [
    `tftp ${printable(version)} on ${listening.map(printable).join(", ")}${doing}`,
    `${now.transfers} running for ${counted(now.clients, "client")}, ` +
    `${humanSize(now.bytesPerSecond)}/s, loss ${lossOf(history)}${waiting}`,
    `${both("done")} done, ${failed} failed or refused, ${humanSize(both("bytes"))} in total`,
  ];
}

/** The share of packets that were retransmitted in the last minute. */
function lossOf({ stepMs, blocks, retransmits }: StatusDocument["history"]): string {
  const steps = Math.ceil(60_000 / stepMs);
  const sum = (list: readonly number[]) => list.slice(-steps).reduce((all, one) => all + one, 0);
  const again = sum(retransmits);
  const sent = sum(blocks) + again;
  return sent === 0 ? "–" : `${(again * 100 / sent).toFixed(1)} %`;
}

function runningLines({ running, now }: StatusDocument): string[] {
  if (running.length === 0) return ["No transfer is running."];
  const table = columns(
    ["CLIENT", "FILE", "PROGRESS", "RATE", "LEFT", "REPEATS"],
    running.map(runningCells),
  );
  const hidden = now.transfers - running.length;
  return hidden > 0 ? [...table, `(${hidden} more)`] : table;
}

function runningCells(row: RunningRow): string[] {
  const { bytes, size, bytesPerSecond: rate } = row;
  const share = size === undefined || size === 0 ? undefined : Math.min(1, bytes / size);
  const filled = Math.floor((share ?? 0) * BAR);
  const bar = share === undefined
    ? humanSize(bytes)
    : `[${"#".repeat(filled)}${"-".repeat(BAR - filled)}] ${Math.floor(share * 100)}%`;
  const left = size === undefined || rate === 0 ? "–" : duration((size - bytes) * 1000 / rate);
  return [
    printable(row.client),
    name(row.file),
    bar,
    `${humanSize(rate)}/s`,
    left,
    `${row.retransmits}`,
  ];
}

function endedLines(ended: readonly EndedTransfer[]): string[] {
  if (ended.length === 0) return ["No requests yet."];
  return columns(["UTC", "CLIENT", "FILE", "RESULT", ""], ended.map(endedCells));
}

function endedCells(row: EndedTransfer): string[] {
  const { result = "", bytes = 0, durationMs = 0, note, hint } = row;
  const words = result === "done" ? [`${byteCount(bytes)} in ${duration(durationMs)}`] : [];
  if (note !== undefined) words.push(printable(note));
  if (hint !== undefined) words.push(`did you mean ${printable(hint)}?`);
  return [
    row.time.slice(11, 19),
    printable(row.client ?? ""),
    name(row.file ?? ""),
    printable(result),
    words.join("; "),
  ];
}

/** A file name with control characters escaped, cut to leave room. */
function name(file: string): string {
  const text = [...printable(file)];
  return text.length <= MAX_NAME ? text.join("") : `${text.slice(0, MAX_NAME - 1).join("")}…`;
}

/** Rows under their titles, with columns as wide as needed. */
function columns(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [titles, ...rows];
  const widths = titles.map((_, at) => Math.max(...all.map((row) => [...(row[at] ?? "")].length)));
  return all.map((row) =>
    row.map((text, at) => text + " ".repeat(widths[at]! - [...text].length)).join("  ").trimEnd()
  );
}

function shortened(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  const kept = Math.max(1, most - 1);
  return [...lines.slice(0, kept), `(${lines.length - kept} more)`];
}

function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what : `${what}s`}`;
}
