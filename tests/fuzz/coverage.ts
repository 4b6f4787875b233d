/**
 * Which parts of the product's code have run, as V8 counts them block by block. A part is a
 * character of a source file: whatever runs for the first time shows as new ones.
 */

import { Session } from "node:inspector";

/** Only the product's own files count. */
const COUNTED = /\/src\/\w+\/[\w/]+\.ts$/;

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

export class Coverage {
  readonly #session = new Session();
  /** By file: 1 for each character that has run. */
  readonly #seen = new Map<string, Uint8Array>();
  #covered = 0;

  /** Characters of the source that have run since the start. */
  get covered(): number {
    return this.#covered;
  }

  async start(): Promise<void> {
    this.#session.connect();
    await this.#post("Profiler.enable");
    await this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How many characters have run since the last look that never had before; they count now. */
  async take(): Promise<number> {
    const fresh = await this.look();
    for (const [seen, at] of fresh) seen[at] = 1;
    this.#covered += fresh.length;
    return fresh.length;
  }

  /** The same, and they do not count yet. */
  async look(): Promise<readonly (readonly [seen: Uint8Array, at: number])[]> {
    const fresh: [Uint8Array, number][] = [];
    const { result } = await this.#post("Profiler.takePreciseCoverage") as { result: Script[] };
    for (const { url, functions } of result) {
      if (!COUNTED.test(url)) continue;
      for (const { ranges } of functions) this.#add(url, ranges, fresh);
    }
    return fresh;
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** The ranges of one function: the first is all of it, later ones lie within earlier ones. */
  #add(url: string, ranges: readonly Range[], fresh: [Uint8Array, number][]): void {
    const { startOffset, endOffset, count } = ranges[0]!;
    if (count === 0) return;
    const hit = new Uint8Array(endOffset - startOffset);
    for (const range of ranges) {
      const value = range.count > 0 ? 1 : 0;
      hit.fill(value, range.startOffset - startOffset, range.endOffset - startOffset);
    }
    const seen = this.#roomFor(url, endOffset);
    for (let at = 0; at < hit.length; at++) {
      if (hit[at] === 1 && seen[startOffset + at] === 0) fresh.push([seen, startOffset + at]);
    }
  }

  #roomFor(url: string, length: number): Uint8Array {
    const seen = this.#seen.get(url);
    if (seen) return seen;
    // Large enough for every file, so that none is ever replaced by a longer one.
    const longer = new Uint8Array(Math.max(length, 1 << 17));
    this.#seen.set(url, longer);
    return longer;
  }

  #post(method: string, params: object = {}): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#session.post(method, params, (error, result) => error ? reject(error) : resolve(result));
    return promise;
  }
}
