/** What a granted request moves: the file, opened, and the machine that moves it. Pure. */

import {
  type Agreement,
  ErrorCode,
  grant,
  type Limits,
  type OackPacket,
  Opcode,
  Receiver,
  Sender,
  SERVER_TIMING,
  TftpError,
  type Timing,
} from "../protocol/mod.ts";
import type { Clock } from "../engine/clock.ts";
import type { Sink, Source } from "../engine/ends.ts";
import { refusalOf } from "../engine/errors.ts";
import { discard, type Handler, isSource, type Opened } from "../engine/handler.ts";
import { NetasciiSink, NetasciiSource } from "../engine/netascii_ends.ts";
import { refuseTooLarge, type ServePolicy } from "./policy.ts";
import type { ServedRequest } from "./served_request.ts";
import { type Throttle, ThrottledSink, ThrottledSource } from "./throttle.ts";
import { TimedSink, TimedSource } from "./timed_ends.ts";
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
  readonly handler: Handler;
  readonly clock: Clock;
  readonly policy: ServePolicy;
  readonly quota: UploadQuota;
  /** Present where bytes may not go as fast as they can. */
  readonly throttle?: Throttle;
  /** The lowest limit that holds, in bytes per second; Infinity for none. */
  readonly bytesPerSecond: number;
  /** The size of the port's receive buffer. */
  readonly receiveBufferBytes: number;
  /** How long the last ACK of an upload is repeated. @default {10000} */
  readonly dallyMs?: number;
  /** The part of that buffer that an upload's windows may fill, as things are now. */
  windowShare(): number;
}

export type OpenedFile =
  | {
    readonly source: Source;
    readonly sink?: never;
    readonly machine: Sender;
    /** Bytes that will be sent, where they are those of the file. */
    readonly size?: number;
  }
  | { readonly sink: Sink; readonly source?: never; readonly machine: Receiver; size?: never };

/** Asks the handler. Throws a local {@linkcode TftpError} for what is refused at once. */
export function openFile(
  request: ServedRequest,
  { handler, policy, quota }: OpenSettings,
): Opened | PromiseLike<Opened> {
  if (request.direction === "put") {
    if (policy.uploads === "off") {
      throw new TftpError("local", ErrorCode.AccessViolation, "Uploads are switched off");
    }
    refuseAnnounced(request, policy, quota);
  }
  try {
    return handler.open(request);
  } catch (error) {
    throw refusalOf(error);
  }
}

/** What an open file is moved by. Throws a local {@linkcode TftpError}; the file is closed then. */
export function equip(opened: Opened, request: ServedRequest, settings: OpenSettings): OpenedFile {
  try {
    const isWanted = isSource(opened) === (request.direction === "get");
    if (!isWanted) throw new TypeError("The handler gave a source for a sink, or a sink for one");
    return isSource(opened)
      ? equipSource(opened, request, settings)
      : equipSink(opened, request, settings);
  } catch (error) {
    discard(opened);
    throw refusalOf(error);
  }
}

function equipSource(origin: Source, request: ServedRequest, settings: OpenSettings): OpenedFile {
  const { policy, throttle } = settings;
  const { size } = origin;
  const isPlain = request.mode === "octet";
  // Where nothing changes or delays the bytes on their way, they are sent from where they are.
  const content = isPlain && !throttle ? origin.content : undefined;
  const timed = content ? origin : new TimedSource(origin, waitLimit(settings));
  const plain: Source = isPlain ? timed : new NetasciiSource(timed);
  const source = throttle ? new ThrottledSource(plain, throttle) : plain;
  const agreement = grant(request.packet, {
    ...limitsOf(request, settings),
    ...(size === undefined ? {} : { size }),
  });
  // What is read ahead would count against the rate at once, and make the first wait a long one.
  const readsAhead = !throttle && !origin.slow;
  const readAheadBytes = readsAhead ? Math.min(READ_AHEAD_BYTES, size ?? READ_AHEAD_BYTES) : 0;
  const timing = timingFor(policy);
  return {
    source,
    ...(isPlain && size !== undefined ? { size } : {}),
    machine: new Sender(agreement, { timing, readAheadBytes, content, ...answer(agreement) }),
  };
}

function equipSink(file: Sink, request: ServedRequest, settings: OpenSettings): OpenedFile {
  const { policy, quota, throttle } = settings;
  const { maxUpload, uploadQuota } = policy;
  const timed = new TimedSink(file, waitLimit(settings));
  const limited = maxUpload === undefined && uploadQuota === undefined
    ? timed
    : new LimitedSink(timed, quota, policy);
  const plain: Sink = request.mode === "octet" ? limited : new NetasciiSink(limited);
  const sink = throttle ? new ThrottledSink(plain, throttle) : plain;
  const agreement = grant(request.packet, limitsOf(request, settings));
  const timing = { timing: timingFor(policy), dallyMs: settings.dallyMs ?? UPLOAD_DALLY_MS };
  return { sink, machine: new Receiver(agreement, { ...timing, ...answer(agreement) }) };
}

/** A file is waited for no longer than its client. */
function waitLimit({ clock, policy }: OpenSettings) {
  return { clock, limitMs: policy.idleTimeoutMs };
}

/** RFC 2349: a WRQ's tsize lets a server refuse before any data is sent. */
function refuseAnnounced(request: ServedRequest, policy: ServePolicy, quota: UploadQuota): void {
  const { announcedBytes } = request;
  if (announcedBytes === undefined) return;
  refuseTooLarge(policy, announcedBytes);
  if (policy.uploadQuota === undefined || quota.fits(announcedBytes, policy.uploadQuota)) return;
  throw new TftpError("local", ErrorCode.DiskFull);
}

function limitsOf({ packet }: ServedRequest, settings: OpenSettings): Limits {
  const { policy, bytesPerSecond, receiveBufferBytes } = settings;
  const limits: Limits = {
    // What comes in shares a receive buffer with other uploads; what goes out has the client's.
    ...(packet.opcode === Opcode.WRQ
      ? { windowShare: settings.windowShare(), receiveBufferBytes }
      : {}),
    maxBlksize: policy.maxBlksize,
    maxWindowsize: policy.maxWindowsize,
    // Left out of the OACK (RFC 2349 allows it): agreeing would bind our repeats to the client's
    // seconds, and one lost packet would cost that long.
    grantTimeout: false,
  };
  if (bytesPerSecond === Infinity) return limits;
  const { blksize } = grant(packet, limits);
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
