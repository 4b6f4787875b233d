/**
 * The shape that all machines of the core share: values in, actions out. A machine is told what
 * happened and when; it answers with things to do, and something else does them, in order, before
 * it tells the machine the next thing. It never waits, sends, reads or looks at a clock.
 *
 * The order of actions is the durability contract: a `write` stands before the ACK that admits it,
 * `commit` before the last one.
 */

import type { Agreement } from "./options.ts";
import type { Packet } from "./packet.ts";

export type Action =
  /** Send this packet to the peer (or the request to where the transfer begins). */
  | { readonly kind: "send"; readonly packet: Packet }
  /** Send DATA blocks `first` to `last`, each as {@linkcode Machine.dataBytes} gives it. */
  | { readonly kind: "data"; readonly first: number; readonly last: number }
  /**
   * Fill this buffer from the source; a short count means that the source has ended. Always the
   * last.
   */
  | { readonly kind: "read"; readonly into: Uint8Array }
  /** Append these bytes to the sink; they are a view, valid until the next event. */
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  /** All bytes are there: make the sink's file permanent under its name. */
  | { readonly kind: "commit" }
  /** The transfer is whole. What follows (a dallying receiver) only helps the peer. */
  | { readonly kind: "finish"; readonly note?: string }
  /** The transfer has failed. */
  | { readonly kind: "fail"; readonly error: Error };

export const NOTHING: readonly Action[] = [];

/** What a machine can say of itself at any time. */
export interface Machine {
  /** When to call {@linkcode Machine.timeout}; Infinity when nothing is waited for. */
  readonly deadlineMs: number;
  /** Whether the machine will never act again. */
  readonly done: boolean;
  /** Undefined until the peer's first answer settles it. */
  readonly agreement: Agreement | undefined;
  /** Bytes of the file that are acknowledged so far. */
  readonly bytes: number;
  /** DATA blocks, or ACKs and requests, sent again. */
  readonly retransmits: number;

  start(nowMs: number): readonly Action[];
  /** A packet from the peer's TID. */
  receive(packet: Packet, nowMs: number): readonly Action[];
  /** The deadline has passed. */
  timeout(nowMs: number): readonly Action[];
  /** The answer to a `read` action: how many bytes were read. */
  loaded(length: number, nowMs: number): readonly Action[];
  /** This side can't go on: a file failed, or it was cancelled. Tells the peer and fails. */
  abort(error: Error, code: number, message: string): readonly Action[];
  /** The DATA packet of a block, valid until the next call. */
  dataBytes(index: number): Uint8Array;
}
