/**
 * The round trip to the peer, smoothed as in RFC 6298, and the wait for an answer that follows from
 * it. Only clean samples count: the answer to something that was sent twice says nothing (Karn's
 * rule), and the caller does not offer it.
 */

/**
 * The bounds of the waits that follow from a round trip.
 *
 * ```ts
 * import { RoundTrip, type RoundTripSettings } from "@tftp/tftp/protocol";
 *
 * const settings: RoundTripSettings = { firstMs: 500, floorMs: 30, maxMs: 8000 };
 * const roundTrip = new RoundTrip(settings);
 * if (roundTrip.timeoutMs !== 500) throw new Error(`${roundTrip.timeoutMs} ms`);
 * ```
 */
export interface RoundTripSettings {
  /** The wait before the first sample; RFC 6298 §2.1 says a second. */
  readonly firstMs: number;
  /**
   * The shortest wait while there are few samples: boot loaders sometimes pause that long, and some
   * fail on a retransmission.
   */
  readonly floorMs: number;
  /** The longest wait. */
  readonly maxMs: number;
}

/** The shortest wait after a single sample: one fast answer says little. */
const FIRST_FLOOR_MS = 200;

/** Samples after which a path and its ends are well known. */
const MANY_SAMPLES = 250;

/** The shortest wait after that many; an unnecessary retransmission doubles it. */
const KNOWN_FLOOR_MS = 4;

/** An answer faster than this part of the fastest one so far is not an answer. */
const FASTER = 0.8;

/** An answer is late after this many times the fastest one. */
const LATE = 2;

/** By how much slow answers count less after each further sample. */
const MEMORY = 0.995;

/**
 * What is known of the time that an answer takes, and what follows for waits.
 *
 * ```ts
 * import { RoundTrip } from "@tftp/tftp/protocol";
 *
 * const roundTrip = new RoundTrip({ firstMs: 1000, floorMs: 30, maxMs: 8000 });
 * for (let count = 0; count < 20; count++) roundTrip.sample(100);
 * const { timeoutMs } = roundTrip;
 * if (timeoutMs < 100 || timeoutMs > 400) throw new Error(`${timeoutMs} ms`);
 * ```
 */
export class RoundTrip {
  readonly #settings: RoundTripSettings;
  #samples = 0;
  #smoothedMs = 0;
  #varianceMs = 0;
  #slowestMs = 0;
  /**
   * The second slowest recent answer. A single slow answer says little: it may be one that was lost
   * and repeated by the peer.
   */
  #slowMs = 0;
  #fastestMs = Infinity;
  #floorMs: number;
  #knownFloorMs = KNOWN_FLOOR_MS;
  #guessMs = 0;

  /** Nothing is known yet but the first wait. */
  constructor(settings: RoundTripSettings) {
    this.#settings = settings;
    this.#floorMs = settings.floorMs;
  }

  /** The time between something sent once and its answer. */
  sample(ms: number): void {
    if (this.#samples++ === 0) {
      this.#smoothedMs = ms;
      this.#varianceMs = ms / 2;
    } else {
      // RFC 6298 §2.3: a quarter and an eighth.
      this.#varianceMs += (Math.abs(this.#smoothedMs - ms) - this.#varianceMs) / 4;
      this.#smoothedMs += (ms - this.#smoothedMs) / 8;
    }
    this.#remember(ms);
    this.#fastestMs = Math.min(ms, this.#fastestMs);
  }

  #remember(ms: number): void {
    const before = this.#slowestMs * MEMORY;
    this.#slowestMs = Math.max(ms, before);
    this.#slowMs = Math.max(Math.min(ms, before), this.#slowMs * MEMORY);
  }

  /**
   * The time between the first of several transmissions and an answer. It is too long for a timer,
   * but the shortest one is good enough, without samples, to recognize answers to our repeats.
   */
  guess(ms: number): void {
    this.#guessMs = this.#guessMs === 0 ? ms : Math.min(ms, this.#guessMs);
  }

  /** A retransmission was unnecessary: the peer is sometimes slower than it seemed. */
  spurious(): void {
    this.#floorMs = Math.min(this.#floorMs * 2, this.#settings.firstMs);
    this.#knownFloorMs = Math.min(this.#knownFloorMs * 2, this.#floorMs);
  }

  /** The fastest answer so far; 0 before the first sample. */
  get fastestMs(): number {
    return this.#samples > 0 ? this.#fastestMs : 0;
  }

  /** The smoothed round trip plus its variance; before the first sample a guess, or 0. */
  get typicalMs(): number {
    return this.#samples === 0 ? this.#guessMs : this.#smoothedMs + this.#varianceMs;
  }

  /**
   * The round trip of an answer that neither side delayed. With many losses, most measured round
   * trips include a wait of one side, which {@linkcode typicalMs} can't distinguish.
   */
  get minimumMs(): number {
    return this.#samples === 0
      ? this.#guessMs
      : Math.min(this.typicalMs, LATE * this.#fastestMs + 5);
  }

  /** Whether this is too short to be a round trip. */
  isTooSoon(ms: number): boolean {
    return ms < FASTER * this.fastestMs;
  }

  /** Whether most answers take about this long. */
  isTypical(ms: number): boolean {
    return !this.isTooSoon(ms) && ms <= this.typicalMs;
  }

  /** How long to wait for an answer before something is sent again. */
  get timeoutMs(): number {
    const { firstMs, maxMs } = this.#settings;
    if (this.#samples === 0) return firstMs;
    const doubt = this.#samples === 1 ? Math.min(FIRST_FLOOR_MS, firstMs) : 0;
    const known = this.#samples >= MANY_SAMPLES;
    const floorMs = known ? Math.min(this.#knownFloorMs, this.#floorMs) : this.#floorMs;
    const waitMs = this.#smoothedMs + 4 * this.#varianceMs;
    const longestMs = Math.max(waitMs, doubt, floorMs, 1.5 * this.#slowMs);
    return Math.min(Math.max(maxMs, firstMs), longestMs);
  }
}
