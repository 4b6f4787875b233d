/** What a granted request needs: its open file, and the machine that transfers it. Pure. */

import {
  type Agreement,
  ErrorCode,
  grant,
  type Limits,
  type MappedBytes,
  type OackPacket,
  Opcode,
  Receiver,
  Sender,
  SERVER_TIMING,
  TftpError,
  type Timing,
} from "../protocol/mod.ts";
import type { Clock } from "../engine/clock.ts";
import type { Sink, Source } from "../engine/source_sink.ts";
import { refusalOf } from "../engine/errors.ts";
import { discard, type Handler, isSource, type Opened } from "../engine/handler.ts";
import { NetasciiSink, NetasciiSource } from "../engine/netascii_files.ts";
import { refuseTooLarge, type ServePolicy } from "./policy.ts";
import type { ServedRequest } from "./served_request.ts";
import { ThrottledSink, ThrottledSource } from "./throttle.ts";
import { TimedSink, TimedSource } from "./timed_files.ts";
import { LimitedSink, type UploadQuota } from "./upload_quota.ts";

/**
 * How long the last ACK of an upload is repeated after it was sent: twice the timeout of the
 * slowest common client, 5 s, and some room, so that one of its repeats may be lost.
 */
export const UPLOAD_DALLY_MS = 12_000;

/** Bytes read at once from a file, when that is more than a window. */
const READ_AHEAD_BYTES = 16 * 1024;

/** Under a rate limit, a window is no more than this much time's worth. */
const WINDOW_MS = 500;

export interface OpenSettings {
  readonly handler: Handler;
  readonly clock: Clock;
  readonly policy: ServePolicy;
  readonly quota: UploadQuota;
  readonly timing: Timing;
  /** The lowest rate limit that applies, in bytes per second; Infinity for none. */
  readonly bytesPerSecond: number;
  /** How long the last ACK of an upload is repeated, in milliseconds. @default {12000} */
  readonly dallyMs?: number | undefined;
}

export type OpenedFile =
  | {
    readonly source: Source;
    readonly sink?: never;
    readonly machine: Sender;
    /** Bytes that will be sent, where no translation changes their number. */
    readonly size?: number | undefined;
  }
  | { readonly sink: Sink; readonly source?: never; readonly machine: Receiver; size?: never };

/** Asks the handler. Throws a local {@linkcode TftpError} for an immediate refusal. */
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

/**
 * Makes the machine for an open file. Throws a local {@linkcode TftpError}, with the file closed.
 */
export function prepare(
  opened: Opened,
  request: ServedRequest,
  settings: OpenSettings,
): OpenedFile {
  try {
    const isWanted = isSource(opened) === (request.direction === "get");
    if (!isWanted) {
      throw new TypeError("The handler returned a source for an upload, or a sink for a download");
    }
    return isSource(opened)
      ? prepareSource(opened, request, settings)
      : prepareSink(opened, request, settings);
  } catch (error) {
    discard(opened);
    throw refusalOf(error);
  }
}

function prepareSource(origin: Source, request: ServedRequest, settings: OpenSettings): OpenedFile {
  const { timing } = settings;
  const { throttle } = request.admitted;
  const { size } = origin;
  const isPlain = request.mode === "octet";
  // Bytes that nothing changes or delays are sent directly from memory.
  const content = isPlain && !throttle ? contentOf(origin, request) : undefined;
  const timed = content ? origin : new TimedSource(origin, waitLimit(settings));
  const plain: Source = isPlain ? timed : new NetasciiSource(timed);
  const source = throttle ? new ThrottledSource(plain, throttle) : plain;
  const agreement = grant(request.packet, limitsOf(request, settings, size));
  // What is read ahead would count against the rate at once, and make the first wait long.
  const readsAhead = !throttle && !origin.slow;
  const readAheadBytes = readsAhead ? Math.min(READ_AHEAD_BYTES, size ?? READ_AHEAD_BYTES) : 0;
  const oack = oackOf(agreement);
  return {
    source,
    size: isPlain ? size : undefined,
    machine: new Sender(agreement, { timing, readAheadBytes, content, oack }),
  };
}

/** All bytes of a source, where they are in memory and this socket can send them from there. */
function contentOf(
  origin: Source,
  { admitted: { port } }: ServedRequest,
): Uint8Array | MappedBytes | undefined {
  return origin.content ?? (port.socket.takesAddresses ? origin.mapped?.() : undefined);
}

function prepareSink(file: Sink, request: ServedRequest, settings: OpenSettings): OpenedFile {
  const { policy, quota, timing, dallyMs = UPLOAD_DALLY_MS } = settings;
  const { throttle } = request.admitted;
  const { maxUpload, uploadQuota } = policy;
  const timed = new TimedSink(file, waitLimit(settings));
  const limited = maxUpload === undefined && uploadQuota === undefined
    ? timed
    : new LimitedSink(timed, quota, policy);
  const plain: Sink = request.mode === "octet" ? limited : new NetasciiSink(limited);
  const sink = throttle ? new ThrottledSink(plain, throttle) : plain;
  const agreement = grant(request.packet, limitsOf(request, settings));
  return { sink, machine: new Receiver(agreement, { timing, dallyMs, oack: oackOf(agreement) }) };
}

/** The server waits for a file no longer than for its client. */
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

function limitsOf(
  { packet, admitted: { port } }: ServedRequest,
  { policy, bytesPerSecond }: OpenSettings,
  size?: number,
): Limits {
  // Uploads share a receive buffer; a download uses the buffer of its client.
  const isUpload = packet.opcode === Opcode.WRQ;
  const limits: Limits = {
    size,
    windowShare: isUpload ? Math.max(0, 1 - port.promised) : undefined,
    receiveBufferBytes: isUpload ? port.socket.receiveBufferBytes : undefined,
    maxBlksize: policy.maxBlksize,
    maxWindowsize: policy.maxWindowsize,
    // Left out of the OACK (RFC 2349 allows it): granting it would tie our retransmissions to the
    // client's seconds, and one lost packet would cost that long.
    grantTimeout: false,
  };
  if (bytesPerSecond === Infinity) return limits;
  const { blksize } = grant(packet, limits);
  const blocks = Math.floor(bytesPerSecond * WINDOW_MS / 1000 / blksize);
  return { ...limits, maxWindowsize: Math.max(1, Math.min(policy.maxWindowsize, blocks)) };
}

/** The timing of a server's transfers. */
export function timingFor({ idleTimeoutMs }: ServePolicy): Timing {
  // A short idle timeout leaves no time for the retries of a long one.
  return { ...SERVER_TIMING, silenceMs: idleTimeoutMs, retries: 1 };
}

/** RFC 2347: an OACK is only sent when it grants something. */
function oackOf({ granted }: Agreement): OackPacket | undefined {
  return granted.length > 0 ? { opcode: Opcode.OACK, options: granted } : undefined;
}
