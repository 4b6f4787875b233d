/**
 * The status of a server: the document of `/api/status`, and the messages of `/api/events`. Fields
 * have the names that the log in JSON uses. Types only.
 */

import type { LogFields } from "../server/log_fields.ts";
import type { Moved, RunningTransfer } from "../server/sampler.ts";
import type { ClientRow } from "./client_table.ts";
import type { Result } from "./counters.ts";
import type { HistoryLists } from "./history.ts";

/**
 * What does not change while a server runs.
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
  /** Which sockets it uses. */
  readonly io: "deno" | "native";
  /** Number of threads that serve. */
  readonly workers: number;
  /** Where it listens, as `192.0.2.1:69`. */
  readonly listening: readonly string[];
  /** The limit for all uploads together, in bytes; absent where there is none. */
  readonly quota?: number;
}

/**
 * Figures at this moment.
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
  /** Running transfers. */
  readonly transfers: number;
  /** Clients with running transfers. */
  readonly clients: number;
  /** Requests in the queue. */
  readonly waiting: number;
  /** Bytes of files per second, all transfers together. */
  readonly bytesPerSecond: number;
  /** Bytes that count for the upload quota; absent where there is none. */
  readonly quotaUsed?: number;
}

/**
 * Totals of one direction since the start.
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
  /** Downloads. */
  readonly get: DirectionTotals;
  /** Uploads. */
  readonly put: DirectionTotals;
  /** Refusals by the code of their ERROR packet; all other codes are `other`. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Datagrams that belong to no transfer. */
  readonly dropped: number;
  /** Those of them that are no TFTP packets. */
  readonly malformed: number;
  /** Errors on this side; the log has the details. */
  readonly errors: number;
  /** Requested files that were in the cache. */
  readonly cacheHits: number;
  /** Requested files that were not in the cache, missing ones included. */
  readonly cacheMisses: number;
}

/**
 * A running transfer, and its speed.
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
  /** Bytes of the file per second, recently. */
  readonly bytesPerSecond: number;
}

/**
 * What changes in a running transfer.
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
  /** A sequence number: a reader may get one of them twice. */
  readonly seq: number;
  /** The time, in ISO 8601. */
  readonly time: string;
  /** The number of the transfer while it ran; a refused request has none. */
  readonly id?: number;
}

/**
 * The last fifteen minutes.
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
  /** When the last step ends, in ISO 8601. */
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
  /** The time, in ISO 8601. */
  readonly time: string;
  /** When the server started. */
  readonly startedAt: string;
  /** Whether it accepts requests, or only waits for transfers to end. */
  readonly state: "serving" | "ending";
  /** Figures at this moment. */
  readonly now: NowFigures;
  /** Totals since the start. */
  readonly totals: Totals;
  /** Running transfers, 200 at most, the oldest first; `now.transfers` counts all of them. */
  readonly running: readonly RunningRow[];
  /** The last hundred that have ended, the newest first. */
  readonly ended: readonly EndedTransfer[];
  /** The last 200 clients, the most recently heard one first. */
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
  /** Transfers that have begun, and still run. */
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
  /** The time, in ISO 8601. */
  readonly time: string;
  /** Whether the server accepts requests, or only waits for transfers to end. */
  readonly state: StatusDocument["state"];
  /** Figures at this moment. */
  readonly now: NowFigures;
  /** Totals since the start. */
  readonly totals: Totals;
  /** The changes of each running transfer. */
  readonly transfers: readonly Progress[];
  /** The last two steps: the running one, and the one before. */
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
  /** How many more there were than fit into a message. */
  readonly leftOut: number;
}
