/** Makes questions: what they have in common, and their time limits. Pure. */

import { type Mode, Opcode, type Option, type RequestPacket } from "../../protocol/mod.ts";
import { type Question, waitFor } from "./question.ts";

/** A name that no server has, so that it must answer with an ERROR. */
export const MISSING_NAME = "tftp-doctor-asks-for-what-is-not-there";

/** Names that many servers have, tried where no FILE is given. */
export const COMMON_NAMES: readonly string[] = [
  "pxelinux.0",
  "undionly.kpxe",
  "ipxe.efi",
  "snponly.efi",
  "bootx64.efi",
  "grubx64.efi",
];

/** How long to wait for answers, and how often to repeat a question. */
export interface Patience {
  readonly waitMs: number;
  readonly times: number;
}

/**
 * Limits until the round trip and the loss are known: some servers start a process first, and a
 * system takes three seconds to say that it finds no such host.
 */
export const FIRST_PATIENCE: Patience = { waitMs: 1100, times: 3 };

/** Limits for a path that is known: `lossy` where datagrams were lost. */
export function patienceFor(roundTripMs: number, lossy: boolean): Patience {
  return { waitMs: Math.min(1000, Math.max(250, 8 * roundTripMs)), times: lossy ? 5 : 3 };
}

/** A request to read. */
export function rrq(
  filename: string,
  options: Readonly<Record<string, number | string>> = {},
  mode: Mode = "octet",
): RequestPacket {
  return { opcode: Opcode.RRQ, filename, mode, options: optionList(options) };
}

/** A request to write. */
export function wrq(filename: string): RequestPacket {
  return { opcode: Opcode.WRQ, filename, mode: "octet", options: [] };
}

function optionList(options: Readonly<Record<string, number | string>>): Option[] {
  return Object.entries(options).map(([name, value]) => ({ name, value: String(value) }));
}

/** How long a request is repeated before the doctor gives up. */
export function patienceMs(patience: Patience): number {
  const waits = Array.from({ length: patience.times }, (_, before) => waitFor(patience, before));
  return waits.reduce((sum, ms) => sum + ms, 0);
}

/** Asks for the answer only. */
export function only(request: RequestPacket, patience: Patience): Question {
  return { request, blocks: 0, ...patience, mostMs: patienceMs(patience) + 500 };
}
