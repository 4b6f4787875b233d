/**
 * Runs a target on inputs made from known ones, and keeps every input that makes code run which
 * never ran before. Seeded: the same seed makes the same inputs.
 */

import type { Prng } from "../helpers/sim/prng.ts";
import type { Coverage } from "./coverage.ts";
import { mutated } from "./mutate.ts";
import type { Target } from "./target.ts";

/** Inputs between two looks at the coverage, since a look takes as long as many of them. */
const BATCH = 64;

/** An input that shows a mistake. */
export interface Finding {
  readonly target: string;
  readonly input: Uint8Array;
  readonly error: Error;
}

export class Fuzzer {
  readonly target: Target;
  /** Inputs that each have made something new run. */
  readonly corpus: Uint8Array[];
  /** Inputs tried. */
  tried = 0;
  readonly #coverage: Coverage;
  readonly #prng: Prng;
  readonly #about: (input: Uint8Array) => void;

  /** `about` hears of each input before it is run. */
  constructor(
    target: Target,
    { coverage, prng, corpus, about = () => {} }: {
      readonly coverage: Coverage;
      readonly prng: Prng;
      readonly corpus: readonly Uint8Array[];
      readonly about?: (input: Uint8Array) => void;
    },
  ) {
    this.target = target;
    this.corpus = [...target.seeds, ...corpus];
    this.#coverage = coverage;
    this.#prng = prng;
    this.#about = about;
  }

  /** What is known already. */
  async begin(): Promise<Finding | undefined> {
    const finding = this.#runAll(this.corpus);
    await this.#coverage.take();
    return finding;
  }

  /** Some more inputs. */
  async round(): Promise<Finding | undefined> {
    const inputs = Array.from(
      { length: BATCH },
      () => mutated(this.#prng, this.corpus, this.target.words),
    );
    const finding = this.#runAll(inputs);
    if (finding) return finding;
    if ((await this.#coverage.look()).length > 0) await this.#keepNew(inputs);
    return undefined;
  }

  #runAll(inputs: readonly Uint8Array[]): Finding | undefined {
    for (const input of inputs) {
      this.tried++;
      this.#about(input);
      const finding = findingOf(this.target, input);
      if (finding) return finding;
    }
    return undefined;
  }

  /** At least one of these is worth keeping: each is run once more, alone. */
  async #keepNew(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) {
      findingOf(this.target, input);
      if (await this.#coverage.take() > 0) this.corpus.push(input);
    }
  }
}

/** What an input shows, if anything. */
export function findingOf(target: Target, input: Uint8Array): Finding | undefined {
  try {
    target.run(input);
    return undefined;
  } catch (error) {
    return { target: target.name, input, error: error as Error };
  }
}
