/** Tells the ends of a node what is sent for them. */

import { type Address, Opcode } from "../../src/protocol/mod.ts";
import type { End } from "./end.ts";
import { type Tap, textOf } from "./node.ts";

export class Monitor implements Tap {
  readonly #ends = new Map<string, End>();
  #answersError = false;

  /** What goes from here to there is sent for this end; `to` is left out for all it sends. */
  add(end: End, from: Address, to?: Address): void {
    this.#ends.set(keyOf(from, to), end);
  }

  sends(bytes: Uint8Array, from: Address, to: Address): void {
    const end = this.#ends.get(keyOf(from, to)) ?? this.#ends.get(keyOf(from));
    // A stranger is told off by whoever has the socket.
    const tellsOff = bytes[1] === Opcode.ERROR && bytes[3] === 5;
    if (!tellsOff) end?.sends(bytes, this.#answersError);
  }

  takes(bytes: Uint8Array): void {
    this.#answersError = bytes[0] === 0 && bytes[1] === Opcode.ERROR;
  }

  taken(): void {
    this.#answersError = false;
  }
}

function keyOf(from: Address, to?: Address): string {
  return to ? `${textOf(from)} ${textOf(to)}` : textOf(from);
}
