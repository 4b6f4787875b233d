/** Senders and receivers of small blocks, and what their time lines are made of. */

import {
  type Agreement,
  type DataPacket,
  PLAIN_AGREEMENT,
  type Timing,
} from "../../../src/protocol/mod.ts";
import { Receiver } from "../../../src/protocol/receiver.ts";
import { Sender } from "../../../src/protocol/sender.ts";
import type { ReceiverSettings, SenderSettings } from "../../../src/protocol/transfer_settings.ts";
import { Timeline } from "./timeline.ts";
import { blockOf, data } from "../net/wire.ts";

export const TIMING: Timing = { firstMs: 1000, floorMs: 20, maxMs: 8000, retries: 3 };
export const DALLY_MS = 5000;
export const SMALL: Agreement = { ...PLAIN_AGREEMENT, blksize: 8 };

export function windowed(windowsize: number): Agreement {
  return { ...SMALL, windowsize };
}

export function sender(agreement: Agreement, settings: Partial<SenderSettings> = {}): Sender {
  return new Sender(agreement, { timing: TIMING, ...settings });
}

export function receiver(agreement: Agreement, settings: Partial<ReceiverSettings> = {}): Receiver {
  return new Receiver(agreement, { timing: TIMING, dallyMs: DALLY_MS, ...settings });
}

/** The DATA packets of a file by block index, with rollover 0. */
export function blocksOf(
  file: Uint8Array,
  blksize: number,
): (...indexes: number[]) => DataPacket[] {
  return (...indexes) =>
    indexes.map((index) => data(index % 65_536, blockOf(file, index, blksize)));
}

/** The bytes of a file in blocks of 8, from one block to another. */
export function bytesOf(file: Uint8Array, first: number, last: number): Uint8Array {
  return file.slice((first - 1) * 8, last * 8);
}

/** A time line of a sender, and a function that gives the DATA packets of its file. */
export function script(machine: Sender, file: Uint8Array) {
  return { line: new Timeline(machine, file), blocks: blocksOf(file, machine.agreement.blksize) };
}
