/** Questions to a server, and what was seen of the answers. Pure. */

import type { Address, Option, RequestPacket } from "../../protocol/mod.ts";

/**
 * A test with one block: what to do when it arrives, instead of acknowledging it at once.
 *
 * - `echo`: repeat the ACK before it, and count how often the block comes (RFC 1123 §4.2.3.1).
 * - `wait`: the same without the repeat, to compare.
 * - `hold`: keep the ACK back until the block comes again.
 * - `stranger`: send an ACK from another port, and see how that is answered (RFC 1350 §4).
 */
export type BlockTest = "echo" | "wait" | "hold" | "stranger";

export interface Question {
  readonly request: RequestPacket;
  /** Blocks to receive after the answer; 0 asks for the answer only. */
  readonly blocks: number;
  /** How long to wait for an answer; twice as long after the first repeat, and so on. */
  readonly waitMs: number;
  /** How often the request, or the same ACK, is sent before the doctor gives up. */
  readonly times: number;
  /** It ends after this time, whatever happens. */
  readonly mostMs: number;
  /** How long `echo`, `wait` and `stranger` watch, and an ERROR is watched for repeats. */
  readonly watchMs?: number;
  /** By the index of the block. For windows of one block only. */
  readonly tests?: ReadonlyMap<number, BlockTest>;
  /** How many of the first bytes of the file are kept. @default {0} */
  readonly keepBytes?: number;
  /** What a WRQ sends: less than a block. */
  readonly upload?: Uint8Array;
}

/** No request is repeated later than this, unless the first wait is longer. */
const MOST_WAIT_MS = 1000;

/** How long to wait after this many requests without an answer: a pause is not silence. */
export function waitFor({ waitMs }: Pick<Question, "waitMs">, before: number): number {
  return Math.min(waitMs * 2 ** before, Math.max(waitMs, MOST_WAIT_MS));
}

/** One datagram to send: from the conversation's own port, or from the stranger's. */
export interface Sending {
  readonly bytes: Uint8Array;
  readonly to: Address;
  readonly by: "asker" | "stranger";
}

/** A test that is under way. */
export interface RunningTest {
  readonly at: number;
  readonly test: BlockTest;
  readonly sinceMs: number;
  copies: number;
  told?: TestResult["told"];
}

/** What ICMP said about the server's address. */
export interface Unreachable {
  readonly message: string;
  /** Whether the machine is there, and its port is closed. */
  readonly closed: boolean;
}

/** The first answer of a server. */
export type Answer =
  | { readonly kind: "OACK"; readonly options: readonly Option[]; readonly padding: number }
  | { readonly kind: "DATA" }
  | { readonly kind: "ACK" }
  | {
    readonly kind: "ERROR";
    readonly code: number;
    readonly text: string;
    /** Whether its text ends in a NUL, as RFC 1350 §5 requires. */
    readonly ended: boolean;
  }
  | { readonly kind: "garbage"; readonly bytes: number };

/**
 * How a conversation ended: it had its answer, its blocks or the whole file; there was no answer;
 * it stalled; an ERROR came; ICMP said that nobody listens; the limits of the run were reached.
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

/** The result of a test. */
export interface TestResult {
  readonly at: number;
  readonly test: BlockTest;
  /** How often the block came in total. */
  readonly copies: number;
  /** For `hold`: after how long it came again; undefined when it did not. */
  readonly againMs?: number;
  /** For `stranger`: the code of the ERROR that it got, or ICMP; undefined for silence. */
  readonly told?: number | "ICMP";
}

/** What was seen in one conversation. */
export interface Seen {
  readonly question: Question;
  readonly ending: Ending;
  /** How often the request was sent. */
  readonly asked: number;
  readonly answer?: Answer;
  /** Where the answer came from. */
  readonly from?: Address;
  /** Time from the last request to its answer; undefined where it was sent more than once. */
  readonly answerMs?: number;
  /** Unexpected senders: another address, or another port during a transfer. */
  readonly elsewhere: readonly Address[];
  /** What ICMP said, where it said that nobody listens. */
  readonly unreachable?: Unreachable;
  readonly blksize: number;
  readonly windowsize: number;
  /** Blocks that came in order. */
  readonly blocks: number;
  readonly bytes: number;
  readonly whole: boolean;
  readonly head: Uint8Array;
  /** Blocks that should have come in the windows of the question. */
  readonly expected: number;
  /** Those of them that did not come, and those that came after a later one. */
  readonly lost: number;
  readonly late: number;
  /** Windows that came completely, and all windows. */
  readonly wholeWindows: number;
  readonly windows: number;
  /** How often nothing came for a whole timeout. */
  readonly stalls: number;
  /** Copies of an ERROR after the first. */
  readonly errorCopies: number;
  /** Datagrams after the answer that were no TFTP packets. */
  readonly garbage: number;
  readonly tests: readonly TestResult[];
  /** Times from an ACK to the block after it, in milliseconds; the first few hundred. */
  readonly roundTripsMs: readonly number[];
  /** The number of the block after 65535, once it has come. */
  readonly rollover?: number;
  /** The ERROR that ended it early. */
  readonly error?: { readonly code: number; readonly text: string };
}
