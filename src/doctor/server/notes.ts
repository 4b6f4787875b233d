/** What a conversation has recorded about its server, all of it bounded. Pure. */

import type { Address } from "../../protocol/mod.ts";
import type { Answer, Ending, Question, Seen, TestResult, Unreachable } from "./question.ts";
import type { WindowWatch } from "./window_watch.ts";

/** The most addresses kept of unexpected senders. */
const MAX_ELSEWHERE = 4;
/** The most blocks whose round trip is kept. */
const MAX_ROUND_TRIPS = 400;

export class Notes {
  readonly #question: Question;
  readonly #elsewhere: Address[] = [];
  readonly #head: Uint8Array;
  #headLength = 0;
  #bytes = 0;
  readonly #roundTripsMs: number[] = [];
  readonly tests: TestResult[] = [];
  ending: Ending = "silence";
  asked = 0;
  peer: Address | undefined;
  answer: Answer | undefined;
  answerMs: number | undefined;
  unreachable: Unreachable | undefined;
  error: { code: number; text: string } | undefined;
  blksize = 512;
  blocks = 0;
  stalls = 0;
  errorCopies = 0;
  garbage = 0;

  constructor(question: Question) {
    this.#question = question;
    this.#head = new Uint8Array(question.keepBytes ?? 0);
  }

  /** Records a sender other than the server; returns whether it is a new one. */
  elsewhere(from: Address, told: boolean): boolean {
    const known = this.#elsewhere.some(({ hostname, port }) =>
      hostname === from.hostname && port === from.port
    );
    if (known || this.#elsewhere.length >= MAX_ELSEWHERE) return false;
    if (told) this.#elsewhere.push({ hostname: from.hostname, port: from.port });
    return true;
  }

  bytes(payload: Uint8Array): void {
    this.#bytes += payload.length;
    const room = payload.subarray(0, this.#head.length - this.#headLength);
    this.#head.set(room, this.#headLength);
    this.#headLength += room.length;
  }

  roundTrip(ms: number): void {
    if (this.#roundTripsMs.length < MAX_ROUND_TRIPS) this.#roundTripsMs.push(ms);
  }

  seen({ expected, lost, late, windows, wholeWindows, rollover, whole, windowsize }: WindowWatch) {
    const { ending, asked, blksize, blocks, stalls, errorCopies, garbage, tests } = this;
    const { answer, answerMs, unreachable, error, peer } = this;
    return {
      question: this.#question,
      ...{ ending, asked, blksize, windowsize, blocks, bytes: this.#bytes, whole },
      ...(answer === undefined ? {} : { answer }),
      ...(peer === undefined ? {} : { from: peer }),
      ...(answerMs === undefined ? {} : { answerMs }),
      elsewhere: this.#elsewhere,
      ...(unreachable === undefined ? {} : { unreachable }),
      head: this.#head.subarray(0, this.#headLength),
      ...{ expected, lost, late, windows, wholeWindows, stalls, errorCopies, garbage, tests },
      roundTripsMs: this.#roundTripsMs,
      ...(rollover === undefined ? {} : { rollover }),
      ...(error === undefined ? {} : { error }),
    } satisfies Seen;
  }
}
