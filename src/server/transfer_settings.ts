/** What a transfer is given, by its server and by its request, and whom it tells of its course. */

import type { RequestPacket, TftpError } from "../protocol/mod.ts";
import type { Peer } from "../engine/network.ts";
import type { Port } from "../engine/port.ts";
import type { LoggedTransfer } from "./log_record.ts";
import type { OpenSettings } from "./opened_file.ts";
import type { Throttle } from "./throttle.ts";
import type { Transfer } from "./transfer.ts";
import type { ValidatedAddresses } from "./validated_addresses.ts";

/** The same for all transfers, until the policy of the server changes. */
export interface TransferSettings extends OpenSettings {
  readonly validated: ValidatedAddresses;
  readonly owner: TransferOwner;
}

/** A request that becomes a transfer, if its file can be opened. */
export interface AdmittedRequest {
  readonly packet: RequestPacket;
  readonly client: Peer;
  /** The port that answers. */
  readonly port: Port;
  /** The name to look up, after the map file. */
  readonly filename: string;
  /** Grant no options: the client could not read an OACK. */
  readonly withoutOptions: boolean;
  /** Present where a rate limit applies. */
  readonly throttle: Throttle | undefined;
  /** Called once, with the answer, where the file was refused later; nothing else is then. */
  refused(refusal: TftpError): void;
}

/** Told what becomes of transfers. */
export interface TransferOwner {
  /** The file is open, and the first answer has yet to leave. */
  begun(transfer: Transfer): void;
  /** The first packet after its request has come from the client. Called once. */
  heard(transfer: Transfer): void;
  /** A packet of the client has come, and the transfer is or was at its first packets. */
  active(transfer: Transfer): void;
  /** The client goes on with a transfer, so the newer one ends. */
  wentOn(transfer: Transfer, newer: Transfer): void;
  /** A transfer is complete or has failed. Called once. */
  settled(transfer: Transfer, record: LoggedTransfer): void;
  /** A transfer is over: a receiver may have dallied in between. Called once. */
  ended(transfer: Transfer): void;
  /** An internal error, or a file that could not be closed. */
  internalError(error: unknown): void;
}
