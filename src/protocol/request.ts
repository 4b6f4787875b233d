/**
 * A client's opening: the RRQ or WRQ is the first flight, repeated until it is answered, and the
 * answer decides what the transfer becomes.
 *
 *     request  answered by            becomes
 *     RRQ      OACK                   Receiver, which acknowledges block 0
 *              DATA 1                 Receiver with RFC 1350's values: no option was taken
 *     WRQ      OACK, ACK 0            Sender
 *     both     ERROR                  failed; `refusesOptions` says whether to ask again plainly
 */

import { ErrorCode, PeerSilentError, ProtocolError, TftpError } from "./error_code.ts";
import { Flight, type Timing } from "./flight.ts";
import { type Action, type Blocks, type Machine, NOTHING } from "./machine.ts";
import { type Agreement, confirm, PLAIN_AGREEMENT } from "./options.ts";
import { Opcode, type Packet, type RequestPacket } from "./packet.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import type { ReceiverSettings } from "./transfer_settings.ts";

/**
 * How a client asks, and the settings of its machine.
 *
 * ```ts
 * import { DEFAULT_TIMING, patienceMs, type RequestSettings } from "@tftp/tftp/protocol";
 *
 * // Ask twice, but wait for blocks with the usual patience.
 * const settings: RequestSettings = { timing: DEFAULT_TIMING, openingRetries: 1, dallyMs: 1000 };
 * const openingMs = patienceMs({ ...settings.timing, retries: settings.openingRetries });
 * if (openingMs !== 3000) throw new Error(`${openingMs} ms`);
 * ```
 */
export interface RequestSettings extends ReceiverSettings {
  /** How long to wait for answers. */
  readonly timing: Timing;
  /** Repeats of the request itself. */
  readonly openingRetries: number;
  /** The waits between these repeats. @default {timing} */
  readonly openingTiming?: Timing;
  /**
   * A request with options was sent before this one, which has none. On the same local port, its
   * answer may come late: an OACK or an ERROR 8, which count as lost then. @default {false}
   */
  readonly fallback?: boolean;
}

/**
 * The machine of a client, from its request on.
 *
 * ```ts
 * import { DEFAULT_TIMING, Opcode, Request } from "@tftp/tftp/protocol";
 *
 * const packet = { opcode: Opcode.RRQ, filename: "motd", mode: "octet", options: [] };
 * const settings = { timing: DEFAULT_TIMING, openingRetries: 5, dallyMs: 1000 };
 * const request = new Request(packet, settings);
 * const [asking] = request.start(0);
 * if (asking?.kind !== "send" || asking.packet !== packet) throw new Error("first it asks");
 * request.receive({ opcode: Opcode.ERROR, code: 1, message: "no" }, 20);
 * if (!request.done) throw new Error("an ERROR ends it");
 * ```
 */
export class Request implements Machine {
  readonly #packet: RequestPacket;
  readonly #settings: RequestSettings;
  readonly #flight: Flight;
  #transfer: Sender | Receiver | undefined;
  #startedMs = 0;
  #repeats = 0;
  #ended = false;

  /** Sends the request once it is started. */
  constructor(packet: RequestPacket, settings: RequestSettings) {
    this.#packet = packet;
    this.#settings = settings;
    const { timing, openingTiming = timing, openingRetries } = settings;
    this.#flight = new Flight({ ...openingTiming, retries: openingRetries });
  }

  /** Whether a valid answer has come: its TID is the peer's from then on (RFC 1350 §4). */
  get answered(): boolean {
    return this.#transfer !== undefined;
  }

  get done(): boolean {
    return this.#transfer?.done ?? this.#ended;
  }

  get agreement(): Agreement | undefined {
    return this.#transfer?.agreement;
  }

  get bytes(): number {
    return this.#transfer?.bytes ?? 0;
  }

  get retransmits(): number {
    return this.#repeats + (this.#transfer?.retransmits ?? 0);
  }

  get blocks(): Blocks | undefined {
    return this.#transfer?.blocks;
  }

  /** As {@linkcode Receiver.duplicates}; 0 for a WRQ. */
  get duplicates(): number {
    return this.#transfer instanceof Receiver ? this.#transfer.duplicates : 0;
  }

  /** As {@linkcode Receiver.gaps}; 0 for a WRQ. */
  get gaps(): number {
    return this.#transfer instanceof Receiver ? this.#transfer.gaps : 0;
  }

  get deadlineMs(): number {
    return this.#transfer?.deadlineMs ?? this.#flight.deadlineMs;
  }

  start(nowMs: number): readonly Action[] {
    this.#startedMs = nowMs;
    this.#flight.arm(nowMs);
    return [{ kind: "send", packet: this.#packet }];
  }

  receive(packet: Packet, nowMs: number): readonly Action[] {
    if (this.#transfer) return this.#transfer.receive(packet, nowMs);
    if (this.#ended || this.#isLate(packet)) return NOTHING;
    switch (packet.opcode) {
      case Opcode.OACK:
        return this.#confirmed(packet.options, nowMs);
      case Opcode.DATA:
        if (this.#packet.opcode !== Opcode.RRQ || packet.block !== 1) return NOTHING;
        this.#become(PLAIN_AGREEMENT, nowMs);
        return this.#transfer!.receive(packet, nowMs);
      case Opcode.ACK:
        if (this.#packet.opcode !== Opcode.WRQ || packet.block !== 0) return NOTHING;
        return this.#become(PLAIN_AGREEMENT, nowMs).start(nowMs);
      case Opcode.ERROR:
        return this.#fail(new TftpError("peer", packet.code, packet.message));
      default:
        return NOTHING;
    }
  }

  timeout(nowMs: number): readonly Action[] {
    if (this.#transfer) return this.#transfer.timeout(nowMs);
    if (this.#ended || nowMs < this.deadlineMs) return NOTHING;
    if (!this.#flight.repeat(nowMs)) {
      return this.#fail(new PeerSilentError("answer", this.#flight.silentMs(nowMs), false));
    }
    this.#repeats++;
    return [{ kind: "send", packet: this.#packet }];
  }

  loaded(length: number, nowMs: number): readonly Action[] {
    return this.#transfer?.loaded(length, nowMs) ?? NOTHING;
  }

  abort(error: Error, code: number, message: string): readonly Action[] {
    if (this.#transfer) return this.#transfer.abort(error, code, message);
    // Nobody has answered yet, so there is no TID to send an ERROR to.
    return this.#ended ? NOTHING : this.#fail(error);
  }

  unreachable(error: Error): readonly Action[] {
    if (this.#transfer) return this.#transfer.unreachable(error);
    return this.#ended ? NOTHING : this.#fail(error);
  }

  /** Whether it answers the request with options that came before. */
  #isLate(packet: Packet): boolean {
    if (!this.#settings.fallback) return false;
    return packet.opcode === Opcode.OACK ||
      packet.opcode === Opcode.ERROR && packet.code === ErrorCode.OptionRefused;
  }

  #confirmed(options: Parameters<typeof confirm>[1], nowMs: number): readonly Action[] {
    try {
      return this.#become(confirm(this.#packet.options, options), nowMs).start(nowMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // RFC 2347: a client that can't live with the OACK answers with ERROR 8.
      const packet = {
        opcode: Opcode.ERROR,
        code: ErrorCode.OptionRefused,
        message: error.message,
      };
      return [{ kind: "send", packet }, ...this.#fail(error)];
    }
  }

  #become(agreement: Agreement, nowMs: number): Sender | Receiver {
    const { roundTrip } = this.#flight;
    if (this.#repeats === 0) roundTrip.sample(nowMs - this.#startedMs);
    const settings = { ...this.#settings, roundTrip };
    this.#transfer = this.#packet.opcode === Opcode.RRQ
      ? new Receiver(agreement, settings)
      : new Sender(agreement, settings);
    return this.#transfer;
  }

  #fail(error: Error): readonly Action[] {
    this.#ended = true;
    this.#flight.disarm();
    return [{ kind: "fail", error }];
  }
}

/**
 * Whether a failure of a request with options is worth one plain RFC 1350 request: ERROR 8, or 4 or
 * 0 from servers that do not know options, or silence, all before anything was transferred.
 *
 * ```ts
 * import { ErrorCode, refusesOptions, TftpError } from "@tftp/tftp/protocol";
 *
 * const isOld = refusesOptions(new TftpError("peer", ErrorCode.OptionRefused), false);
 * const isMissing = refusesOptions(new TftpError("peer", ErrorCode.FileNotFound), false);
 * if (!isOld || isMissing) throw new Error("a missing file is missing without options too");
 * ```
 */
export function refusesOptions(error: unknown, answered: boolean): boolean {
  if (answered) return false;
  if (error instanceof PeerSilentError) return true;
  return error instanceof TftpError && error.side === "peer" &&
    (error.code === ErrorCode.OptionRefused || error.code === ErrorCode.IllegalOperation ||
      error.code === ErrorCode.NotDefined);
}
