/** How the log calls the end of a transfer. Pure. */

import {
  Opcode,
  type Receiver,
  type RequestPacket,
  type Sender,
  TftpError,
} from "../protocol/mod.ts";
import type { TransferResult } from "./log_record.ts";

/** A transfer that its own client has given up for another. */
export class ReplacedError extends Error {
  override name = "ReplacedError";
}

export interface EndedTransfer {
  readonly opcode: RequestPacket["opcode"];
  readonly machine: Sender | Receiver;
  /** Whether it was ended here, for another one. */
  readonly replaced: boolean;
}

/** What became of a transfer that ended with this error, or without one. */
export function resultOf(error: Error | undefined, ended: EndedTransfer): TransferResult {
  if (!error) return "done";
  if (ended.replaced && error instanceof ReplacedError) return "replaced";
  return isProbe(error, ended) ? "probe" : "failed";
}

/** Boot firmware asks for a file's size with an RRQ, and calls it off once the OACK has told it. */
function isProbe(error: Error, { opcode, machine }: EndedTransfer): boolean {
  const calledOff = error instanceof TftpError && error.side === "peer" &&
    (error.code === 0 || error.code === 8);
  return calledOff && opcode === Opcode.RRQ && machine.bytes === 0 &&
    machine.agreement.granted.length > 0;
}
