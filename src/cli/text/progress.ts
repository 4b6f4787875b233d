/**
 * How far transfers are, as lines for a terminal. Pure: what is known goes in, text comes out,
 * never longer than the terminal is wide.
 *
 *     kernel     45% [#########-----------]  5.40 MB  11.2 MB/s  0:01 left
 *     initrd.gz    / 1.20 MB  2.31 MB/s
 */

import { humanSize, printable } from "./format.ts";

/** A running transfer. */
export interface Moving {
  readonly name: string;
  readonly bytes: number;
  /** Undefined where it is not known. */
  readonly size: number | undefined;
  /** Bytes per second; undefined while it is not known. */
  readonly rate: number | undefined;
}

const SPINNER = ["|", "/", "-", "\\"];
const MAX_NAME_COLUMNS = 24;
const MIN_BAR_COLUMNS = 10;
const MAX_BAR_COLUMNS = 40;

/**
 * The lines of several transfers, and how many files are left. `turn` counts the updates, for the
 * spinner; `rows` is the most lines allowed.
 */
export function progressLines(
  moving: readonly Moving[],
  { width, rows, turn, waiting }: { width: number; rows: number; turn: number; waiting: number },
): string[] {
  const shown = moving.slice(0, Math.max(1, rows - 1));
  const longest = Math.max(...shown.map(({ name }) => columnsOf(printable(name))));
  const lines = shown.map((one) => progressLine(one, { width, turn, nameColumns: longest }));
  const hidden = moving.length - shown.length;
  const rest = [
    ...(hidden > 0 ? [`${hidden} more at work`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
  ];
  if (rest.length > 0) lines.push(`(${rest.join(", ")})`.slice(0, width));
  return lines;
}

/** One transfer. If it does not fit, the bar is left out first, then the time, then the rate. */
export function progressLine(
  moving: Moving,
  { width, turn, nameColumns }: { width: number; turn: number; nameColumns: number },
): string {
  const { bytes, size, rate } = moving;
  const most = Math.min(MAX_NAME_COLUMNS, Math.max(4, Math.floor(width / 3)));
  const name = shortened(printable(moving.name), Math.min(most, nameColumns));
  const figures = [
    humanSize(bytes),
    rate === undefined ? "" : `${humanSize(rate)}/s`,
    timeLeft(moving),
  ].filter((figure) => figure !== "");
  const known = size !== undefined && size > 0;
  const share = known ? Math.min(1, bytes / size) : 0;
  const head = known
    ? `${name} ${String(Math.floor(share * 100)).padStart(3)}%`
    : `${name}   ${SPINNER[turn % SPINNER.length]}`;
  for (let count = figures.length; count >= 0; count--) {
    const tail = figures.slice(0, count).map((figure) => `  ${figure}`).join("");
    const left = width - columnsOf(head) - tail.length;
    if (left < 0) continue;
    // Shrinking figures would make the bar jump, so some columns stay free.
    const columns = Math.min(MAX_BAR_COLUMNS, left - 3 - spare(figures, count));
    if (!known || columns < MIN_BAR_COLUMNS) return head + tail;
    return `${head} ${bar(share, columns)}${tail}`;
  }
  return columnsOf(head) <= width ? head : "~".repeat(Math.min(1, width));
}

/** Columns kept free for figures that grow. */
function spare(figures: readonly string[], count: number): number {
  const wanted = [7, 9, 9].slice(0, count).reduce((sum, columns) => sum + columns, 0);
  const used = figures.slice(0, count).reduce((sum, figure) => sum + figure.length, 0);
  return Math.max(0, wanted - used);
}

function bar(share: number, columns: number): string {
  const done = Math.floor(share * columns);
  return `[${"#".repeat(done)}${"-".repeat(columns - done)}]`;
}

function timeLeft({ bytes, size, rate }: Moving): string {
  if (size === undefined || rate === undefined || rate <= 0 || bytes > size) return "";
  const seconds = Math.ceil((size - bytes) / rate);
  if (seconds >= 360_000) return "";
  const two = (count: number) => String(count).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const clock = hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
  return `${clock} left`;
}

/** A name in exactly so many columns; of a long name, the end says more than the beginning. */
function shortened(name: string, columns: number): string {
  const missing = columns - columnsOf(name);
  if (missing >= 0) return name + " ".repeat(missing);
  const characters = [...name];
  while (characters.length > 0 && 1 + columnsOf(characters.join("")) > columns) characters.shift();
  const end = `~${characters.join("")}`;
  return end + " ".repeat(columns - columnsOf(end));
}

/** Columns on a terminal: none for combining characters, two for wide ones. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    columns += WIDE.test(character) ? 2 : 1;
  }
  return columns;
}

const WIDE = new RegExp(
  "[\\u1100-\\u115f\\u2e80-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f" +
    "\\uff00-\\uff60\\uffe0-\\uffe6\\u{1f300}-\\u{1faff}\\u{20000}-\\u{3fffd}]",
  "u",
);

/** The rate of one transfer, over the last seconds. */
export class Meter {
  readonly #samples: { atMs: number; bytes: number }[] = [];

  note(bytes: number, nowMs: number): void {
    this.#samples.push({ atMs: nowMs, bytes });
    while (this.#samples.length > 2 && nowMs - this.#samples[0]!.atMs > RATE_MS) {
      this.#samples.shift();
    }
  }

  /** Bytes per second; undefined before there are two samples with some time between them. */
  get rate(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < 50) return undefined;
    return (last.bytes - first.bytes) / ((last.atMs - first.atMs) / 1000);
  }
}

const RATE_MS = 3000;
