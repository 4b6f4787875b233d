/**
 * A network that exists only as numbers: each direction is a link with delay, jitter, loss,
 * bursts of loss, duplication, reordering, bandwidth and a queue that drops its tail. What UDP's
 * checksum would catch counts as loss. Everything follows from a seed; time is an argument.
 */

import { decodePacket, type Packet } from "../../../src/protocol/mod.ts";
import type { Ladder } from "./ladder.ts";
import type { Prng } from "./prng.ts";

/** Bytes that IPv4 and UDP put in front of a datagram. */
const HEADER_BYTES = 28;

/** Loss in bursts (Gilbert and Elliott): a good and a bad state, changed per datagram. */
export interface Bursts {
  /** Probability that a burst begins. */
  readonly begin: number;
  /** Probability that it ends. */
  readonly end: number;
  /** Loss while it lasts. */
  readonly loss: number;
}

/** One direction. Probabilities are per datagram. */
export interface LinkSettings {
  readonly delayMs: number;
  /** Up to this much is added to the delay, so datagrams may overtake each other. */
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly bursts?: Bursts;
  /** Bits flipped on the way: lost as well. */
  readonly corruption?: number;
  readonly duplication?: number;
  readonly reordering?: number;
  /** How much later a reordered or repeated datagram comes, at most. */
  readonly lateMs?: number;
  /** Infinity where it is left out. */
  readonly bytesPerMs?: number;
  /** What waits for the line at most; Infinity where it is left out. */
  readonly queueBytes?: number;
  /** A datagram that is to be lost, whatever the dice say; undefined is no packet. */
  dropIf?(packet: Packet | undefined): boolean;
}

/** The clock and agenda of a simulation. */
export interface Time {
  readonly nowMs: number;
  at(atMs: number, run: () => void): void;
}

/** What a link has done so far. */
export interface LinkCounts {
  sent: number;
  lost: number;
  repeated: number;
  overtaken: number;
}

export class Link {
  readonly counts: LinkCounts = { sent: 0, lost: 0, repeated: 0, overtaken: 0 };
  #settings: LinkSettings;
  readonly #time: Time;
  readonly #prng: Prng;
  #inBurst = false;
  #freeAtMs = 0;
  #lastArrivalMs = 0;

  constructor(settings: LinkSettings, time: Time, prng: Prng) {
    this.#settings = settings;
    this.#time = time;
    this.#prng = prng;
  }

  /** Ends all faults; delay, bandwidth and queue are the nature of the link and stay. */
  calm(): void {
    const { delayMs, bytesPerMs = Infinity, queueBytes = Infinity } = this.#settings;
    this.#settings = { delayMs, bytesPerMs, queueBytes };
  }

  /** Takes a datagram; says in words what becomes of it. Each arrival has its own copy. */
  send(bytes: Uint8Array, arrive: (copy: Uint8Array) => void): string {
    const { duplication = 0, lateMs = 0 } = this.#settings;
    this.counts.sent++;
    const lost = this.#lost(bytes);
    if (lost) {
      this.counts.lost++;
      return lost;
    }
    const arrivalMs = this.#arrival(bytes.length);
    if (arrivalMs < this.#lastArrivalMs) this.counts.overtaken++;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    this.#time.at(arrivalMs, () => arrive(bytes));
    if (!this.#prng.chance(duplication)) return `arrives ${arrivalMs.toFixed(3)}`;
    this.counts.repeated++;
    const copy = bytes.slice();
    const againMs = arrivalMs + this.#prng.next() * lateMs;
    this.#time.at(againMs, () => arrive(copy));
    return `arrives ${arrivalMs.toFixed(3)} and ${againMs.toFixed(3)}`;
  }

  #lost(bytes: Uint8Array): string | undefined {
    const { loss = 0, bursts, corruption = 0, dropIf } = this.#settings;
    if (dropIf?.(packetIn(bytes))) return "DROPPED";
    if (bursts) {
      const changes = this.#prng.chance(this.#inBurst ? bursts.end : bursts.begin);
      if (changes) this.#inBurst = !this.#inBurst;
      if (this.#inBurst && this.#prng.chance(bursts.loss)) return "LOST in a burst";
    }
    if (this.#prng.chance(loss)) return "LOST";
    if (this.#prng.chance(corruption)) return "CORRUPT";
    const { bytesPerMs = Infinity, queueBytes = Infinity } = this.#settings;
    if (queueBytes === Infinity || bytesPerMs === Infinity) return undefined;
    const waiting = Math.max(0, this.#freeAtMs - this.#time.nowMs) * bytesPerMs;
    return waiting + bytes.length > queueBytes ? "QUEUE FULL" : undefined;
  }

  #arrival(length: number): number {
    const { delayMs, jitterMs = 0, reordering = 0, lateMs = 0, bytesPerMs = Infinity } =
      this.#settings;
    this.#freeAtMs = Math.max(this.#freeAtMs, this.#time.nowMs) +
      (length + HEADER_BYTES) / bytesPerMs;
    const late = this.#prng.chance(reordering) ? this.#prng.next() * lateMs : 0;
    const jitter = jitterMs > 0 ? this.#prng.next() * jitterMs : 0;
    return this.#freeAtMs + delayMs + jitter + late;
  }
}

type Receive = (bytes: Uint8Array, from: string) => void;

/** Somebody who looks at all datagrams. */
export interface NetworkWatch {
  sent(from: string, bytes: Uint8Array): void;
  /** Before a datagram is delivered; what is returned is called afterwards. */
  arrives(from: string, to: string, bytes: Uint8Array): (() => void) | undefined;
}

/** Addresses are texts such as `client:50000`; what goes to a server takes the one link. */
export class SimNetwork {
  readonly toServer: Link;
  readonly toClient: Link;
  watch: NetworkWatch | undefined;
  readonly #time: Time;
  readonly #ladder: Ladder | undefined;
  readonly #receivers = new Map<string, Receive>();

  constructor(links: { toServer: Link; toClient: Link }, time: Time, ladder?: Ladder) {
    this.toServer = links.toServer;
    this.toClient = links.toClient;
    this.#time = time;
    this.#ladder = ladder;
  }

  attach(address: string, receive: Receive): void {
    this.#receivers.set(address, receive);
  }

  detach(address: string): void {
    this.#receivers.delete(address);
  }

  /** Takes a datagram over; the bytes belong to the network from then on. */
  send(from: string, to: string, bytes: Uint8Array): void {
    const link = to.startsWith("server") ? this.toServer : this.toClient;
    const fate = link.send(bytes, (copy) => this.#deliver(from, to, copy));
    this.watch?.sent(from, bytes);
    this.#ladder?.datagram(this.#time.nowMs, { from, to }, bytes, fate);
  }

  /** Puts a datagram straight before an end, past every link. */
  inject(from: string, to: string, bytes: Uint8Array): void {
    this.#ladder?.datagram(this.#time.nowMs, { from, to }, bytes, "INJECTED");
    this.#deliver(from, to, bytes);
  }

  #deliver(from: string, to: string, bytes: Uint8Array): void {
    const judge = this.watch?.arrives(from, to, bytes);
    this.#receivers.get(to)?.(bytes, from);
    judge?.();
  }
}

function packetIn(bytes: Uint8Array): Packet | undefined {
  try {
    return decodePacket(bytes);
  } catch {
    return undefined;
  }
}
