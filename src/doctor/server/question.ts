/** What a server is asked, and what was seen of its answer. Pure. */

import type { Address, Option, RequestPacket } from "../../protocol/mod.ts";

/**
 * What is done when a block arrives, instead of acknowledging it at once.
 *
 * - `echo`: repeat the ACK before it, and count how often the block comes (RFC 1123 §4.2.3.1).
 * - `wait`: the same without the repeat, to compare.
 * - `hold`: keep the ACK back until the block comes again.
 * - `stranger`: send an ACK from another port, and see what that port is told (RFC 1350 §4).
 */
export type Deed = "echo" | "wait" | "hold" | "stranger";

export interface Question {
  readonly request: RequestPacket;
  /** Blocks to take behind the answer; 0 asks for the answer alone. */
  readonly blocks: number;
  /** How long an answer is waited for; for that of a repeated request twice as long, and so on. */
  readonly waitMs: number;
  /** How often the request, or an ACK in a row, is sent before it is given up. */
  readonly times: number;
  /** It ends after this time, whatever happens. */
  readonly mostMs: number;
  /** How long `echo`, `wait` and `stranger` watch, and an ERROR is watched for repeats. */
  readonly watchMs?: number;
  /** By the index of the block. For windows of one block only. */
  readonly deeds?: ReadonlyMap<number, Deed>;
  /** So many first bytes of the file are kept. @default {0} */
  readonly keepBytes?: number;
  /** What a WRQ sends: less than a block. */
  readonly upload?: Uint8Array;
}

/** No request is repeated later than this, unless the first wait is longer. */
const MOST_WAIT_MS = 1000;

/** How long an answer is waited for when this many requests got none: a stall is no silence. */
export function waitFor({ waitMs }: Pick<Question, "waitMs">, before: number): number {
  return Math.min(waitMs * 2 ** before, Math.max(waitMs, MOST_WAIT_MS));
}

/** One datagram to send: from the conversation's own port, or from the stranger's. */
export interface Sending {
  readonly bytes: Uint8Array;
  readonly to: Address;
  readonly by: "asker" | "stranger";
}

/** A deed that is under way. */
export interface Underway {
  readonly at: number;
  readonly deed: Deed;
  readonly sinceMs: number;
  copies: number;
  told?: Done["told"];
}

/** What the network has said of the server's address. */
export interface Unreachable {
  readonly message: string;
  /** Whether the machine is there, and its port is closed. */
  readonly closed: boolean;
}

/** The first thing that a server said. */
export type Answer =
  | { readonly kind: "OACK"; readonly options: readonly Option[]; readonly padding: number }
  | { readonly kind: "DATA" }
  | { readonly kind: "ACK" }
  | {
    readonly kind: "ERROR";
    readonly code: number;
    readonly text: string;
    /** Whether its text ends in a NUL, as RFC 1350 §5 wants. */
    readonly ended: boolean;
  }
  | { readonly kind: "garbage"; readonly bytes: number };

/**
 * How a conversation ended: it had its answer, its blocks or the whole file; nothing came; it
 * stopped in the middle; an ERROR came; the network said that nobody is there; the run's bounds
 * were reached.
 */
export type Ending =
  | "answer"
  | "blocks"
  | "file"
  | "silence"
  | "stalled"
  | "ERROR"
  | "unreachable"
  | "bounds";

/** What came of a deed. */
export interface Done {
  readonly at: number;
  readonly deed: Deed;
  /** How often the block came in all. */
  readonly copies: number;
  /** For `hold`: after how long it came again; undefined when it did not. */
  readonly againMs?: number;
  /** For `stranger`: the code of the ERROR that it got, or ICMP; undefined for silence. */
  readonly told?: number | "ICMP";
}

/** What was seen of one conversation. */
export interface Seen {
  readonly question: Question;
  readonly ending: Ending;
  /** How often the request was sent. */
  readonly asked: number;
  readonly answer?: Answer;
  /** Where the answer came from. */
  readonly from?: Address;
  /** From the last request to its answer; undefined where it was asked more than once. */
  readonly answerMs?: number;
  /** Others that sent something: another address, or another port in the middle. */
  readonly elsewhere: readonly Address[];
  /** What the network said, where it said that nobody is there. */
  readonly unreachable?: Unreachable;
  readonly blksize: number;
  readonly windowsize: number;
  /** Blocks that came in order. */
  readonly blocks: number;
  readonly bytes: number;
  readonly whole: boolean;
  readonly head: Uint8Array;
  /** Blocks that should have come in the windows that were asked for. */
  readonly expected: number;
  /** Those of them that did not come, and those that came behind a later one. */
  readonly lost: number;
  readonly late: number;
  /** Windows that came whole, of so many. */
  readonly wholeWindows: number;
  readonly windows: number;
  /** Times that nothing came for a whole wait. */
  readonly stalls: number;
  /** Copies of an ERROR behind the first. */
  readonly errorCopies: number;
  /** Datagrams behind the answer that were no packets of TFTP. */
  readonly garbage: number;
  readonly deeds: readonly Done[];
  /** From an ACK to the block behind it, in milliseconds; the first some hundred. */
  readonly roundTripsMs: readonly number[];
  /** The number of the block that followed 65535, once it has come. */
  readonly rollover?: number;
  /** The ERROR that ended it in the middle. */
  readonly error?: { readonly code: number; readonly text: string };
}
