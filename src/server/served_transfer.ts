/** One request, granted: its file, its agreement, its machine, and the record it leaves. */

import {
  type Address,
  type Agreement,
  ErrorCode,
  grant,
  type Limits,
  MAX_BLKSIZE,
  MAX_WINDOWSIZE,
  type Mode,
  type OackPacket,
  Opcode,
  Receiver,
  type RequestPacket,
  Sender,
  SERVER_TIMING,
  TftpError,
} from "../protocol/mod.ts";
import type { Clock } from "../runtime/clock.ts";
import { abandonAfter, Drive, type Sink, type Source } from "../runtime/drive.ts";
import { type Endpoint, formatAddress } from "../runtime/endpoint.ts";
import { NetasciiSink } from "../runtime/file_sink.ts";
import { FileSource, NetasciiSource } from "../runtime/file_source.ts";
import type { ServedRoot } from "../runtime/served_root.ts";
import type { TransferRecord } from "./log_record.ts";

/** Whether files may be sent to the server: not, under new names, or over old ones. */
export type UploadPolicy = "off" | "new" | "overwrite";

/** How long the last ACK of an upload is repeated: two waits of the slowest common client. */
const UPLOAD_DALLY_MS = 10_000;

/** Read at once from a file, when that is more than a window. */
const READ_AHEAD_BYTES = 32 * 1024;

const LIMITS: Limits = {
  maxBlksize: MAX_BLKSIZE,
  maxWindowsize: MAX_WINDOWSIZE,
  // Left out of the OACK (RFC 2349 allows it): agreeing would bind our repeats to the client's
  // seconds, and one lost packet would cost that long.
  grantTimeout: false,
};

export interface ServedTransferSettings {
  readonly root: ServedRoot;
  readonly client: Address;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly uploads: UploadPolicy;
}

export class ServedTransfer {
  readonly client: Address;
  readonly drive: Drive;
  /** Settles with what there is to say of the transfer, when it is whole or has failed. */
  readonly record: Promise<TransferRecord>;
  /** Whether the outcome is known; a Receiver may still dally. */
  settled = false;
  readonly #request: RequestPacket;
  readonly #machine: Sender | Receiver;

  /**
   * Opens the file. Throws a local {@linkcode TftpError}, whose code and message are the answer.
   */
  constructor(request: RequestPacket, settings: ServedTransferSettings) {
    const { client, endpoint, clock } = settings;
    const mode = modeOf(request);
    this.client = client;
    this.#request = request;
    const cargo = request.opcode === Opcode.RRQ
      ? openSource(request, mode, settings.root)
      : openSink(request, mode, settings);
    this.#machine = cargo.machine;
    this.drive = new Drive({ ...cargo, endpoint, clock, peer: client });
    this.record = this.#conclude(cargo);
  }

  /** Whether a request is this transfer's own, sent again. */
  answers(request: RequestPacket): boolean {
    return request.opcode === this.#request.opcode && request.filename === this.#request.filename;
  }

  async #conclude(cargo: { source?: Source; sink?: Sink }): Promise<TransferRecord> {
    const { error, note, elapsedMs } = await this.drive.outcome;
    this.settled = true;
    cargo.source?.close();
    const failure = error && cargo.sink ? abandonAfter(error, cargo.sink) : error;
    return {
      client: formatAddress(this.client),
      direction: this.#request.opcode === Opcode.RRQ ? "get" : "put",
      filename: this.#request.filename,
      mode: this.#request.mode.toLowerCase(),
      bytes: this.#machine.bytes,
      elapsedMs,
      agreement: this.#machine.agreement,
      retransmits: this.#machine.retransmits,
      ...(failure ? { error: failure } : {}),
      ...(note === undefined ? {} : { note }),
    };
  }
}

function modeOf(request: RequestPacket): Mode {
  const mode = request.mode.toLowerCase();
  if (mode === "octet" || mode === "netascii") return mode;
  // RFC 1350 §1 has made "mail" obsolete.
  throw new TftpError("local", ErrorCode.IllegalOperation, "Mode is neither octet nor netascii");
}

function openSource(request: RequestPacket, mode: Mode, root: ServedRoot) {
  const { file, size } = root.openForReading(request.filename);
  const origin = new FileSource(file, request.filename, size);
  const source: Source = mode === "octet" ? origin : new NetasciiSource(origin);
  const agreement = grant(request, { ...LIMITS, size });
  const readAheadBytes = Math.min(READ_AHEAD_BYTES, size);
  const settings = { timing: SERVER_TIMING, readAheadBytes, ...answer(agreement) };
  return { source, machine: new Sender(agreement, settings) };
}

function openSink(request: RequestPacket, mode: Mode, settings: ServedTransferSettings) {
  if (settings.uploads === "off") {
    throw new TftpError("local", ErrorCode.AccessViolation, "Uploads are switched off");
  }
  const overwrite = settings.uploads === "overwrite";
  const file = settings.root.openForWriting(request.filename, { overwrite });
  const sink: Sink = mode === "octet" ? file : new NetasciiSink(file);
  const agreement = grant(request, LIMITS);
  const timing = { timing: SERVER_TIMING, dallyMs: UPLOAD_DALLY_MS };
  return { sink, machine: new Receiver(agreement, { ...timing, ...answer(agreement) }) };
}

/** RFC 2347: an OACK is only sent when it grants something. */
function answer(agreement: Agreement): { oack?: OackPacket } {
  const { granted } = agreement;
  return granted.length > 0 ? { oack: { opcode: Opcode.OACK, options: granted } } : {};
}
