/** What a transfer is given, and whom it tells. Pure. */

import type { TftpError } from "../protocol/mod.ts";
import type { Peer, Socket } from "../engine/network.ts";
import type { TransferRecord } from "./log_record.ts";
import type { OpeningSettings } from "./opening.ts";
import type { Transfer } from "./transfer.ts";
import type { ValidatedAddresses } from "./validated_addresses.ts";

export interface TransferSettings extends OpeningSettings {
  readonly client: Peer;
  readonly socket: Socket;
  /** The name to look up, as the map file has made it. */
  readonly filename: string;
  readonly validated: ValidatedAddresses;
  /** Grant no options: the client has not understood an OACK. */
  readonly plainly?: boolean;
  /** The file is open, and the first answer about to leave. */
  begun(): void;
  /** The client was heard of while the transfer {@linkcode Transfer.isOpening}. */
  heardOf(): void;
  /** The client has been heard again, so this is its transfer and not the newer one. */
  wentOn(newer: Transfer): void;
  /** Called once, with what there is to say of it, when it is whole or has failed. */
  settled(record: TransferRecord): void;
  /** Called once instead, with the answer, where the file was refused later. */
  refused(refusal: TftpError): void;
  /** Called once, after that, when it is over: a receiver may dally in between. */
  ended(): void;
}
