/**
 * Draws the progress at the bottom of a terminal, on stderr, a few times a second. A timer does it,
 * so a transfer never waits for a terminal.
 */

import { callAfter } from "../../net/deno/call_after.ts";
import { Meter, type Moving, progressLines } from "../text/progress.ts";

/** Time between two updates. */
const FRAME_MS = 200;

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

/** The line of one transfer. */
export interface Tracker {
  onProgress(bytes: number, size: number | undefined): void;
  end(): void;
}

export class ProgressDisplay {
  readonly #moving = new Set<
    { name: string; bytes: number; size: number | undefined; meter: Meter }
  >();
  readonly #encoder = new TextEncoder();
  #stop: (() => void) | undefined;
  #drawn: readonly string[] = [];
  #turn = 0;
  /** Files that have not started. */
  waiting = 0;

  /** A transfer starts. */
  track(name: string): Tracker {
    const moving = {
      name,
      bytes: 0,
      size: undefined as number | undefined,
      meter: new Meter(),
    };
    this.#moving.add(moving);
    if (this.#stop === undefined) this.#nextFrame();
    return {
      onProgress: (bytes, size) => {
        moving.bytes = bytes;
        moving.size = size;
      },
      end: () => this.#moving.delete(moving),
    };
  }

  /** Prints something above the progress. */
  above(print: () => void): void {
    this.#erase();
    print();
  }

  /** Removes the progress and shows the cursor again. */
  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#erase();
  }

  #nextFrame(): void {
    this.#stop = callAfter(FRAME_MS, () => {
      this.#nextFrame();
      this.#draw();
    });
  }

  #draw(): void {
    if (this.#moving.size === 0) return this.#erase();
    const { columns, rows } = terminalSize();
    // The last column stays free: some terminals break the line there.
    const width = Math.max(1, columns - 1);
    const nowMs = performance.now();
    const moving: Moving[] = [...this.#moving].map(({ name, bytes, size, meter }) => {
      meter.note(bytes, nowMs);
      return { name, bytes, size, rate: meter.rate };
    });
    const lines = progressLines(moving, {
      width,
      rows: rows - 1,
      turn: this.#turn++,
      waiting: this.waiting,
    });
    this.#write(this.#eraser() + HIDE_CURSOR + lines.join("\n"));
    this.#drawn = lines;
  }

  #erase(): void {
    if (this.#drawn.length === 0) return;
    this.#write(this.#eraser() + SHOW_CURSOR);
    this.#drawn = [];
  }

  /** Erases the last output, which may take more rows if the terminal is narrower now. */
  #eraser(): string {
    if (this.#drawn.length === 0) return "";
    const { columns } = terminalSize();
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)),
      0,
    );
    return `\r${rows > 1 ? `\x1b[${rows - 1}A` : ""}\x1b[J`;
  }

  #write(text: string): void {
    const bytes = this.#encoder.encode(text);
    try {
      for (let written = 0; written < bytes.length;) {
        written += Deno.stderr.writeSync(bytes.subarray(written));
      }
    } catch {
      // A terminal that is gone must not stop a transfer.
      this.#drawn = [];
    }
  }
}

/** The size of the terminal; 80 by 24 where there is none. */
function terminalSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // No terminal: --progress=always uses the usual size.
  }
  return { columns: 80, rows: 24 };
}
