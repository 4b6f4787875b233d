/** The result of a transfer, for the log. Pure. */

import { PLAIN_AGREEMENT, type Receiver, type Sender, TftpError } from "../protocol/mod.ts";
import { formatAddress } from "../engine/address.ts";
import type { FileRequest } from "../engine/handler.ts";
import type { Peer } from "../engine/network.ts";
import type { DraftTransfer, LoggedTransfer, TransferResult } from "./log_record.ts";

/** The client has replaced this transfer by another. */
export class ReplacedError extends Error {
  override name = "ReplacedError";
}

export interface EndedTransfer {
  readonly request: Pick<FileRequest, "direction">;
  /** Absent where its file was never opened. */
  readonly machine?: Sender | Receiver | undefined;
  /** Whether another transfer has replaced it. */
  readonly replaced: boolean;
}

/** The result of a transfer that ended with this error, or without one. */
export function resultOf(error: Error | undefined, ended: EndedTransfer): TransferResult {
  if (!error) return "done";
  if (ended.replaced && error instanceof ReplacedError) return "replaced";
  return isProbe(error, ended) ? "probe" : "failed";
}

/**
 * Boot firmware asks for a file's size with an RRQ, and sends an ERROR once the OACK has told it.
 */
function isProbe(error: Error, { request, machine }: EndedTransfer): boolean {
  const calledOff = error instanceof TftpError && error.side === "peer" &&
    (error.code === 0 || error.code === 8);
  return calledOff && request.direction === "get" && machine?.bytes === 0 &&
    machine.agreement.granted.length > 0;
}

export interface Ended extends EndedTransfer {
  readonly client: Peer;
  readonly request: Pick<FileRequest, "direction" | "name" | "mode" | "askedName">;
  readonly elapsedMs: number;
  readonly rttMs: number | undefined;
  readonly error: Error | undefined;
  readonly note?: string | undefined;
}

/** The log record of a transfer that has ended. */
export function recordOf(ended: Ended): LoggedTransfer {
  const { client, request, machine, elapsedMs, rttMs, error, note } = ended;
  const { direction, name, askedName: filename, mode } = request;
  // Without a spread: it costs more than all the rest, and each small file has a record.
  const record: DraftTransfer = {
    kind: "transfer",
    result: resultOf(error, ended),
    client: formatAddress(client),
    direction,
    filename,
    mode,
    bytes: machine?.bytes ?? 0,
    elapsedMs,
    agreement: machine?.agreement ?? PLAIN_AGREEMENT,
    retransmits: machine?.retransmits ?? 0,
  };
  if (rttMs !== undefined) record.rttMs = rttMs;
  if (name !== filename) record.rewritten = name;
  if (error) record.error = error;
  if (note !== undefined) record.note = note;
  return record;
}
