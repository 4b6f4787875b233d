/** What a server allows. All of it can be changed while it runs. */

import { ErrorCode, MAX_BLKSIZE, MAX_WINDOWSIZE, TftpError } from "../protocol/mod.ts";
import type { Naming, Writing } from "../engine/handler.ts";
import { type AccessRules, OPEN_ACCESS } from "./access_list.ts";
import type { MapFile } from "./map_file.ts";
import type { MapRequest } from "./map_rule.ts";
import { plainHostname } from "../engine/address.ts";

/**
 * Whether clients may upload: not at all, under new names only, over existing files, or with the
 * existing file kept under a number.
 *
 * ```ts
 * import { get, put, serve, type UploadPolicy } from "@tftp/tftp";
 * import { MemoryLan, MemorySink } from "@tftp/tftp/testing";
 *
 * const uploads: UploadPolicy = "overwrite";
 * const backup = new MemorySink();
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), uploads, handler: () => backup });
 * await put("sw.cfg", "hostname sw1\n", { host: "10.0.0.1", network: lan.machine("10.0.0.2") });
 * if (!backup.committed) throw new Error("it is not whole");
 * ```
 */
export type UploadPolicy = "off" | "new" | "overwrite" | "version";

/**
 * Transfers at once; further clients are refused. A thousand machines that request their next file
 * before their last ACK is read count as two thousand for a moment.
 *
 * ```ts
 * import { MAX_TRANSFERS, type ServePolicy } from "@tftp/tftp";
 *
 * // For a server of a small lab.
 * const policy: Partial<ServePolicy> = { maxTransfers: 100 };
 * if (policy.maxTransfers! > MAX_TRANSFERS) throw new Error("that is more than usual");
 * ```
 */
export const MAX_TRANSFERS = 2000;

/**
 * How long silence is tolerated: clients that write to flash stop listening for many seconds.
 *
 * ```ts
 * import { IDLE_TIMEOUT_MS, type ServePolicy } from "@tftp/tftp";
 *
 * // No client here writes to flash.
 * const policy: Partial<ServePolicy> = { idleTimeoutMs: 10_000 };
 * if (policy.idleTimeoutMs! > IDLE_TIMEOUT_MS) throw new Error("that is longer than usual");
 * ```
 */
export const IDLE_TIMEOUT_MS = 90_000;

/**
 * What a server allows its clients.
 *
 * ```ts
 * import { serve, type ServePolicy } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const night: Partial<ServePolicy> = { uploads: "new", rate: 1_000_000, maxTransfers: 50 };
 * const network = new MemoryLan().machine("10.0.0.1");
 * await using server = serve({ network, handler: () => null });
 * // What is left out has its default again.
 * server.reconfigure(night);
 * if (server.status.transfers !== 0) throw new Error("nothing runs");
 * ```
 */
export interface ServePolicy {
  /** Whether clients may upload, and replace files. @default {"off"} */
  readonly uploads: UploadPolicy;
  /** The only folder under the root that takes uploads. */
  readonly uploadDir?: string;
  /** The largest upload, in bytes. */
  readonly maxUpload?: number;
  /** Bytes that the folder for uploads may hold in total. */
  readonly uploadQuota?: number;
  /** The permissions of a new file. @default {those that the umask leaves} */
  readonly uploadMode?: number;
  /** Ignore upper and lower case in names. @default {false} */
  readonly ignoreCase: boolean;
  /** Serve `ROOT/<client's address>` to a client, where that exists. @default {false} */
  readonly rootPerClient: boolean;
  /** Rewrites requested names. */
  readonly map?: MapFile;
  /** Who may download and upload. @default {everybody} */
  readonly access: AccessRules;
  /** Do not answer addresses that are refused, instead of ERROR 2. @default {false} */
  readonly denySilently: boolean;
  /** Transfers at once. @default {2000} */
  readonly maxTransfers: number;
  /**
   * Transfers of one client address at once. With the default, one address alone can't shut out the
   * others. @default {half of maxTransfers}
   */
  readonly maxPerClient?: number;
  /** Whether requests to a broadcast address are answered (RFC 1123 §4.2.3.5). @default {false} */
  readonly broadcast: boolean;
  /** The largest block, in bytes. @default {65464} */
  readonly maxBlksize: number;
  /** The largest window, in blocks. @default {65535} */
  readonly maxWindowsize: number;
  /** Silence after which a client counts as gone, in milliseconds. @default {90000} */
  readonly idleTimeoutMs: number;
  /** Bytes per second for all transfers together. */
  readonly rate?: number;
  /** Bytes per second for one client. */
  readonly ratePerClient?: number;
}

export const DEFAULT_POLICY: ServePolicy = {
  uploads: "off",
  ignoreCase: false,
  rootPerClient: false,
  access: OPEN_ACCESS,
  denySilently: false,
  maxTransfers: MAX_TRANSFERS,
  broadcast: false,
  maxBlksize: MAX_BLKSIZE,
  maxWindowsize: MAX_WINDOWSIZE,
  idleTimeoutMs: IDLE_TIMEOUT_MS,
};

/** A small table is not divided. */
const FEW_TRANSFERS = 16;

/** How many transfers one client address may have at once. */
export function maxPerClientOf({ maxPerClient, maxTransfers }: ServePolicy): number {
  return maxPerClient ?? Math.max(FEW_TRANSFERS, Math.ceil(maxTransfers / 2));
}

/** A requested name after the map file. Throws a local {@linkcode TftpError}. */
export function rewritten(policy: ServePolicy, filename: string, request: MapRequest): string {
  return policy.map?.rewrite(filename, request) ?? filename;
}

/** How names of this client are looked up. */
export function namingFor({ ignoreCase, rootPerClient }: ServePolicy, hostname: string): Naming {
  return rootPerClient ? { ignoreCase, folder: plainHostname(hostname) } : { ignoreCase };
}

/** How uploads of this client are stored. */
export function writingFor(policy: ServePolicy, hostname: string): Writing {
  const { uploads, uploadDir, uploadMode } = policy;
  return {
    ...namingFor(policy, hostname),
    existing: uploads === "overwrite" ? "replace" : uploads === "version" ? "keep" : "refuse",
    ...(uploadDir === undefined ? {} : { only: uploadDir }),
    ...(uploadMode === undefined ? {} : { mode: uploadMode }),
  };
}

/** Refuses an upload whose announced size is too large. */
export function refuseTooLarge({ maxUpload }: ServePolicy, announced: number | undefined): void {
  if (maxUpload === undefined || announced === undefined || announced <= maxUpload) return;
  const error = new TftpError("local", ErrorCode.DiskFull, "File is larger than allowed here");
  throw error;
}
