/**
 * A transcript of a simulated transfer: a line for every datagram that leaves, with its fate, and
 * for everything else that an end does. Kept short by leaving out the middle.
 */

import { decodePacket, describePacket } from "../../../src/protocol/mod.ts";

const SHOWN_AT_EACH_END = 400;

export class Ladder {
  readonly #lines: string[] = [];

  /** A datagram has left; `fate` says when it arrives, or why it does not. */
  datagram(nowMs: number, way: { from: string; to: string }, bytes: Uint8Array, fate: string) {
    const arrow = way.from.startsWith("client") ? "──▶" : "◀──";
    this.#lines.push(
      `${stamp(nowMs)}  ${way.from} ${arrow} ${way.to}  ${describe(bytes)}  ${fate}`,
    );
  }

  /** An end did something else. */
  note(nowMs: number, who: string, what: string): void {
    this.#lines.push(`${stamp(nowMs)}  ${who} ${what}`);
  }

  toString(): string {
    const lines = this.#lines;
    const hidden = lines.length - 2 * SHOWN_AT_EACH_END;
    if (hidden <= 0) return lines.join("\n");
    return [
      ...lines.slice(0, SHOWN_AT_EACH_END),
      `${" ".repeat(12)}  (${hidden} lines left out)`,
      ...lines.slice(-SHOWN_AT_EACH_END),
    ].join("\n");
  }
}

function stamp(nowMs: number): string {
  return nowMs.toFixed(3).padStart(12);
}

function describe(bytes: Uint8Array): string {
  try {
    return describePacket(decodePacket(bytes));
  } catch {
    return `garbage (${bytes.length} bytes)`;
  }
}
