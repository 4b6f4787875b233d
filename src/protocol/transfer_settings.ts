/** What the machines of both sides are given beside the agreed options. Types alone. */

import type { DallySettings } from "./dally.ts";
import type { Timing } from "./flight.ts";
import type { MappedBytes } from "./machine.ts";
import type { OackPacket } from "./packet_types.ts";
import type { RoundTrip } from "./round_trip.ts";

/**
 * What a sender is given beside the agreed options.
 *
 * ```ts
 * import { PLAIN_AGREEMENT, Sender, SERVER_TIMING } from "@tftp/tftp/protocol";
 * import type { SenderSettings } from "@tftp/tftp/protocol";
 *
 * // The whole file is in memory: nothing is read.
 * const content = new TextEncoder().encode("welcome\n");
 * const settings: SenderSettings = { timing: SERVER_TIMING, content };
 * const [first] = new Sender(PLAIN_AGREEMENT, settings).start(0);
 * if (first?.kind !== "data") throw new Error(first?.kind);
 * ```
 */
export interface SenderSettings {
  /** How long answers are waited for. */
  readonly timing: Timing;
  /** What the opening has learnt of the round trip. */
  readonly roundTrip?: RoundTrip;
  /** A server's answer to the request, when options were granted; it is repeated until ACK 0. */
  readonly oack?: OackPacket | undefined;
  /**
   * Read this much at once, if that is more than a window, and what comes next while an answer is
   * on its way (64 KiB or one block at most). With 0, only what is to be sent is read. @default {0}
   */
  readonly readAheadBytes?: number;
  /**
   * The whole file, where it is in memory: then nothing is read. It must not change. One that is
   * mapped is for a socket that takes addresses.
   */
  readonly content?: Uint8Array | MappedBytes | undefined;
}

/**
 * What a receiver is given beside the agreed options.
 *
 * ```ts
 * import { PLAIN_AGREEMENT, Receiver, type ReceiverSettings } from "@tftp/tftp/protocol";
 *
 * const timing = { firstMs: 200, floorMs: 30, maxMs: 2000, retries: 2 };
 * const settings: ReceiverSettings = { timing, dallyMs: 1000 };
 * const receiver = new Receiver(PLAIN_AGREEMENT, settings);
 * receiver.start(0);
 * if (receiver.deadlineMs > 1000) throw new Error(`${receiver.deadlineMs} ms`);
 * ```
 */
export interface ReceiverSettings extends DallySettings {
  /** How long answers are waited for. */
  readonly timing: Timing;
  /** What the opening has learnt of the round trip. */
  readonly roundTrip?: RoundTrip;
  /** A server's answer to the request, when options were granted: it replaces ACK 0. */
  readonly oack?: OackPacket | undefined;
}
