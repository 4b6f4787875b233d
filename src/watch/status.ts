/**
 * The status of a server: the document of `/api/status`, and the messages of `/api/events`. A name
 * here is the name of the same thing in the log in JSON. Types alone.
 */

import type { LogFields } from "../server/log_fields.ts";
import type { Moved, RunningTransfer } from "../server/sampler.ts";
import type { ClientRow } from "./client_table.ts";
import type { Result } from "./counters.ts";
import type { HistoryLists } from "./history.ts";

/**
 * What a server is, and stays as long as it runs.
 *
 * ```ts
 * import type { About } from "@tftp/tftp";
 *
 * const title = ({ version, io, listening }: Omit<About, "workers">) =>
 *   `tftp ${version} (${io}) on ${listening.join(", ")}`;
 * const text = title({ version: "0.1.0", io: "native", listening: ["192.0.2.1:69"] });
 * if (text !== "tftp 0.1.0 (native) on 192.0.2.1:69") throw new Error(text);
 * ```
 */
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

/**
 * Figures of this moment.
 *
 * ```ts
 * import type { NowFigures } from "@tftp/tftp";
 *
 * // Whether requests come faster than they are dealt with.
 * const isBehind = ({ waiting, transfers }: NowFigures) => waiting > transfers;
 * const now = { transfers: 12, clients: 12, waiting: 0, bytesPerSecond: 80_000_000 };
 * if (isBehind(now)) throw new Error("nobody waits");
 * ```
 */
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

/**
 * What was moved and asked for in one direction since the start.
 *
 * ```ts
 * import type { DirectionTotals } from "@tftp/tftp";
 *
 * const meanBytes = ({ bytes, done }: Pick<DirectionTotals, "bytes" | "done">) => bytes / done;
 * if (meanBytes({ bytes: 9_000_000, done: 9 }) !== 1_000_000) throw new Error("a million each");
 * ```
 */
export type DirectionTotals = Moved & Readonly<Record<Result, number>>;

/**
 * What has happened since the start.
 *
 * ```ts
 * import type { Totals } from "@tftp/tftp";
 *
 * // How often a file was still in memory.
 * const hitShare = ({ cacheHits, cacheMisses }: Pick<Totals, "cacheHits" | "cacheMisses">) =>
 *   cacheHits / Math.max(1, cacheHits + cacheMisses);
 * if (hitShare({ cacheHits: 999, cacheMisses: 1 }) !== 0.999) throw new Error("nearly always");
 * ```
 */
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

/**
 * A transfer under way, and how fast it is.
 *
 * ```ts
 * import type { RunningRow } from "@tftp/tftp";
 *
 * // Seconds to the end of a transfer, where its size is known.
 * const secondsLeft = (
 *   { size = 0, bytes, bytesPerSecond }: Pick<RunningRow, "size" | "bytes" | "bytesPerSecond">,
 * ) => (size - bytes) / Math.max(1, bytesPerSecond);
 * const left = secondsLeft({ size: 9_000_000, bytes: 1_000_000, bytesPerSecond: 2_000_000 });
 * if (left !== 4) throw new Error(`${left} s`);
 * ```
 */
export interface RunningRow extends RunningTransfer {
  /** Bytes of the file in a second, lately. */
  readonly bytesPerSecond: number;
}

/**
 * What changes of a transfer under way.
 *
 * ```ts
 * import type { Progress } from "@tftp/tftp";
 *
 * const bytes = new Map<number, number>();
 * // What a message `progress` changes of what is known of the transfers that run.
 * const take = (changes: readonly Pick<Progress, "id" | "bytes">[]) => {
 *   for (const change of changes) bytes.set(change.id, change.bytes);
 * };
 * take([{ id: 7, bytes: 1428 }]);
 * if (bytes.get(7) !== 1428) throw new Error(`${bytes.get(7)} bytes`);
 * ```
 */
export type Progress = Pick<
  RunningRow,
  "id" | "bytes" | "durationMs" | "retransmits" | "rttMs" | "bytesPerSecond"
>;

/**
 * A transfer that has ended, or a request that was refused.
 *
 * ```ts
 * import type { EndedTransfer } from "@tftp/tftp";
 *
 * // An entry of `ended` in the document of /api/status.
 * const entry: EndedTransfer = JSON.parse(
 *   '{"seq":3,"time":"2026-01-01T00:00:00.000Z","event":"refused","file":"x","errorCode":1}',
 * );
 * if (entry.seq !== 3 || entry.errorCode !== 1) throw new Error(`${entry.errorCode}`);
 * ```
 */
export interface EndedTransfer extends LogFields {
  /** Counts all that have ended: a reader may be told of one twice. */
  readonly seq: number;
  /** When, as ISO 8601 has it. */
  readonly time: string;
  /** The number it had while it ran; a refused request has none. */
  readonly id?: number;
}

/**
 * What happened in the last fifteen minutes.
 *
 * ```ts
 * import type { HistoryDocument } from "@tftp/tftp";
 *
 * // Bytes in a second, step by step.
 * const rates = ({ stepMs, bytes }: Pick<HistoryDocument, "stepMs" | "bytes">) =>
 *   bytes.map((moved) => moved / stepMs * 1000);
 * if (rates({ stepMs: 5000, bytes: [0, 500_000] })[1] !== 100_000) throw new Error("100 kB/s");
 * ```
 */
export interface HistoryDocument extends HistoryLists {
  /** Milliseconds of one step. */
  readonly stepMs: number;
  /** When the last step ends, as ISO 8601 has it. */
  readonly until: string;
}

/**
 * The status of a server at a moment.
 *
 * ```ts
 * import type { StatusDocument } from "@tftp/tftp";
 *
 * // For a load balancer that asks /api/status: whether to send clients here.
 * const takesClients = ({ state, now }: Pick<StatusDocument, "state" | "now">) =>
 *   state === "serving" && now.transfers < 1500;
 * const now = { transfers: 20, clients: 20, waiting: 0, bytesPerSecond: 0 };
 * if (!takesClients({ state: "serving", now })) throw new Error("there is room");
 * if (takesClients({ state: "ending", now })) throw new Error("it ends");
 * ```
 */
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

/**
 * The message `begun`.
 *
 * ```ts
 * import type { BegunMessage } from "@tftp/tftp";
 *
 * // For `addEventListener("begun", …)` of an EventSource of /api/events.
 * const names = (data: string) =>
 *   (JSON.parse(data) as BegunMessage).transfers.map(({ client, file }) => `${client} ${file}`);
 * const [line] = names('{"transfers":[{"id":1,"client":"10.0.0.7:2070","file":"kernel"}]}');
 * if (line !== "10.0.0.7:2070 kernel") throw new Error(line);
 * ```
 */
export interface BegunMessage {
  /** Those that have begun, and still run. */
  readonly transfers: readonly RunningRow[];
}

/**
 * The message `progress`, which comes at most twice a second.
 *
 * ```ts
 * import type { ProgressMessage } from "@tftp/tftp";
 *
 * // For `addEventListener("progress", …)` of an EventSource of /api/events.
 * const rate = (data: string) => (JSON.parse(data) as ProgressMessage).now.bytesPerSecond;
 * const bytes = rate('{"state":"serving","now":{"transfers":1,"bytesPerSecond":1000}}');
 * if (bytes !== 1000) throw new Error(`${bytes} bytes in a second`);
 * ```
 */
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

/**
 * The message `ended`.
 *
 * ```ts
 * import type { EndedMessage } from "@tftp/tftp";
 *
 * // For `addEventListener("ended", …)` of an EventSource of /api/events.
 * const failed = (data: string) =>
 *   (JSON.parse(data) as EndedMessage).transfers
 *     .filter(({ result }) => result === "failed").length;
 * const count = failed('{"transfers":[{"result":"done"},{"result":"failed"}],"leftOut":0}');
 * if (count !== 1) throw new Error(`${count} have failed`);
 * ```
 */
export interface EndedMessage {
  /** The newest first. */
  readonly transfers: readonly EndedTransfer[];
  /** How many more there were than a message holds. */
  readonly leftOut: number;
}
