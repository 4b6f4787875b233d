/**
 * The status of a server: the document of `/api/status`, and the messages of `/api/events`. A name
 * here is the name of the same thing in the log in JSON. Types alone.
 */

import type { LogFields } from "../server/log_fields.ts";
import type { Moved, RunningTransfer } from "../server/sampler.ts";
import type { ClientRow } from "./client_table.ts";
import type { Result } from "./counters.ts";
import type { HistoryLists } from "./history.ts";

/** What a server is, and stays as long as it runs. */
export interface About {
  /** The program's version. */
  readonly version: string;
  /** Whose sockets it uses. */
  readonly io: "deno" | "native";
  /** Threads that serve. */
  readonly workers: number;
  /** Where it listens, as `192.0.2.1:69`. */
  readonly listening: readonly string[];
  /** Bytes that uploads may take in all; absent where there is no such limit. */
  readonly quota?: number;
}

/** Figures of this moment. */
export interface NowFigures {
  /** Transfers that run. */
  readonly transfers: number;
  /** Clients that these belong to. */
  readonly clients: number;
  /** Requests that wait to be dealt with. */
  readonly waiting: number;
  /** Bytes of files that are moved in a second, all transfers together. */
  readonly bytesPerSecond: number;
  /** Bytes that count for the quota of uploads; absent where none is counted. */
  readonly quotaUsed?: number;
}

/** What was moved and asked for in one direction since the start. */
export type DirectionTotals = Moved & Readonly<Record<Result, number>>;

/** What has happened since the start. */
export interface Totals {
  /** What was fetched. */
  readonly get: DirectionTotals;
  /** What was sent here. */
  readonly put: DirectionTotals;
  /** Refusals by the code of their ERROR packet; those of unknown codes are `other`. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Datagrams that belonged nowhere. */
  readonly dropped: number;
  /** Those among them that are no TFTP packets. */
  readonly malformed: number;
  /** What failed on this side; the log says what. */
  readonly troubles: number;
  /** Files that were asked for and were in memory. */
  readonly cacheHits: number;
  /** Files that were asked for and were not, those included that do not exist. */
  readonly cacheMisses: number;
}

/** A transfer under way, and how fast it is. */
export interface RunningRow extends RunningTransfer {
  /** Bytes of the file in a second, lately. */
  readonly bytesPerSecond: number;
}

/** What changes of a transfer under way. */
export type Progress = Pick<
  RunningRow,
  "id" | "bytes" | "durationMs" | "retransmits" | "rttMs" | "bytesPerSecond"
>;

/** A transfer that has ended, or a request that was refused. */
export interface EndedTransfer extends LogFields {
  /** Counts all that have ended: a reader may be told of one twice. */
  readonly seq: number;
  /** When, as ISO 8601 has it. */
  readonly time: string;
  /** The number it had while it ran; a refused request has none. */
  readonly id?: number;
}

/** What happened in the last fifteen minutes. */
export interface HistoryDocument extends HistoryLists {
  /** Milliseconds of one step. */
  readonly stepMs: number;
  /** When the last step ends, as ISO 8601 has it. */
  readonly until: string;
}

/** The status of a server at a moment. */
export interface StatusDocument extends About {
  /** The moment, as ISO 8601 has it. */
  readonly time: string;
  /** When the server began. */
  readonly startedAt: string;
  /** Whether it takes requests, or only lets transfers end. */
  readonly state: "serving" | "ending";
  /** Figures of this moment. */
  readonly now: NowFigures;
  /** What has happened since the start. */
  readonly totals: Totals;
  /** Transfers under way, 200 at most, the oldest first; `now.transfers` counts all of them. */
  readonly running: readonly RunningRow[];
  /** The last hundred that have ended, the newest first. */
  readonly ended: readonly EndedTransfer[];
  /** The last 200 clients, the one heard of last first. */
  readonly clients: readonly ClientRow[];
  /** The last fifteen minutes. */
  readonly history: HistoryDocument;
}

/** The message `begun`. */
export interface BegunMessage {
  /** Those that have begun, and still run. */
  readonly transfers: readonly RunningRow[];
}

/** The message `progress`, which comes at most twice a second. */
export interface ProgressMessage {
  /** The moment, as ISO 8601 has it. */
  readonly time: string;
  /** Whether the server takes requests, or only lets transfers end. */
  readonly state: StatusDocument["state"];
  /** Figures of this moment. */
  readonly now: NowFigures;
  /** What has happened since the start. */
  readonly totals: Totals;
  /** What has changed of each transfer that runs. */
  readonly transfers: readonly Progress[];
  /** The last two steps: the running one, and the one that it may have just followed. */
  readonly history: HistoryDocument;
}

/** The message `ended`. */
export interface EndedMessage {
  /** The newest first. */
  readonly transfers: readonly EndedTransfer[];
  /** How many more there were than a message holds. */
  readonly leftOut: number;
}
