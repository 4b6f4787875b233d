/** What a granted request moves: the file, opened, and the machine that moves it. Pure. */

import {
  type Agreement,
  ErrorCode,
  grant,
  type Limits,
  type Mode,
  type OackPacket,
  Opcode,
  Receiver,
  type RequestPacket,
  Sender,
  SERVER_TIMING,
  TftpError,
  type Timing,
} from "../protocol/mod.ts";
import { NetasciiSink, NetasciiSource } from "../engine/netascii_ends.ts";
import type { Sink, Source } from "../engine/ends.ts";
import { namingFor, refuseTooLarge, type ServePolicy } from "./policy.ts";
import type { ServedFiles } from "./served_files.ts";
import { type Throttle, ThrottledSink, ThrottledSource } from "./throttle.ts";
import { LimitedSink, type UploadQuota } from "./upload_quota.ts";

/**
 * How long the last ACK of an upload is repeated after it has left: two waits of the slowest common
 * client, 5 s each, and some room, so that one of its repeats may be lost.
 */
export const UPLOAD_DALLY_MS = 12_000;

/** Read at once from a file, when that is more than a window. */
const READ_AHEAD_BYTES = 8 * 1024;

/** Under a rate limit, a window is no more than this much time's worth. */
const WINDOW_MS = 500;

export interface OpenSettings {
  readonly files: ServedFiles;
  readonly policy: ServePolicy;
  readonly quota: UploadQuota;
  /** The client's address. */
  readonly hostname: string;
  /** The name to look up, as the map file has made it. */
  readonly filename: string;
  /** Present where bytes may not go as fast as they can. */
  readonly throttle?: Throttle;
  /** The lowest limit that holds, in bytes per second; Infinity for none. */
  readonly bytesPerSecond: number;
  /** The part of the port's receive buffer that an upload's windows may fill. */
  readonly windowShare: number;
  /** The size of that buffer. */
  readonly receiveBufferBytes: number;
  /** How long the last ACK of an upload is repeated. @default {10000} */
  readonly dallyMs?: number;
}

export type OpenedFile =
  | { readonly source: Source; readonly sink?: never; readonly machine: Sender }
  | { readonly sink: Sink; readonly source?: never; readonly machine: Receiver };

/** Opens the file. Throws a local {@linkcode TftpError}, whose code and message are the answer. */
export function openFile(request: RequestPacket, settings: OpenSettings): OpenedFile {
  const mode = modeOf(request);
  return request.opcode === Opcode.RRQ
    ? openSource(request, mode, settings)
    : openSink(request, mode, settings);
}

function modeOf(request: RequestPacket): Mode {
  const mode = request.mode.toLowerCase();
  if (mode === "octet" || mode === "netascii") return mode;
  // RFC 1350 §1 has made "mail" obsolete.
  throw new TftpError("local", ErrorCode.IllegalOperation, "Mode is neither octet nor netascii");
}

function openSource(request: RequestPacket, mode: Mode, settings: OpenSettings): OpenedFile {
  const { files, policy, throttle, filename } = settings;
  const origin = files.openForReading(filename, namingFor(policy, settings.hostname));
  const { size } = origin;
  const plain: Source = mode === "octet" ? origin : new NetasciiSource(origin);
  const source = throttle ? new ThrottledSource(plain, throttle) : plain;
  const agreement = grant(request, { ...limitsOf(request, settings), size });
  // What is read ahead would count against the rate at once, and make the first wait a long one.
  const readAheadBytes = throttle ? 0 : Math.min(READ_AHEAD_BYTES, size);
  // Where nothing changes or delays the bytes on their way, they are sent from where they are.
  const content = source === origin ? origin.content : undefined;
  const timing = timingFor(policy);
  return {
    source,
    machine: new Sender(agreement, { timing, readAheadBytes, content, ...answer(agreement) }),
  };
}

function openSink(request: RequestPacket, mode: Mode, settings: OpenSettings): OpenedFile {
  const { files, policy, quota, throttle, filename } = settings;
  const { uploads, uploadDir, uploadMode, maxUpload, uploadQuota } = policy;
  if (uploads === "off") {
    throw new TftpError("local", ErrorCode.AccessViolation, "Uploads are switched off");
  }
  refuseAnnounced(request, settings);
  const file = files.openForWriting(filename, {
    ...namingFor(policy, settings.hostname),
    existing: uploads === "new" ? "refuse" : uploads === "version" ? "keep" : "replace",
    ...(uploadDir === undefined ? {} : { only: uploadDir }),
    ...(uploadMode === undefined ? {} : { mode: uploadMode }),
  });
  const limited = maxUpload === undefined && uploadQuota === undefined
    ? file
    : new LimitedSink(file, quota, policy);
  const plain: Sink = mode === "octet" ? limited : new NetasciiSink(limited);
  const sink = throttle ? new ThrottledSink(plain, throttle) : plain;
  const agreement = grant(request, limitsOf(request, settings));
  const timing = { timing: timingFor(policy), dallyMs: settings.dallyMs ?? UPLOAD_DALLY_MS };
  return { sink, machine: new Receiver(agreement, { ...timing, ...answer(agreement) }) };
}

/** RFC 2349: a WRQ's tsize lets a server refuse before any data is sent. */
function refuseAnnounced(request: RequestPacket, { policy, quota }: OpenSettings): void {
  const option = request.options.find(({ name }) => name.toLowerCase() === "tsize");
  if (!option || !/^\d{1,15}$/.test(option.value)) return;
  const announced = Number(option.value);
  refuseTooLarge(policy, announced);
  if (policy.uploadQuota === undefined || quota.fits(announced, policy.uploadQuota)) return;
  throw new TftpError("local", ErrorCode.DiskFull);
}

function limitsOf(request: RequestPacket, settings: OpenSettings): Limits {
  const { policy, bytesPerSecond, windowShare, receiveBufferBytes } = settings;
  const limits: Limits = {
    // What comes in shares a receive buffer with other uploads; what goes out has the client's.
    ...(request.opcode === Opcode.WRQ ? { windowShare, receiveBufferBytes } : {}),
    maxBlksize: policy.maxBlksize,
    maxWindowsize: policy.maxWindowsize,
    // Left out of the OACK (RFC 2349 allows it): agreeing would bind our repeats to the client's
    // seconds, and one lost packet would cost that long.
    grantTimeout: false,
  };
  if (bytesPerSecond === Infinity) return limits;
  const { blksize } = grant(request, limits);
  const blocks = Math.floor(bytesPerSecond * WINDOW_MS / 1000 / blksize);
  return { ...limits, maxWindowsize: Math.max(1, Math.min(policy.maxWindowsize, blocks)) };
}

function timingFor({ idleTimeoutMs }: ServePolicy): Timing {
  // A short patience must not wait for as many repeats as a long one has room for.
  return { ...SERVER_TIMING, silenceMs: idleTimeoutMs, retries: 1 };
}

/** RFC 2347: an OACK is only sent when it grants something. */
function answer(agreement: Agreement): { oack?: OackPacket } {
  const { granted } = agreement;
  return granted.length > 0 ? { oack: { opcode: Opcode.OACK, options: granted } } : {};
}
