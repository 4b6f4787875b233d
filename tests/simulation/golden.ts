/** Measures what the golden table holds. */

import { offer } from "../../src/protocol/mod.ts";
import { QUIET, type Scenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";

export const WINDOWSIZES = [1, 4, 16, 32, 64];
export const LOSS_PERCENTS = [0, 0.1, 1, 5];
export const DELAYS_MS = [0, 1, 10, 50];
export const DIRECTIONS = ["get", "put"] as const;

/** Fast enough for loss and delay to decide, slow enough for every datagram to take time. */
const BYTES_PER_MS = 12_500;
const SIZE = 1 << 20;
const BLKSIZE = 1428;
/** Each cell is the mean of this many seeds. */
const SEEDS = 5;

/** The table, line by line: a head, then one line per direction, windowsize and loss. */
export function measureMatrix(): string[] {
  const head = DELAYS_MS.map((delayMs) => `${delayMs} ms`.padStart(17)).join("");
  const lines = DIRECTIONS.flatMap((direction) =>
    WINDOWSIZES.flatMap((windowsize) =>
      LOSS_PERCENTS.map((lossPercent) => {
        const cells = DELAYS_MS.map((delayMs) =>
          measureCell({ direction, windowsize, lossPercent, delayMs })
        );
        return lineOf([direction, `w${windowsize}`, `${lossPercent} %`], cells.join(""));
      })
    )
  );
  return [lineOf(["", "", "loss"], head), ...lines];
}

function lineOf([direction, window, loss]: readonly string[], cells: string): string {
  return `${direction!.padEnd(3)} ${window!.padStart(3)} ${loss!.padStart(5)}${cells}`;
}

/** The golden file's text. */
export function formatMatrix(lines: readonly string[]): string {
  return [
    "/**",
    " * What a transfer of 1 MiB at blksize 1428 costs between our two ends over 100 Mbit/s: a",
    " * line per direction, windowsize and loss each way, a column per one-way delay; in each cell",
    " * virtual milliseconds and DATA packets sent per block, both the mean of five seeds.",
    " *",
    " * Written by `deno task sim --golden`; a change here is a change of policy.",
    " */",
    "",
    "export const GOLDEN_MATRIX: readonly string[] = [",
    ...lines.map((line) => `  ${JSON.stringify(line)},`),
    "];",
    "",
  ].join("\n");
}

interface Cell {
  readonly direction: "get" | "put";
  readonly windowsize: number;
  readonly lossPercent: number;
  readonly delayMs: number;
}

function measureCell(cell: Cell): string {
  let ms = 0;
  let data = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = simulate(scenarioOf(cell, seed));
    if (report.violations.length > 0 || report.ending !== "whole") {
      throw new Error(`${JSON.stringify(cell)}: ${report.ending} ${report.violations[0] ?? ""}`);
    }
    ms += report.elapsedMs;
    data += report.data / report.blocks;
  }
  return (ms / SEEDS).toFixed(1).padStart(10) + (data / SEEDS).toFixed(4).padStart(7);
}

function scenarioOf({ direction, windowsize, lossPercent, delayMs }: Cell, seed: number): Scenario {
  const link = { delayMs, loss: lossPercent / 100, bytesPerMs: BYTES_PER_MS };
  const tsize = direction === "get" ? 0 : SIZE;
  return {
    ...QUIET,
    seed,
    direction,
    size: SIZE,
    options: offer({ blksize: BLKSIZE, windowsize, tsize }),
    toServer: link,
    toClient: link,
    calmAtMs: lossPercent === 0 ? 0 : 1e9,
    // Patient, so that no unlucky opening makes a cell one of plain RFC 1350.
    patient: true,
  };
}
