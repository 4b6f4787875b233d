/** What a server allows. All of it may change while it runs. */

import { ErrorCode, MAX_BLKSIZE, MAX_WINDOWSIZE, TftpError } from "../protocol/mod.ts";
import type { Naming, Writing } from "../engine/handler.ts";
import { type AccessRules, OPEN_ACCESS } from "./access_list.ts";
import type { MapFile } from "./map_file.ts";
import type { Asking } from "./map_rule.ts";
import { plainHostname } from "../engine/address.ts";

/**
 * Whether files may be sent to the server: not, under new names, over old ones, or with the old one
 * kept beside under a number.
 */
export type UploadPolicy = "off" | "new" | "overwrite" | "version";

/**
 * Transfers at once; further clients are refused. A thousand machines that ask for their
 * next file before their last ACK is read are two thousand for a moment.
 */
export const MAX_TRANSFERS = 2000;

/** Silence that is borne: clients that write to flash stop listening for many seconds. */
export const IDLE_TIMEOUT_MS = 90_000;

/** What a server allows its clients. */
export interface ServePolicy {
  /** Whether files may be sent here, and may replace others. @default {"off"} */
  readonly uploads: UploadPolicy;
  /** The only folder under the root that takes files. */
  readonly uploadDir?: string;
  /** Bytes of one upload at most. */
  readonly maxUpload?: number;
  /** Bytes that the folder which takes uploads may hold in all. */
  readonly uploadQuota?: number;
  /** The permissions of a file that replaces none. @default {those that the umask leaves} */
  readonly uploadMode?: number;
  /** Look names up without regard to case. @default {false} */
  readonly ignoreCase: boolean;
  /** Serve `ROOT/<client's address>` to a client, where that exists. @default {false} */
  readonly rootPerClient: boolean;
  /** Rewrites requested names. */
  readonly map?: MapFile;
  /** Who may read and write. @default {everybody} */
  readonly access: AccessRules;
  /** Whether strangers get silence instead of ERROR 2. @default {false} */
  readonly denySilently: boolean;
  /** Transfers at once. @default {1000} */
  readonly maxTransfers: number;
  /**
   * Transfers of one client address at once. By default half of all, so that no address alone can
   * shut out the others. @default {half of maxTransfers}
   */
  readonly maxPerClient?: number;
  /** Whether requests to a broadcast address are answered (RFC 1123 §4.2.3.5). @default {false} */
  readonly broadcast: boolean;
  /** Bytes of a block at most. @default {65464} */
  readonly maxBlksize: number;
  /** Blocks of a window at most. @default {65535} */
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

/** A small table is not worth dividing. */
const FEW_TRANSFERS = 16;

/** How many transfers one client address may have at once. */
export function maxPerClientOf({ maxPerClient, maxTransfers }: ServePolicy): number {
  return maxPerClient ?? Math.max(FEW_TRANSFERS, Math.ceil(maxTransfers / 2));
}

/** What a requested name becomes before it is looked up. Throws a local {@linkcode TftpError}. */
export function rewritten(policy: ServePolicy, filename: string, asking: Asking): string {
  return policy.map?.rewrite(filename, asking) ?? filename;
}

/** How names of this client are read. */
export function namingFor({ ignoreCase, rootPerClient }: ServePolicy, hostname: string): Naming {
  return rootPerClient ? { ignoreCase, folder: plainHostname(hostname) } : { ignoreCase };
}

/** What may become of files that this client sends. */
export function writingFor(policy: ServePolicy, hostname: string): Writing {
  const { uploads, uploadDir, uploadMode } = policy;
  return {
    ...namingFor(policy, hostname),
    existing: uploads === "overwrite" ? "replace" : uploads === "version" ? "keep" : "refuse",
    ...(uploadDir === undefined ? {} : { only: uploadDir }),
    ...(uploadMode === undefined ? {} : { mode: uploadMode }),
  };
}

/** Refuses what an upload's announced size shows to be too much. */
export function refuseTooLarge({ maxUpload }: ServePolicy, announced: number | undefined): void {
  if (maxUpload === undefined || announced === undefined || announced <= maxUpload) return;
  const error = new TftpError("local", ErrorCode.DiskFull, "File is larger than allowed here");
  throw error;
}
