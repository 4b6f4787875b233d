/**
 * Looks at what our receivers make of blocks that come again: whoever repeats one has not heard its
 * ACK. The last block of a file that is stored must be acknowledged again at once; any other block,
 * in lockstep, must not be without an ACK for longer than a while.
 */

import { Opcode } from "../../src/protocol/mod.ts";
import type { NetworkWatch } from "../helpers/sim/sim_network.ts";
import type { End } from "./end.ts";
import type { World } from "./world.ts";

/** An ACK that has left so shortly before answers the repeat, too: what dally.ts allows. */
const LAST_BLOCK_MS = 50;

/** What old_blocks.ts allows. */
const ANY_BLOCK_MS = 2000;

export class AnswerWatch implements NetworkWatch {
  readonly #world: World;
  /** The last ACK of each end: its block number, and when it left. */
  readonly #acks = new Map<string, { block: number; atMs: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  sent(from: string, bytes: Uint8Array): void {
    if (bytes[1] !== Opcode.ACK) return;
    this.#acks.set(from, { block: numberOf(bytes), atMs: this.#world.time.nowMs });
  }

  /** A datagram is about to arrive; what is returned is called when it has been dealt with. */
  arrives(from: string, to: string, bytes: Uint8Array): (() => void) | undefined {
    const known = this.#acks.get(to);
    if (bytes[1] !== Opcode.DATA || known?.block !== numberOf(bytes)) return undefined;
    // Of those that had this port, the last one has it now.
    const end = this.#world.ends.findLast(({ settings }) => settings.address === to);
    if (!end || end.ended || !this.#isAnswering(end, from)) return undefined;
    const { outcome, settings } = end;
    if (outcome && (outcome.error || !settings.sink?.committed)) return undefined;
    const lockstep = settings.machine.agreement?.windowsize === 1;
    if (!outcome && !lockstep) return undefined;
    return () => this.#expectAnswer(to, outcome ? LAST_BLOCK_MS : ANY_BLOCK_MS);
  }

  /** Whether this is our receiver, with nothing to wait for, and the block its sender's. */
  #isAnswering({ settings }: End, from: string): boolean {
    const { scenario, client } = this.#world;
    const { peer, stalls, slowDisk } = scenario;
    const side = settings.address.startsWith("client") ? "client" : "server";
    if (settings.sink === undefined || peer?.side === side) return false;
    if (slowDisk?.side === side || stalls.some((stall) => stall.side === side)) return false;
    return from === (side === "client" ? client.pinned : settings.peer);
  }

  #expectAnswer(who: string, withinMs: number): void {
    const { time, watch } = this.#world;
    const agoMs = time.nowMs - this.#acks.get(who)!.atMs;
    const what = `leaves a repeated block without an answer, ${agoMs.toFixed(3)} ms after its ACK`;
    watch.expect(agoMs <= withinMs, who, what);
  }
}

function numberOf(bytes: Uint8Array): number {
  return bytes[2]! << 8 | bytes[3]!;
}
