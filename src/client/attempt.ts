/**
 * One request and its transfer, on a socket of its own. Pure: socket, clock and files are given to
 * it, and it reports its result by a callback.
 */

import {
  type Address,
  CancelledError,
  DEFAULT_TIMING,
  encodePacket,
  ErrorCode,
  errorSentence,
  type Machine,
  Opcode,
  PeerSilentError,
  Request,
  type RequestPacket,
  type RequestSettings,
  TidGate,
} from "../protocol/mod.ts";
import { formatAddress, withZoneOf } from "../engine/address.ts";
import type { Clock, Ticking } from "../engine/clock.ts";
import { Driver } from "../engine/driver.ts";
import type { Outcome } from "../engine/performer.ts";
import type { Sink, Source } from "../engine/source_sink.ts";
import type { DatagramHandler, Network, Socket } from "../engine/network.ts";
import { SizedSink } from "../files/checked_sink.ts";
import { BlksizeError, FirstBlockWatch } from "./blksize_probe.ts";
import type { ClientOptions, Summary } from "./client_options.ts";
import { bindLocal } from "./local_end.ts";

/** Repeats of a request with options before it is sent without: about three seconds. */
const OPTIONED_RETRIES = 1;

/** How often a server that has not appeared yet is asked: boot loaders listen for a few seconds. */
export const WAIT_EVERY_MS = 300;

/**
 * How long a client stays to repeat its last ACK. After a transfer without loss hardly at all: no
 * server repeats its last block within milliseconds, and every get would take longer.
 */
const DALLY = { dallyMs: 2000, cleanDallyMs: 1 };

/** The file of a transfer: a source to send, or a sink to receive into. */
export interface Ends {
  readonly source?: Source;
  readonly sink?: Sink;
}

export interface AttemptSettings extends Omit<ClientOptions, "host" | "signal" | "network"> {
  readonly network: Network;
  /** Give up with a {@linkcode BlksizeError} when the server answers, but no block gets through. */
  readonly probing?: boolean;
  /** A request with options came before, without success. */
  readonly fallback?: boolean;
  /** The machine of the transfer; its packet is that of the attempt. @default {Request} */
  readonly machine?: Opening;
  /** How long to wait for answers. @default {as the options say} */
  readonly timing?: RequestSettings;
  /** Called once when the transfer is complete. */
  whole(summary: AttemptSummary): void;
  /** Called once instead when it has failed. */
  failed(error: Error): void;
  /**
   * Called once after either, when everything has left, no ACK needs to be repeated, and a local
   * port that was asked for is free.
   */
  ended(): void;
}

/** A machine that starts with a request, and knows whether it was answered. */
export type Opening =
  & Machine
  & Pick<Request, "answered">
  & Partial<Pick<Request, "duplicates" | "gaps">>;

/** What a finished attempt reports. */
export type AttemptSummary = Omit<Summary, "dallied">;

export class Attempt implements DatagramHandler {
  readonly #packet: RequestPacket;
  readonly #settings: AttemptSettings;
  readonly #machine: Opening;
  readonly #gate: TidGate;
  readonly #socket: Socket;
  readonly #driver: Driver;
  readonly #clock: Clock;
  readonly #watches: readonly Ticking[];
  #probed = false;

  /** Binds the socket. Throws `NetworkError`. */
  constructor(packet: RequestPacket, asked: Address, { ends, ...settings }: {
    readonly ends: Ends;
  } & AttemptSettings) {
    this.#packet = packet;
    this.#settings = settings;
    const { machine, fallback = false } = settings;
    const { timing = { ...timingOf(packet, settings), ...DALLY, fallback } } = settings;
    this.#machine = machine ?? new Request(packet, timing);
    this.#gate = new TidGate(asked);
    const { network } = settings;
    this.#clock = network.clock;
    this.#socket = bindLocal(network, { peer: asked, end: settings, handler: this });
    this.#driver = this.#drive(ends);
    this.#watches = this.#watchesOf(ends);
  }

  /** Whether the server has answered with anything but an ERROR. */
  get answered(): boolean {
    return this.#machine.answered;
  }

  /** The machine of the transfer. */
  get machine(): Machine {
    return this.#machine;
  }

  /** The local address that it sends from. */
  get local(): Address {
    return this.#socket.address;
  }

  /** The server's TID, once it is known. */
  get peer(): Address {
    return this.#gate.peer;
  }

  /** Sends the request. */
  start(): void {
    for (const watch of this.#watches) this.#clock.add(watch);
    this.#driver.start();
  }

  /** Stops, and sends the reason to the server. */
  cancel(reason: string): void {
    this.#driver.cancel(reason);
  }

  receive(bytes: Uint8Array, sender: Address, nowMs: number): void {
    const from = withZoneOf(this.#gate.peer, sender);
    if (!this.#gate.admits(from)) return this.#tellStranger(bytes, from);
    if (this.#machine.answered) return this.#driver.receive(bytes, nowMs);
    // RFC 1350 §4: the first valid answer has the server's TID.
    this.#driver.peer = from;
    this.#driver.receive(bytes, nowMs);
    if (!this.#machine.answered) return void (this.#driver.peer = this.#gate.peer);
    this.#gate.pin(from);
    this.#settings.onAnswer?.(this.#machine.agreement!);
  }

  unsendable(error: Error, to: Address): void {
    const { peer } = this.#driver;
    const { hostname, port } = withZoneOf(peer, to);
    // An ERROR 5 to a stranger is no part of the transfer.
    if (port !== peer.port || hostname !== peer.hostname) return;
    // With `waitMs`, a missing server counts as a lost datagram.
    if (this.#settings.waitMs !== undefined && error.name !== "NotCapable") return;
    this.#driver.unsendable(error);
  }

  failed(): void {
    // One failed receive is one datagram lost.
  }

  broken(): void {
    // The deadline ends the transfer with a clear error.
  }

  #drive({ source, sink }: Ends): Driver {
    const machine = this.#machine;
    const { maxBytes } = this.#settings;
    const rules = {
      announced: () => machine.agreement?.tsize,
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
    return new Driver({
      machine,
      socket: this.#socket,
      clock: this.#clock,
      peer: this.#gate.peer,
      ...(source ? { source } : {}),
      ...(sink ? { sink: new SizedSink(sink, rules) } : {}),
    }, {
      noteSettled: (outcome) => this.#settle(outcome),
      noteEnded: () => this.#close(),
    });
  }

  /**
   * Ends when everything has left, such as an ERROR. Only a port that was asked for may be needed
   * again, so no other one is waited for.
   */
  #close(): void {
    const { localPorts, ended } = this.#settings;
    this.#socket.close();
    if (localPorts === undefined && this.#socket.flush()) ended();
    else this.#socket.close(ended);
  }

  /** What checks the transfer from time to time. */
  #watchesOf({ source }: Ends): Ticking[] {
    const watches: Ticking[] = [];
    const { onProgress, probing } = this.#settings;
    const machine = this.#machine;
    if (onProgress) {
      const size = () => source ? source.size : machine.agreement?.tsize;
      watches.push({ tick: () => onProgress(machine.bytes, size()) });
    }
    if (probing) {
      watches.push(
        new FirstBlockWatch(machine, () => {
          this.#probed = true;
          this.#driver.cancel("The blocks do not get through");
        }),
      );
    }
    return watches;
  }

  /** RFC 1350 §4: another sender gets ERROR 5, the transfer goes on; an ERROR is never answered. */
  #tellStranger(bytes: Uint8Array, from: Address): void {
    if (bytes[1] === Opcode.ERROR || !this.#gate.answersStranger()) return;
    const message = errorSentence(ErrorCode.UnknownTid);
    const packet = { opcode: Opcode.ERROR, code: ErrorCode.UnknownTid, message };
    this.#socket.send(encodePacket(packet), from);
  }

  #settle(outcome: Outcome): void {
    for (const watch of this.#watches) this.#clock.remove(watch);
    if (outcome.error) this.#settings.failed(this.#explain(outcome.error));
    else this.#settings.whole(this.#summary(outcome));
  }

  #explain(error: Error): Error {
    if (this.#probed && error instanceof CancelledError) {
      return new BlksizeError(this.#machine.agreement!.blksize);
    }
    const { stranger } = this.#gate;
    if (error instanceof PeerSilentError && stranger) {
      error.message += ` (but ${formatAddress(stranger)}, which was not asked, sent a packet)`;
    }
    return error;
  }

  #summary(outcome: Outcome): AttemptSummary {
    const { bytes, retransmits, duplicates = 0, gaps = 0, agreement } = this.#machine;
    return {
      direction: this.#packet.opcode === Opcode.RRQ ? "get" : "put",
      filename: this.#packet.filename,
      // The peer is set when the first answer is handled, which may be after the end.
      peer: formatAddress(this.#driver.peer),
      bytes,
      elapsedMs: outcome.elapsedMs,
      asked: this.#packet.options,
      agreement: agreement!,
      ...{ retransmits, duplicates, gaps },
      fellBack: false,
      ...(outcome.note === undefined ? {} : { note: outcome.note }),
    };
  }
}

/** How long to wait for answers, and how often to repeat the request. */
function timingOf(
  packet: RequestPacket,
  options: Pick<ClientOptions, "timeoutMs" | "retries" | "waitMs">,
) {
  const timing = {
    ...DEFAULT_TIMING,
    firstMs: options.timeoutMs ?? DEFAULT_TIMING.firstMs,
    retries: options.retries ?? DEFAULT_TIMING.retries,
  };
  if (options.waitMs !== undefined) {
    const retries = Math.ceil(options.waitMs / WAIT_EVERY_MS);
    const every = { firstMs: WAIT_EVERY_MS, maxMs: WAIT_EVERY_MS };
    const openingTiming = { ...timing, ...every, retries, maxRepeats: retries };
    return { timing, openingTiming, openingRetries: retries };
  }
  const patience = packet.options.length > 0 ? OPTIONED_RETRIES : timing.retries;
  return { timing, openingRetries: Math.min(patience, timing.retries) };
}
