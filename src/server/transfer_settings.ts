/** Settings and callbacks of a transfer. Pure. */

import type { TftpError } from "../protocol/mod.ts";
import type { Peer, Socket } from "../engine/network.ts";
import type { LoggedTransfer } from "./log_record.ts";
import type { OpeningSettings } from "./opening.ts";
import type { Transfer } from "./transfer.ts";
import type { ValidatedAddresses } from "./validated_addresses.ts";

export interface TransferSettings extends OpeningSettings {
  readonly client: Peer;
  readonly socket: Socket;
  /** The name to look up, after the map file. */
  readonly filename: string;
  readonly validated: ValidatedAddresses;
  /** Grant no options: the client could not read an OACK. */
  readonly withoutOptions?: boolean;
  /** Called when the file is open, before the first answer leaves. */
  begun(): void;
  /** Called for a packet of the client while {@linkcode Transfer.isOpening}. */
  activity(): void;
  /** Called when the client goes on with this transfer, so the newer one ends. */
  wentOn(newer: Transfer): void;
  /** Called once, with its log record, when it is complete or has failed. */
  settled(record: LoggedTransfer): void;
  /** Called once instead, with the answer, where the file was refused later. */
  refused(refusal: TftpError): void;
  /** Called once, after that, when it is over: a receiver may dally in between. */
  ended(): void;
}
