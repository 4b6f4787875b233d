/**
 * What must hold of every simulated transfer, whatever happened to it.
 *
 * Safety: what is committed is the file (the sink looks at every byte); a sender that finished
 * without a note has a receiver that committed; an end does not send more than its causes
 * warrant. Liveness: once the faults are over both ends end in bounded time; patient ends end
 * well.
 *
 * The rules for single packets are in end.ts, where packets are sent, and in answers.ts, where a
 * block that comes again must not stay without an answer.
 */

import { DEFAULT_BLKSIZE, LAST_UNROLLED_INDEX } from "../../src/protocol/mod.ts";
import { OPENING_LIMIT_MS } from "../../src/server/opening.ts";
import type { End } from "./end.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

/** The longest that an end waits in vain before it gives up, dallying included. */
const GIVING_UP_MS = 400_000;
/** The same for a patient end, whose other end may be gone for good. */
const PATIENT_GIVING_UP_MS = 11_000_000;
/** The longest single wait: a block may need one, if its loss is only noticed by silence. */
const WAIT_MS = 10_000;

export function judge(world: World): void {
  judgeSafety(world);
  judgeAmount(world);
  judgeLiveness(world);
  judgeTidiness(world);
  if (isFaultless(world)) judgeThrift(world);
}

/** Blocks of the file, with the agreed blksize. */
export function blocksOf({ client, scenario }: World): number {
  const blksize = client.end.settings.machine.agreement?.blksize ?? DEFAULT_BLKSIZE;
  return Math.floor(scenario.size / blksize) + 1;
}

function judgeSafety({ client, server, sinks, scenario, watch }: World): void {
  const senders = scenario.direction === "get" ? server.ends : client.ends;
  const committed = sinks.some((sink) => sink.committed);
  for (const { outcome, settings } of senders) {
    if (!outcome || outcome.error || outcome.note !== undefined) continue;
    watch.expect(committed, settings.address, "finished, but nothing is committed");
  }
  const receivers = scenario.direction === "get" ? client.ends : server.ends;
  for (const { outcome, settings } of receivers) {
    if (!outcome) continue;
    const whole = outcome.error === undefined;
    const agrees = whole ? settings.sink?.committed === true : !settings.sink?.committed;
    // Attempts of one client share their file: only the last one tells its fate.
    if (settings.sink === client.end.settings.sink && outcome !== client.outcome) continue;
    watch.expect(agrees, settings.address, "outcome and file disagree");
  }
}

/**
 * Without a cause nothing is sent twice, and a cause (a datagram lost, late, repeated or from
 * outside, a wait that ended) makes an end send a window again at most twice. Sorcerer's
 * Apprentices, where one repetition doubles all that follows, go beyond; they go on when the
 * faults are long over, so the calm part of a run is looked at by itself as well.
 */
function judgeAmount(world: World): void {
  const { ends, scenario, watch, client } = world;
  const windowsize = client.end.settings.machine.agreement?.windowsize ?? 1;
  const lostAnswers = scenario.peer?.pause?.lostAnswers ?? 0;
  const outside = scenario.mischief.length + scenario.stalls.length + lostAnswers;
  const causes = causesOf(world) + outside + ends.length;
  const before = world.atCalm;
  const late = causes - (before?.causes ?? 0);
  for (const end of ends.filter((one) => isOurs(one, scenario))) {
    const whole = blocksOf(world) + 2 * windowsize * causes;
    const calm = blocksOf(world) + 2 * windowsize * (late + 1);
    const sent = sentBy(end);
    const sentCalm = sent - (before?.sent.get(end) ?? 0);
    const who = end.settings.address;
    if (sent > whole) watch.excess(who, `sent ${sent} datagrams, ${whole} are warranted`);
    if (sentCalm <= calm) continue;
    watch.excess(who, `sent ${sentCalm} datagrams in calm, ${calm} are warranted`);
  }
}

/** Others may be faulty; what they send again because of us shows in what we send. */
function isOurs({ settings }: End, { peer }: Scenario): boolean {
  return peer === undefined || !settings.address.startsWith(peer.side);
}

/** What may make ends repeat themselves: incidents on the way, and waits that ended. */
export function causesOf({ network, ends, nodes }: World): number {
  const { toServer, toClient } = network;
  const onTheWay = [toServer.counts, toClient.counts]
    .reduce((sum, { lost, repeated, overtaken }) => sum + lost + repeated + overtaken, 0);
  const overflows = nodes.reduce((sum, node) => sum + node.overflows, onTheWay);
  return ends.reduce((sum, { counts }) => sum + counts.timeouts, overflows);
}

/** The datagrams of an end's one trade: DATA, or everything else. */
export function sentBy({ counts }: End): number {
  return Math.max(counts.data, counts.acks);
}

function judgeLiveness(world: World): void {
  const { ends, scenario, watch, client, sinks } = world;
  const progressMs = progressBoundMs(world);
  const givingUpMs = scenario.patient ? PATIENT_GIVING_UP_MS : GIVING_UP_MS;
  for (const { endedAtMs, settings } of ends) {
    watch.expect(endedAtMs !== undefined, settings.address, "never ended");
    if (endedAtMs === undefined) continue;
    const inTime = endedAtMs <= scenario.calmAtMs + progressMs + givingUpMs;
    watch.expect(inTime, settings.address, `ended only at ${endedAtMs} ms`);
  }
  if (!mustBecomeWhole(world)) return;
  const { outcome } = client;
  const failure = outcome?.error?.message;
  watch.expect(outcome !== undefined && !failure, "client", `must end well, but: ${failure}`);
  watch.expect(sinks.some((sink) => sink.committed), "receiver", "must end well, but has no file");
  const inTime = outcome !== undefined && outcome.atMs <= scenario.calmAtMs + progressMs;
  watch.expect(inTime, "client", `ended well only at ${outcome?.atMs} ms`);
}

/**
 * Whatever was begun is settled, and nothing is left of it: no open file, no route, no row in a
 * table, nobody who wants to be told the time.
 */
function judgeTidiness({ client, server, watch, sinks }: World): void {
  for (const { source, sink } of server.opened) {
    if (source) watch.expect(source.closed, "server", "left a source open");
    if (sink) watch.expect(sink.committed !== sink.abandoned, "server", "left a sink undecided");
  }
  for (const sink of sinks) watch.expect(sink.fault === undefined, "sink", sink.fault ?? "");
  for (const { clock, name } of [client.node, server.node]) {
    watch.expect(clock.listeners === 0, name, `${clock.listeners} still want to know the time`);
  }
  if (!server.core) return;
  const { status: { transfers, clients }, routes } = server.core;
  const left = `${transfers} transfers of ${clients} clients with ${routes} routes`;
  watch.expect(transfers + clients + routes === 0, "server", `has ${left} left`);
}

/** How long a transfer takes at most once the faults are over, if its ends don't give up. */
function progressBoundMs(world: World): number {
  const { stalls, slowDisk, peer, lateOpenings } = world.scenario;
  const blocks = blocksOf(world);
  const pauses = peer?.pause?.at === "every" ? blocks : 1;
  const openingsMs = 3 * Math.min(lateOpenings?.maxMs ?? 0, OPENING_LIMIT_MS);
  return openingsMs + (blocks + 6) * WAIT_MS + stalls.reduce((sum, { forMs }) => sum + forMs, 0) +
    2 * blocks * (slowDisk?.maxMs ?? 0) + pauses * (peer?.pause?.forMs ?? 0);
}

/** Whether nobody had a reason to give up. */
function mustBecomeWhole(world: World): boolean {
  const { patient, cancel, roomBytes = Infinity, size, lateOpenings } = world.scenario;
  if (lateOpenings && (lateOpenings.refusals > 0 || lateOpenings.maxMs > OPENING_LIMIT_MS)) {
    return false;
  }
  return patient && !cancel && roomBytes >= size && !endsAtRoll(world);
}

/**
 * Whether block 1 follows 65535 and the file ends so soon that the blocks seen may as well be those
 * after a lost block 0. Then giving up is right: a guess could lose a block silently.
 */
function endsAtRoll(world: World): boolean {
  const { peer, direction } = world.scenario;
  const sends = (peer?.side === "server") === (direction === "get");
  if (peer?.kind !== "rollsToOne" || !sends) return false;
  const windowsize = world.client.end.settings.machine.agreement?.windowsize ?? 1;
  const beyond = blocksOf(world) - LAST_UNROLLED_INDEX;
  return beyond > 0 && beyond <= windowsize;
}

/** Whether every datagram arrived, once, in order and in good time. */
function isFaultless({ scenario, network, ends, client }: World): boolean {
  const { calmAtMs, peer, stalls, slowDisk, cancel, mischief, lateOpenings } = scenario;
  const { toServer, toClient } = scenario;
  const quiet = calmAtMs === 0 && !peer && stalls.length + mischief.length === 0 && !slowDisk &&
    !cancel && !lateOpenings && ends.length === 2 && client.outcome?.error === undefined;
  const fast = [toServer, toClient].every(({ bytesPerMs = Infinity }) => bytesPerMs > 10_000) &&
    toServer.delayMs + toClient.delayMs < 900;
  return quiet && fast && network.toServer.counts.lost + network.toClient.counts.lost === 0;
}

function judgeThrift(world: World): void {
  const { ends, scenario, watch } = world;
  const data = ends.reduce((sum, { counts }) => sum + counts.data, 0);
  const blocks = blocksOf(world);
  watch.expect(data === blocks, "sender", `sent ${data} DATA for ${blocks} blocks`);
  const again = ends.reduce((sum, end) => sum + repeatsOf(end), 0);
  watch.expect(again === 0, "world", `repeated ${again} datagrams though nothing was lost`);
  const committed = world.sinks.some((sink) => sink.committed);
  watch.expect(committed || scenario.roomBytes !== undefined, "receiver", "has no file");
}

function repeatsOf({ settings }: End): number {
  return settings.machine.retransmits;
}
