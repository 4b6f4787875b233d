/**
 * The round trip to the peer, smoothed as in RFC 6298, and the wait for an answer that follows from
 * it. Only clean samples count: the answer to something that was sent twice says nothing (Karn's
 * rule), and the caller does not offer it.
 */

export interface RoundTripSettings {
  /** The wait before anything is known: RFC 6298 §2.1 and common sense say a second. */
  readonly firstMs: number;
  /**
   * The shortest wait while little is known: boot loaders pause that long now and then, and some
   * choke on a repeat.
   */
  readonly floorMs: number;
  /** The longest wait. */
  readonly maxMs: number;
}

/** The shortest wait after a single sample: one swift answer is no promise. */
const FIRST_FLOOR_MS = 200;

/** Samples that show what a path and its ends are like, hiccups included. */
const MANY_SAMPLES = 250;

/** The shortest wait after that many; a needless repeat doubles it. */
const KNOWN_FLOOR_MS = 4;

/** The part of the swiftest answer that even a swifter one takes. */
const SWIFTER = 0.8;

/** So many times the swiftest answer is late. */
const LATE = 2;

/** What slow answers count for after each further sample. */
const MEMORY = 0.995;

/** What is known of the time that an answer takes, and what follows for waits. */
export class RoundTrip {
  readonly #settings: RoundTripSettings;
  #samples = 0;
  #smoothedMs = 0;
  #varianceMs = 0;
  #slowestMs = 0;
  /**
   * The slowest answer but one, lately. A single slow answer says little: it may be one that was
   * lost and repeated by a peer that waited for us.
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
   * The time between the first of several sendings and an answer: too long to set a timer by, but
   * the shortest is good enough, while there is no sample, to tell an echo of our own repeats from
   * news.
   */
  guess(ms: number): void {
    this.#guessMs = this.#guessMs === 0 ? ms : Math.min(ms, this.#guessMs);
  }

  /** A repeat turned out to be needless: the peer is slower at times than it seemed. */
  spurious(): void {
    this.#floorMs = Math.min(this.#floorMs * 2, this.#settings.firstMs);
    this.#knownFloorMs = Math.min(this.#knownFloorMs * 2, this.#floorMs);
  }

  /** The quickest answer so far; nothing is answered sooner. 0 before the first sample. */
  get fastestMs(): number {
    return this.#samples > 0 ? this.#fastestMs : 0;
  }

  /** What an answer usually takes, and a little more; a guess, or 0, before the first sample. */
  get usualMs(): number {
    return this.#samples === 0 ? this.#guessMs : this.#smoothedMs + this.#varianceMs;
  }

  /**
   * What an answer takes that nobody waited with. Where much is lost, most of what looks like a
   * round trip holds a wait of this side or the other, which {@linkcode usualMs} can't tell.
   */
  get promptMs(): number {
    return this.#samples === 0 ? this.#guessMs : Math.min(this.usualMs, LATE * this.#fastestMs + 5);
  }

  /** Whether nothing can have been answered so soon. */
  isTooSoon(ms: number): boolean {
    return ms < SWIFTER * this.fastestMs;
  }

  /** Whether answers mostly take about as long. */
  isUsual(ms: number): boolean {
    return !this.isTooSoon(ms) && ms <= this.usualMs;
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
