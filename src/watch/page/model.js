/** What the page knows of its server: the last status, changed by the messages since. */

import { addressOf } from "./text.js";

/** As many as the server keeps. */
const MAX_ENDED = 100;
const MAX_CLIENTS = 200;

export class Model {
  status;
  /** By their numbers, the oldest first. */
  running = new Map();
  ended = [];
  /** By address, the most recently heard one at the end. */
  clients = new Map();

  /** Processes one message; @returns false for one that must follow a status. */
  take(name, content) {
    if (name === "status") return this.#begin(content);
    if (!this.status) return false;
    if (name === "begun") this.#begun(content);
    if (name === "ended") this.#ended(content);
    if (name === "progress") this.#progress(content);
    return true;
  }

  #begin(status) {
    this.status = status;
    this.running = new Map(status.running.map((row) => [row.id, row]));
    this.ended = [...status.ended];
    this.clients = new Map(status.clients.toReversed().map((row) => [row.client, row]));
    return true;
  }

  #begun({ transfers }) {
    for (const row of transfers) this.running.set(row.id, row);
  }

  #ended({ transfers }) {
    const newest = this.ended[0]?.seq ?? 0;
    const fresh = transfers.filter(({ seq }) => seq > newest);
    for (const { id } of transfers) this.running.delete(id);
    this.ended = [...fresh, ...this.ended].slice(0, MAX_ENDED);
    for (const row of fresh.toReversed()) this.#count(row);
  }

  #progress({ transfers, ...rest }) {
    const alive = new Set(transfers.map(({ id }) => id));
    for (const id of this.running.keys()) if (!alive.has(id)) this.running.delete(id);
    for (const row of transfers) {
      const old = this.running.get(row.id);
      if (old) this.running.set(row.id, { ...old, ...row });
    }
    const history = joined(this.status.history, rest.history);
    this.status = { ...this.status, ...rest, history };
  }

  #count({ client, result, bytes = 0, retransmits = 0, time }) {
    const address = addressOf(client);
    const old = this.clients.get(address) ?? {
      ...{ client: address, done: 0, failed: 0, refused: 0, bytes: 0, retransmits: 0 },
    };
    this.clients.delete(address);
    this.clients.set(address, {
      ...old,
      ...(result in old ? { [result]: old[result] + 1 } : {}),
      bytes: old.bytes + bytes,
      retransmits: old.retransmits + retransmits,
      lastSeen: time,
    });
    if (this.clients.size > MAX_CLIENTS) this.clients.delete(this.clients.keys().next().value);
  }
}

/** The lists with the last steps inserted. */
export function joined(whole, last) {
  const steps = Math.round((Date.parse(last.until) - Date.parse(whole.until)) / whole.stepMs);
  const result = { ...last };
  for (const [key, list] of Object.entries(whole)) {
    if (!Array.isArray(list)) continue;
    const length = list.length;
    const passed = Math.min(Math.max(steps, 0), length);
    const shifted = [...list.slice(passed), ...Array(passed).fill(0)];
    result[key] = [...shifted.slice(0, length - last[key].length), ...last[key]];
  }
  return result;
}

/** The fewest steps in a chart: two minutes. */
const LEAST_STEPS = 24;
/** With fewer packets in a step, there is no meaningful loss rate. */
const FEW_PACKETS = 20;

/**
 * Times, bytes per second and the share of retransmitted packets, step by step, for a chart. It
 * begins with the server's start, where that is more recent than the lists.
 */
export function seriesOf({ time, startedAt, history }) {
  const { stepMs, until, bytes, blocks, retransmits } = history;
  const endMs = Date.parse(until);
  const runningMs = Math.min(stepMs, Math.max(0, stepMs - (endMs - Date.parse(time))));
  const last = bytes.length - 1;
  const at = bytes.map((_, step) => (endMs - stepMs * (last - step)) / 1000 - stepMs / 1000);
  const rates = bytes.map((count, step) => {
    const ms = step === last ? runningMs : stepMs;
    // A step that has just begun says nothing yet.
    return ms < 1000 ? null : count * 1000 / ms;
  });
  const losses = bytes.map((_, step) =>
    blocks[step] + retransmits[step] < FEW_PACKETS ? null : lossOf(blocks[step], retransmits[step])
  );
  const begin = Date.parse(startedAt) / 1000 - stepMs / 1000;
  const known = rates.map((rate, step) => at[step] < begin ? null : rate);
  const first = at.findIndex((seconds) => seconds >= begin);
  const from = Math.max(0, Math.min(first, bytes.length - LEAST_STEPS));
  return [at, known, losses].map((list) => list.slice(from));
}

/** The share of packets that were retransmitted; null where nothing was sent. */
export function lossOf(blocks, retransmits) {
  const sent = blocks + retransmits;
  return sent === 0 ? null : retransmits / sent;
}

/** The loss of the last minute. */
export function recentLoss({ stepMs, blocks, retransmits }) {
  const steps = Math.ceil(60_000 / stepMs);
  const sum = (list) => list.slice(-steps).reduce((total, count) => total + count, 0);
  return lossOf(sum(blocks), sum(retransmits));
}
