/** Everything that makes one simulated transfer differ from another, drawn from a seed. */

import {
  DEFAULT_BLKSIZE,
  offer,
  Opcode,
  type Option,
  type RequestPacket,
} from "../../src/protocol/mod.ts";
import { Prng } from "../helpers/sim/prng.ts";
import type { Bursts, LinkSettings } from "../helpers/sim/sim_network.ts";
import { PAUSE_PLACES } from "./peers/pausing.ts";
import { PEER_KINDS, type PeerPlan, withoutWindow } from "./peers/kinds.ts";

export type Side = "client" | "server";

/** A thing of another's that arrives at an end. */
export interface Mischief {
  readonly kind: "garbage" | "stranger" | "misplaced" | "repeatedRequest";
  readonly at: Side;
  readonly atMs: number;
}

/** An end that does nothing for a while. */
export interface Stall {
  readonly side: Side;
  readonly atMs: number;
  readonly forMs: number;
}

export interface Scenario {
  readonly seed: number;
  readonly direction: "get" | "put";
  readonly size: number;
  readonly options: readonly Option[];
  /** The end that is not ours, if one is not. */
  readonly peer?: PeerPlan & { readonly side: Side };
  readonly toServer: LinkSettings;
  readonly toClient: LinkSettings;
  /** When all faults end: from then on the transfer must come to its end. */
  readonly calmAtMs: number;
  /** Whether both ends wait as long as it takes: then the transfer must become whole. */
  readonly patient: boolean;
  readonly grantsTimeout: boolean;
  readonly tickMs: number;
  readonly mischief: readonly Mischief[];
  readonly cancel?: { readonly side: Side; readonly atMs: number };
  readonly stalls: readonly {
    readonly side: Side;
    readonly atMs: number;
    readonly forMs: number;
  }[];
  /** How long a read or write takes at most, and how often it takes any time. */
  readonly slowDisk?: { readonly side: Side; readonly maxMs: number; readonly share: number };
  /** Room on the receiver's disk. */
  readonly roomBytes?: number;
  /** Our server's handler may answer later, or refuse later. */
  readonly lateOpenings?: LateOpenings;
}

/** How a handler takes its time. */
export interface LateOpenings {
  /** How long it takes at most. */
  readonly maxMs: number;
  /** How many of its answers come later. */
  readonly share: number;
  /** How many of those are refusals. */
  readonly refusals: number;
}

/** Our two ends on a good network; named scenarios change what they are about. */
export const QUIET: Scenario = {
  seed: 1,
  direction: "get",
  size: 20_000,
  options: offer({ blksize: 1428, windowsize: 8, tsize: 0 }),
  toServer: { delayMs: 5 },
  toClient: { delayMs: 5 },
  calmAtMs: 0,
  patient: false,
  grantsTimeout: false,
  tickMs: 0,
  mischief: [],
  stalls: [],
};

export function drawScenario(seed: number): Scenario {
  const prng = new Prng(seed);
  const direction = prng.pick(["get", "put"] as const);
  const peer = prng.chance(0.5) ? drawPeer(prng) : undefined;
  const manyBlocks = prng.chance(peer?.kind === "rollsToOne" ? 0.04 : 0.003);
  const options = drawOptions(prng, { direction, peer, manyBlocks });
  const blksize = Number(options.find(({ name }) => name === "blksize")?.value ?? DEFAULT_BLKSIZE);
  const patient = prng.chance(0.5);
  const calmAtMs = drawCalm(prng);
  const spanMs = Math.min(calmAtMs, 5000) + 50;
  const size = manyBlocks ? blksize * prng.int(65_530, 65_700) : drawSize(prng, blksize);
  return {
    seed,
    direction,
    size: size + (prng.chance(0.3) ? prng.int(0, blksize - 1) : 0),
    options: options.map((o) => o.name === "tsize" && direction === "put" ? tsizeOf(size) : o),
    ...(peer ? { peer: drawPeerPauses(seed, manyBlocks, patient ? waiting(peer) : peer) } : {}),
    ...drawLinks(prng, { blksize, faultless: calmAtMs === 0, manyBlocks }),
    calmAtMs,
    patient,
    grantsTimeout: prng.chance(0.3),
    tickMs: prng.pick([0, 10]),
    mischief: !manyBlocks && prng.chance(0.4) ? drawMischief(prng, spanMs) : [],
    ...(prng.chance(0.1) ? { cancel: { side: drawSide(prng), atMs: prng.next() * spanMs } } : {}),
    stalls: prng.chance(0.15) ? drawStalls(prng, spanMs) : [],
    ...(prng.chance(0.15) ? { slowDisk: drawSlowDisk(prng) } : {}),
    ...(prng.chance(0.05) ? { roomBytes: prng.int(0, 100_000) } : {}),
    ...drawLateOpenings(seed),
  };
}

/** These have dice of their own, so that all else of a seed stays as it was. */
function drawLateOpenings(seed: number): { lateOpenings?: LateOpenings } {
  const prng = new Prng(seed ^ 0x0be4);
  if (!prng.chance(0.25)) return {};
  const maxMs = prng.pick([0, 10, 300, 3000, 10_000, 30_000]);
  const lateOpenings = { maxMs, share: prng.pick([0.5, 1]), refusals: prng.pick([0, 0, 0.3]) };
  return { lateOpenings };
}

export function requestOf({ direction, options }: Scenario): RequestPacket {
  const opcode = direction === "get" ? Opcode.RRQ : Opcode.WRQ;
  return { opcode, filename: "file", mode: "octet", options };
}

function tsizeOf(size: number): Option {
  return { name: "tsize", value: String(size) };
}

function drawSide(prng: Prng): Side {
  return prng.pick(["client", "server"] as const);
}

function drawPeer(prng: Prng): PeerPlan & { side: Side } {
  return {
    side: drawSide(prng),
    kind: prng.pick(PEER_KINDS),
    waitMs: prng.pick([300, 1000, 3000, 5000]),
    retries: prng.int(4, 8),
    dallyMs: prng.pick([0, 5000]),
  };
}

/** A peer that waits as long as it takes. */
function waiting<T extends PeerPlan>(peer: T): T {
  return { ...peer, retries: 1000, dallyMs: 100_000 };
}

/** Some peers pause. This has dice of its own, so that all else of a seed stays as it was. */
function drawPeerPauses<T extends PeerPlan>(seed: number, manyBlocks: boolean, peer: T): T {
  const prng = new Prng(seed ^ 0x9a05e);
  if (manyBlocks || !prng.chance(0.3)) return peer;
  const waitMs = prng.pick([100, 200, 500, 1000, 2000, 5000]);
  const pause = {
    at: prng.pick(PAUSE_PLACES),
    forMs: prng.pick([50, 300, 900, 2000, 5000]),
    lostAnswers: prng.int(0, 2),
  };
  return { ...peer, waitMs, pause };
}

interface OptionContext {
  readonly direction: "get" | "put";
  readonly peer: (PeerPlan & { side: Side }) | undefined;
  readonly manyBlocks: boolean;
}

function drawOptions(prng: Prng, { direction, peer, manyBlocks }: OptionContext): Option[] {
  if (!manyBlocks && prng.chance(0.15)) return [];
  const blksize = prng.pick([8, 16, 100, 512, 1024, 1428, 1468, prng.int(8, 2000), 8192, 65464]);
  const windowsize = prng.pick([1, 2, 3, 4, 8, 16, 32, 64, prng.int(1, 128)]);
  const asksRollover = prng.chance(0.1);
  const options = offer({
    ...(manyBlocks ? { blksize: 8 } : prng.chance(0.8) ? { blksize } : {}),
    ...(prng.chance(0.8) ? { windowsize } : {}),
    ...(prng.chance(0.7) ? { tsize: 0 } : {}),
    ...(prng.chance(0.1) ? { timeoutSeconds: prng.int(1, 5) } : {}),
  });
  // A receiver that goes on with 1 has to say so; a sender just does it.
  const needsRollover = peer?.kind === "rollsToOne" && peer.side === "client" &&
    direction === "get";
  const wish = peer?.kind === "rollsToOne" ? "1" : String(prng.int(0, 1));
  if (asksRollover || needsRollover) options.push({ name: "rollover", value: wish });
  return peer?.kind === "lockstep" && peer.side === "client" ? withoutWindow(options) : options;
}

function drawCalm(prng: Prng): number {
  if (prng.chance(0.1)) return 0;
  return prng.chance(0.7) ? prng.next() * 5000 : prng.next() * 60_000;
}

function drawSize(prng: Prng, blksize: number): number {
  const most = Math.max(3, Math.min(200, Math.floor(500_000 / blksize)));
  return prng.pick([
    0,
    1,
    blksize,
    blksize - 1,
    blksize * prng.int(1, 8),
    blksize * prng.int(1, most) + prng.int(0, blksize - 1),
    blksize * prng.int(1, most),
  ]);
}

interface LinkContext {
  readonly blksize: number;
  readonly faultless: boolean;
  readonly manyBlocks: boolean;
}

function drawLinks(prng: Prng, context: LinkContext) {
  const toServer = drawLink(prng, context);
  const toClient = prng.chance(0.5) ? { ...toServer } : drawLink(prng, context);
  return { toServer, toClient };
}

function drawLink(prng: Prng, { blksize, faultless, manyBlocks }: LinkContext): LinkSettings {
  const delayMs = prng.pick(manyBlocks ? [0, 1, 10] : [0, 0.1, 1, 5, 20, 50, 100, 300, 800]);
  // A block must not take longer than a while on the line, and two must fit into the queue.
  const bytesPerMs = Math.max(prng.pick([16, 125, 1250, 12_500]), blksize / 50);
  const queueBytes = Math.max(prng.pick([8, 32, 64, 256]) * 1024, 3 * blksize);
  const line = prng.chance(0.4) ? { bytesPerMs, queueBytes } : {};
  if (faultless) return { delayMs, ...line };
  const most = manyBlocks ? [0, 0.001, 0.01] : [0, 0.001, 0.01, 0.05, 0.2, 0.4];
  return {
    delayMs,
    ...line,
    jitterMs: prng.pick([0, 0, 0.1, 1]) * delayMs,
    loss: prng.pick(most),
    ...(prng.chance(0.2) ? { bursts: drawBursts(prng) } : {}),
    corruption: prng.pick([0, 0, 0, 0.01]),
    duplication: prng.pick([0, 0, 0.01, 0.1, 0.3]),
    reordering: prng.pick([0, 0, 0.01, 0.1]),
    lateMs: prng.pick([1, 20, 500]),
  };
}

function drawBursts(prng: Prng): Bursts {
  return {
    begin: prng.pick([0.001, 0.02]),
    end: prng.pick([0.05, 0.3]),
    loss: prng.pick([0.5, 1]),
  };
}

function drawMischief(prng: Prng, spanMs: number): Mischief[] {
  return Array.from({ length: prng.int(1, 20) }, () => ({
    kind: prng.pick(["garbage", "stranger", "misplaced", "repeatedRequest"] as const),
    at: drawSide(prng),
    atMs: prng.next() * spanMs,
  }));
}

function drawStalls(prng: Prng, spanMs: number): Stall[] {
  return Array.from({ length: prng.int(1, 3) }, () => ({
    side: drawSide(prng),
    atMs: prng.next() * spanMs,
    forMs: prng.pick([50, 1500, 4000, 9000]),
  }));
}

function drawSlowDisk(prng: Prng) {
  return {
    side: drawSide(prng),
    maxMs: prng.pick([1, 30, 3000]),
    share: prng.pick([0.02, 0.2, 1]),
  };
}
