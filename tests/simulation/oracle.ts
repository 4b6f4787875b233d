/**
 * What must hold of every simulated transfer, whatever happened to it.
 *
 * Safety: what is committed is the file (the sink looks at every byte); a sender that finished
 * without a note has a receiver that committed; an end does not send more than its causes
 * warrant. Liveness: once the faults are over both ends end in bounded time; patient ends end
 * well.
 *
 * The rules for single packets are in host.ts, where packets are sent, and in answers.ts, where a
 * block that comes again must not stay without an answer.
 */

import { DEFAULT_BLKSIZE, LAST_UNROLLED_INDEX } from "../../src/protocol/mod.ts";
import type { Host } from "./host.ts";
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
  if (isFaultless(world)) judgeThrift(world);
}

/** Blocks of the file, with the agreed blksize. */
export function blocksOf({ client, scenario }: World): number {
  const blksize = client.host.settings.machine.agreement?.blksize ?? DEFAULT_BLKSIZE;
  return Math.floor(scenario.size / blksize) + 1;
}

function judgeSafety({ client, server, sinks, scenario, watch }: World): void {
  const senders = scenario.direction === "get" ? server.hosts : client.hosts;
  const committed = sinks.some((sink) => sink.committed);
  for (const { outcome, settings } of senders) {
    if (!outcome || outcome.error || outcome.note !== undefined) continue;
    watch.expect(committed, settings.address, "finished, but nothing is committed");
  }
  const receivers = scenario.direction === "get" ? client.hosts : server.hosts;
  for (const { outcome, settings } of receivers) {
    if (!outcome) continue;
    const whole = outcome.error === undefined;
    const agrees = whole ? settings.sink?.committed === true : !settings.sink?.committed;
    // Attempts of one client share their file: only the last one tells its fate.
    if (settings.sink === client.host.settings.sink && outcome !== client.outcome) continue;
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
  const { hosts, scenario, watch, client } = world;
  const windowsize = client.host.settings.machine.agreement?.windowsize ?? 1;
  const lostAnswers = scenario.peer?.pause?.lostAnswers ?? 0;
  const outside = scenario.mischief.length + scenario.stalls.length + lostAnswers;
  const causes = causesOf(world) + outside + hosts.length;
  const before = world.atCalm;
  const late = causes - (before?.causes ?? 0);
  for (const host of hosts.filter((one) => isOurs(one, scenario))) {
    const whole = blocksOf(world) + 2 * windowsize * causes;
    const calm = blocksOf(world) + 2 * windowsize * (late + 1);
    const sent = sentBy(host);
    const sentCalm = sent - (before?.sent.get(host) ?? 0);
    const who = host.settings.address;
    if (sent > whole) watch.excess(who, `sent ${sent} datagrams, ${whole} are warranted`);
    if (sentCalm <= calm) continue;
    watch.excess(who, `sent ${sentCalm} datagrams in calm, ${calm} are warranted`);
  }
}

/** Others may be faulty; what they send again because of us shows in what we send. */
function isOurs({ settings }: Host, { peer }: Scenario): boolean {
  return peer === undefined || !settings.address.startsWith(peer.side);
}

/** What may make ends repeat themselves: incidents on the way, and waits that ended. */
export function causesOf({ network, hosts }: Pick<World, "network" | "hosts">): number {
  const { toServer, toClient } = network;
  const onTheWay = [toServer.counts, toClient.counts]
    .reduce((sum, { lost, repeated, overtaken }) => sum + lost + repeated + overtaken, 0);
  return hosts.reduce((sum, { counts }) => sum + counts.timeouts + counts.overflows, onTheWay);
}

/** The datagrams of an end's one trade: DATA, or everything else. */
export function sentBy({ counts }: Host): number {
  return Math.max(counts.data, counts.acks);
}

function judgeLiveness(world: World): void {
  const { hosts, scenario, watch, client, sinks } = world;
  const progressMs = progressBoundMs(world);
  const givingUpMs = scenario.patient ? PATIENT_GIVING_UP_MS : GIVING_UP_MS;
  for (const { endedAtMs, settings } of hosts) {
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

/** How long a transfer takes at most once the faults are over, if its ends don't give up. */
function progressBoundMs(world: World): number {
  const { stalls, slowDisk, peer } = world.scenario;
  const blocks = blocksOf(world);
  const pauses = peer?.pause?.at === "every" ? blocks : 1;
  return (blocks + 6) * WAIT_MS + stalls.reduce((sum, { forMs }) => sum + forMs, 0) +
    2 * blocks * (slowDisk?.maxMs ?? 0) + pauses * (peer?.pause?.forMs ?? 0);
}

/** Whether nobody had a reason to give up. */
function mustBecomeWhole(world: World): boolean {
  const { patient, cancel, roomBytes = Infinity, size } = world.scenario;
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
  const windowsize = world.client.host.settings.machine.agreement?.windowsize ?? 1;
  const beyond = blocksOf(world) - LAST_UNROLLED_INDEX;
  return beyond > 0 && beyond <= windowsize;
}

/** Whether every datagram arrived, once, in order and in good time. */
function isFaultless({ scenario, network, hosts, client }: World): boolean {
  const { calmAtMs, peer, stalls, slowDisk, cancel, mischief, toServer, toClient } = scenario;
  const quiet = calmAtMs === 0 && !peer && stalls.length + mischief.length === 0 && !slowDisk &&
    !cancel && hosts.length === 2 && client.outcome?.error === undefined;
  const fast = [toServer, toClient].every(({ bytesPerMs = Infinity }) => bytesPerMs > 10_000) &&
    toServer.delayMs + toClient.delayMs < 900;
  return quiet && fast && network.toServer.counts.lost + network.toClient.counts.lost === 0;
}

function judgeThrift(world: World): void {
  const { hosts, scenario, watch } = world;
  const data = hosts.reduce((sum, { counts }) => sum + counts.data, 0);
  const blocks = blocksOf(world);
  watch.expect(data === blocks, "sender", `sent ${data} DATA for ${blocks} blocks`);
  const again = hosts.reduce((sum, host) => sum + repeatsOf(host), 0);
  watch.expect(again === 0, "world", `repeated ${again} datagrams though nothing was lost`);
  const committed = world.sinks.some((sink) => sink.committed);
  watch.expect(committed || scenario.roomBytes !== undefined, "receiver", "has no file");
}

function repeatsOf({ settings }: Host): number {
  return settings.machine.retransmits;
}
