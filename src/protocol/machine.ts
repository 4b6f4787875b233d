/**
 * The interface of all machines of the core: values in, actions out. A machine gets an event and
 * its time, and returns actions. Its caller performs them in order before it passes the next event.
 * A machine never waits, sends, reads or looks at a clock.
 *
 * The order of actions guarantees durability: a `write` comes before the ACK for it, and `commit`
 * before the last ACK.
 */

import { CancelledError, ErrorCode } from "./error_code.ts";
import type { Agreement } from "./options.ts";
import type { Packet } from "./packet.ts";

/**
 * An action for the caller to perform.
 *
 * ```ts
 * import { type Action, PLAIN_AGREEMENT, Sender, SERVER_TIMING } from "@tftp/tftp/protocol";
 *
 * const sender = new Sender(PLAIN_AGREEMENT, { timing: SERVER_TIMING });
 * const actions: readonly Action[] = sender.start(0);
 * const kinds = actions.map(({ kind }) => kind);
 * if (kinds.join() !== "read") throw new Error(`first it wants the file, not ${kinds.join()}`);
 * ```
 */
export type Action =
  /** Send this packet to the peer (or the request to where the transfer begins). */
  | { readonly kind: "send"; readonly packet: Packet }
  /** Send DATA blocks `first` to `last` of {@linkcode Machine.blocks}. */
  | { readonly kind: "data"; readonly first: number; readonly last: number }
  /** Fill this buffer from the source; a short count means that the source has ended. */
  | { readonly kind: "read"; readonly into: Uint8Array }
  /** Append these bytes to the sink; they are a view, valid until the next event. */
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  /** All bytes are there: make the sink's file permanent under its name. */
  | { readonly kind: "commit" }
  /** The transfer is complete. What follows (a receiver that dallies) only helps the peer. */
  | { readonly kind: "finish"; readonly note?: string }
  /** The transfer has failed. */
  | { readonly kind: "fail"; readonly error: Error };

/**
 * No action.
 *
 * ```ts
 * import { NOTHING, Opcode, PLAIN_AGREEMENT, Sender, SERVER_TIMING } from "@tftp/tftp/protocol";
 *
 * const sender = new Sender(PLAIN_AGREEMENT, { timing: SERVER_TIMING });
 * sender.start(0);
 * sender.loaded(512, 0);
 * // An ACK of what was not sent yet.
 * const actions = sender.receive({ opcode: Opcode.ACK, block: 9 }, 1);
 * if (actions.length !== NOTHING.length) throw new Error(`${actions.length} actions`);
 * ```
 */
export const NOTHING: readonly Action[] = [];

/**
 * The note of a transfer whose last ACK never came (RFC 1350 §6 leaves its fate open).
 *
 * ```ts
 * import { NO_FINAL_ACK } from "@tftp/tftp/protocol";
 *
 * // For the note of a summary.
 * const isDoubtful = (note: string | undefined) => note === NO_FINAL_ACK;
 * if (isDoubtful(undefined)) throw new Error("no note, no doubt");
 * ```
 */
export const NO_FINAL_ACK = "the last block was never acknowledged";

/**
 * Bytes of a file that the system has mapped into the memory of this process. JavaScript never
 * touches them; a socket that takes addresses sends them from there.
 *
 * ```ts
 * import type { MappedBytes } from "@tftp/tftp";
 *
 * // The second half of a file.
 * const half = ({ address, length }: MappedBytes): MappedBytes => {
 *   const bytes = Math.floor(length / 2);
 *   return { address: address + bytes, length: length - bytes };
 * };
 * const { address, length } = half({ address: 4096, length: 5 });
 * if (address !== 4098 || length !== 3) throw new Error(`${length} bytes at ${address}`);
 * ```
 */
export interface MappedBytes {
  /** Where they begin. */
  readonly address: number;
  /** How many there are. */
  readonly length: number;
}

/**
 * DATA blocks that a machine holds, each by its index.
 *
 * ```ts
 * import type { Blocks } from "@tftp/tftp";
 *
 * // Two blocks of one byte, as a socket of one's own is given them.
 * const blocks: Blocks = {
 *   blksize: 1,
 *   inOnePiece: () => 2,
 *   packet: (index) => new Uint8Array([0, 3, 0, index, 64 + index]),
 *   payload: (first, last) => new Uint8Array(last - first + 1).map((_, at) => 64 + first + at),
 *   wireNumber: (index) => index,
 * };
 * const text = new TextDecoder().decode(blocks.payload(1, 2));
 * if (text !== "AB" || blocks.packet(2).at(-1) !== 66) throw new Error(text);
 * ```
 */
export interface Blocks {
  /** Bytes in the payload of every block but the last. */
  readonly blksize: number;
  /** The DATA packet of a block, header and payload; valid until the next call. */
  packet(index: number): Uint8Array;
  /** How many blocks from `first` on have their payloads one after the other in memory. */
  inOnePiece(first: number): number;
  /** The payloads of such blocks; they do not change until the next event. */
  payload(first: number, last: number): Uint8Array;
  /**
   * The same where they are mapped. Then there is neither a packet nor a payload; both functions
   * throw a `TypeError`.
   */
  mapped?(first: number, last: number): MappedBytes | undefined;
  /** The block number in the header of this block. */
  wireNumber(index: number): number;
}

/**
 * The state of a machine.
 *
 * ```ts
 * import { cancel, PLAIN_AGREEMENT, Sender, SERVER_TIMING } from "@tftp/tftp/protocol";
 * import type { Machine } from "@tftp/tftp/protocol";
 *
 * const stop = (machine: Machine) => cancel(machine, "The user has stopped it");
 * const sender = new Sender(PLAIN_AGREEMENT, { timing: SERVER_TIMING });
 * sender.start(0);
 * const kinds = stop(sender).map(({ kind }) => kind);
 * if (kinds.join() !== "send,fail" || !sender.done) throw new Error(kinds.join());
 * ```
 */
export interface Machine {
  /** When to call {@linkcode Machine.timeout}; Infinity when nothing is waited for. */
  readonly deadlineMs: number;
  /** Whether the machine will never act again. */
  readonly done: boolean;
  /** Undefined until the peer's first answer. */
  readonly agreement: Agreement | undefined;
  /** Bytes of the file that are acknowledged so far. */
  readonly bytes: number;
  /** DATA blocks, or ACKs and requests, sent again. */
  readonly retransmits: number;
  /** The blocks that `data` actions refer to; undefined for a side that sends no DATA. */
  readonly blocks: Blocks | undefined;
  /** Whether {@linkcode Machine.readAhead} has something to do. */
  readonly readsAhead?: boolean;

  /** Starts; returns what to send first. Times are monotonic milliseconds. */
  start(nowMs: number): readonly Action[];
  /** A packet from the peer's TID. */
  receive(packet: Packet, nowMs: number): readonly Action[];
  /** The deadline has passed. */
  timeout(nowMs: number): readonly Action[];
  /** The result of a `read` action: how many bytes were read. */
  loaded(length: number, nowMs: number): readonly Action[];
  /** Everything has left, and the peer has yet to answer: time to read what is sent next. */
  readAhead?(): readonly Action[];
  /** This side can't go on: a file failed, or it was cancelled. Sends an ERROR, and fails. */
  abort(error: Error, code: number, message: string): readonly Action[];
  /** ICMP says that no program listens at the peer's TID. */
  unreachable(error: Error): readonly Action[];
}

/**
 * A machine that has answered a request, and can send that answer again.
 *
 * ```ts
 * import { type Answering, PLAIN_AGREEMENT, Receiver, SERVER_TIMING } from "@tftp/tftp/protocol";
 *
 * const machine: Answering = new Receiver(PLAIN_AGREEMENT, { timing: SERVER_TIMING, dallyMs: 0 });
 * machine.start(0);
 * // The client has sent its WRQ again.
 * const [again] = machine.answerAgain();
 * if (again?.kind !== "send") throw new Error("ACK 0 goes out again");
 * ```
 */
export interface Answering extends Machine {
  /** Known from the start. */
  readonly agreement: Agreement;
  /** The first answer again (OACK, ACK 0 or DATA 1), as long as the peer has sent nothing. */
  answerAgain(): readonly Action[];
}

/**
 * Tells a machine to stop because this side was told to (RFC 1350 gives no code but 0 for it).
 *
 * ```ts
 * import { cancel, PLAIN_AGREEMENT, Sender, SERVER_TIMING } from "@tftp/tftp/protocol";
 *
 * const sender = new Sender(PLAIN_AGREEMENT, { timing: SERVER_TIMING });
 * sender.start(0);
 * const [told, end] = cancel(sender, "Server is shutting down");
 * if (told?.kind !== "send" || end?.kind !== "fail") throw new Error("the peer is told");
 * ```
 */
export function cancel(machine: Machine, reason: string): readonly Action[] {
  return machine.abort(new CancelledError(reason), ErrorCode.NotDefined, reason);
}
