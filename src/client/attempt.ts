/** One request and what becomes of it, on a socket of its own. */

import {
  type Address,
  CancelledError,
  DEFAULT_TIMING,
  encodePacket,
  ErrorCode,
  errorSentence,
  Opcode,
  PeerSilentError,
  Request,
  type RequestPacket,
  TidGate,
} from "../protocol/mod.ts";
import { SizedSink } from "../files/checked_sink.ts";
import { SystemClock, type Ticking } from "../engine/clock.ts";
import { Drive, type Outcome } from "../engine/driver.ts";
import type { Sink, Source } from "../engine/ends.ts";
import type { Endpoint } from "../net/endpoint.ts";
import { PatientEndpoint } from "../net/patient_endpoint.ts";
import { withZoneOf } from "../net/resolve.ts";
import { BlksizeError, FirstBlockWatch } from "./blksize_probe.ts";
import type { ClientOptions, Summary } from "./client_options.ts";
import { bindLocal } from "./local_end.ts";
import { formatAddress } from "../engine/address.ts";

/** Repeats of a request with options before it is asked without: about three seconds. */
const OPTIONED_RETRIES = 1;

/** How often a server is asked that is yet to appear: boot loaders listen for a few seconds. */
export const WAIT_EVERY_MS = 300;

/**
 * How long a client stays to repeat its last ACK. After a transfer without a loss hardly at all: no
 * server repeats its last block within milliseconds, and every get would take as much longer.
 */
const DALLY = { dallyMs: 2000, cleanDallyMs: 1 };

/** What a transfer moves: a source's bytes away, or bytes into a sink. */
export interface Cargo {
  readonly source?: Source;
  readonly sink?: Sink;
}

export class Attempt {
  readonly #packet: RequestPacket;
  readonly #options: ClientOptions;
  readonly #machine: Request;
  readonly #gate: TidGate;
  readonly #clock = new SystemClock();
  #probed = false;

  constructor(packet: RequestPacket, asked: Address, options: ClientOptions) {
    this.#packet = packet;
    this.#options = options;
    this.#machine = new Request(packet, { ...timingOf(packet, options), ...DALLY });
    this.#gate = new TidGate(asked);
  }

  /** Whether the server has answered with anything but an ERROR. */
  get answered(): boolean {
    return this.#machine.answered;
  }

  /**
   * Runs it to its end. With `probing` it gives up with a {@linkcode BlksizeError} when the server
   * answers, but no block gets through.
   */
  async run(cargo: Cargo, { probing = false } = {}): Promise<Summary> {
    const { signal } = this.#options;
    if (signal?.aborted) throw new CancelledError("Interrupted");
    const endpoint = this.#bind();
    const drive = this.#drive(endpoint, cargo);
    const watches = this.#watches(drive, { cargo, probing });
    const interrupt = () => void drive.cancel("Interrupted");
    signal?.addEventListener("abort", interrupt);
    for (const watch of watches) this.#clock.add(watch);
    const listening = this.#listen(endpoint, drive);
    const dallied = drive.ended.then(() => endpoint.close()).then(() => listening);
    try {
      await drive.start();
      const outcome = await drive.outcome;
      if (outcome.error) throw this.#explain(outcome.error);
      return this.#summary(outcome, drive.peer, dallied);
    } finally {
      for (const watch of watches) this.#clock.remove(watch);
      signal?.removeEventListener("abort", interrupt);
    }
  }

  #bind(): Endpoint {
    const { wrapEndpoint, waitMs } = this.#options;
    const bound = bindLocal(this.#gate.peer, this.#options);
    const endpoint = waitMs === undefined ? bound : new PatientEndpoint(bound);
    return wrapEndpoint ? wrapEndpoint(endpoint) : endpoint;
  }

  #drive(endpoint: Endpoint, { source, sink }: Cargo): Drive {
    const machine = this.#machine;
    const { maxBytes } = this.#options;
    const rules = {
      announced: () => machine.agreement?.tsize,
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
    return new Drive({
      machine,
      endpoint,
      clock: this.#clock,
      peer: this.#gate.peer,
      ...(source ? { source } : {}),
      ...(sink ? { sink: new SizedSink(sink, rules) } : {}),
    });
  }

  /** Who looks at the transfer from time to time. */
  #watches(drive: Drive, { cargo, probing }: { cargo: Cargo; probing: boolean }): Ticking[] {
    const watches: Ticking[] = [];
    const { onProgress } = this.#options;
    if (onProgress) {
      watches.push({ tick: () => onProgress(this.#machine.bytes, this.#size(cargo)) });
    }
    if (probing) {
      watches.push(
        new FirstBlockWatch(this.#machine, () => {
          this.#probed = true;
          void drive.cancel("The blocks do not get through");
        }),
      );
    }
    return watches;
  }

  /** The one receive loop of the socket: what the gate admits is the transfer's. */
  async #listen(endpoint: Endpoint, drive: Drive): Promise<void> {
    for (;;) {
      let received;
      try {
        received = await endpoint.receive();
      } catch {
        // Closed at the end, or broken: then the deadline ends the transfer with a clear error.
        return;
      }
      // A loop that never ends is never compiled well: what can be done elsewhere is.
      const busy = this.#hear(received, endpoint, drive);
      if (busy) await busy;
    }
  }

  #hear(
    [bytes, sender]: [Uint8Array, Address],
    endpoint: Endpoint,
    drive: Drive,
  ): Promise<void> | void {
    const from = withZoneOf(this.#gate.peer, sender);
    if (!this.#gate.admits(from)) return this.#tellStranger(endpoint, bytes, from);
    if (this.#machine.answered) return drive.deliver(bytes, this.#clock.nowMs());
    return this.#hearFirst(bytes, from, drive);
  }

  /** RFC 1350 §4: the first valid answer tells the server's TID. */
  async #hearFirst(bytes: Uint8Array, from: Address, drive: Drive): Promise<void> {
    drive.peer = from;
    await drive.deliver(bytes, this.#clock.nowMs());
    if (this.#machine.answered) this.#gate.pin(from);
    else drive.peer = this.#gate.peer;
  }

  /** RFC 1350 §4: a stranger gets ERROR 5, the transfer goes on; an ERROR is never answered. */
  async #tellStranger(endpoint: Endpoint, bytes: Uint8Array, from: Address): Promise<void> {
    if (bytes[1] === Opcode.ERROR || !this.#gate.answersStranger()) return;
    const message = errorSentence(ErrorCode.UnknownTid);
    const packet = { opcode: Opcode.ERROR, code: ErrorCode.UnknownTid, message };
    await endpoint.send(encodePacket(packet), from).catch(() => {});
  }

  #size(cargo: Cargo): number | undefined {
    return cargo.source ? cargo.source.size : this.#machine.agreement?.tsize;
  }

  #explain(error: Error): Error {
    if (this.#probed && error instanceof CancelledError) {
      return new BlksizeError(this.#machine.agreement!.blksize);
    }
    const { stranger } = this.#gate;
    if (error instanceof PeerSilentError && stranger) {
      error.message += ` (but ${formatAddress(stranger)}, which was not asked, sent something)`;
    }
    return error;
  }

  #summary(outcome: Outcome, peer: Address, dallied: Promise<void>): Summary {
    const { bytes, retransmits, agreement } = this.#machine;
    return {
      direction: this.#packet.opcode === Opcode.RRQ ? "get" : "put",
      filename: this.#packet.filename,
      // The gate is pinned when the answer is obeyed, which may be after the end.
      peer: formatAddress(peer),
      bytes,
      elapsedMs: outcome.elapsedMs,
      asked: this.#packet.options,
      agreement: agreement!,
      retransmits,
      fellBack: false,
      dallied,
      ...(outcome.note === undefined ? {} : { note: outcome.note }),
    };
  }
}

/** How long answers are waited for, and the request's own patience. */
function timingOf(packet: RequestPacket, options: ClientOptions) {
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
