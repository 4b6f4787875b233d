/** Round trip, loss and order on the path, from many small questions and from windows. Pure. */

import type { Finding } from "../finding.ts";
import { median, milliseconds, percent } from "../format.ts";
import type { Question, Seen } from "./question.ts";

/** Questions that measure the path, and the time between them: a second and a half in total. */
export const ROUNDS = 60;
export const ROUND_EVERY_MS = 25;
/** An answer that takes longer counts as lost. */
const LOST_AFTER_MS = 1000;

/** A path with more loss gets a warning. */
const LOSS_NOTED = 0.001;
const LOSS_WARNED = 0.005;

/** The quality of the path. */
export interface PathMeasures {
  readonly roundTripMs?: { readonly least: number; readonly median: number; readonly most: number };
  /** Questions of one datagram, and those that got no answer. */
  readonly questions: number;
  readonly unanswered: number;
  /** Expected blocks in windows, those that did not come, and those that others overtook. */
  readonly blocks: number;
  readonly blocksLost: number;
  readonly blocksLate: number;
  /** The share of datagrams that are lost one way. */
  readonly loss: number;
}

/** The same question again, for a single answer. */
export function round(question: Question): Question {
  return { ...question, times: 1, waitMs: LOST_AFTER_MS, watchMs: 0, mostMs: LOST_AFTER_MS + 100 };
}

/**
 * Combines questions of one round trip with windows of blocks. A question is lost when either of
 * its two datagrams is.
 */
export function measure(rounds: readonly Seen[], windows: readonly Seen[] = []): PathMeasures {
  const times = rounds.flatMap(({ answerMs }) => answerMs ?? []);
  const unanswered = rounds.filter(({ answer }) => answer === undefined).length;
  const sum = (key: "expected" | "lost" | "late") =>
    windows.reduce((total, seen) => total + seen[key], 0);
  const [blocks, blocksLost, blocksLate] = [sum("expected"), sum("lost"), sum("late")];
  const datagrams = 2 * rounds.length + blocks;
  return {
    ...(times.length === 0 ? {} : {
      roundTripMs: {
        least: Math.min(...times),
        median: median(times)!,
        most: Math.max(...times),
      },
    }),
    ...{ questions: rounds.length, unanswered, blocks, blocksLost, blocksLate },
    loss: datagrams === 0 ? 0 : (unanswered + blocksLost) / datagrams,
  };
}

export function judgePath(measures: PathMeasures): Finding[] {
  return [...roundTrip(measures), ...loss(measures), ...order(measures)];
}

function roundTrip({ roundTripMs }: PathMeasures): Finding[] {
  if (roundTripMs === undefined) return [];
  const { least, median, most } = roundTripMs;
  const slow = median > 20;
  return [{
    ...{ topic: "path", check: "round trip", grade: slow ? "note" : "good" },
    seen: `a question is answered after ${milliseconds(median)} (from ${milliseconds(least)} to ` +
      `${milliseconds(most)})`,
    ...(slow
      ? { advice: "every window costs a round trip: large windows and blocks matter here" }
      : {}),
  }];
}

function loss({ questions, unanswered, blocks, blocksLost, loss }: PathMeasures): Finding[] {
  if (questions + blocks === 0) return [];
  const lost = `of ${questions} questions ${unanswered} got no answer` +
    (blocks === 0 ? "" : `, of ${blocks} blocks ${blocksLost} did not come`);
  if (loss < LOSS_NOTED) {
    return [{ topic: "path", check: "loss", grade: "good", seen: `nothing was lost: ${lost}` }];
  }
  const grade = loss < LOSS_WARNED ? "note" : "warning";
  return [{
    ...{ topic: "path", check: "loss", grade },
    seen: `about ${percent(loss)} of the datagrams are lost each way: ${lost}`,
    advice: "look for a full or half-duplex link, a bad cable or Wi-Fi; clients that wait for " +
      "fixed seconds after each loss become very slow",
  }];
}

function order({ blocks, blocksLate }: PathMeasures): Finding[] {
  if (blocksLate === 0) return [];
  return [{
    ...{ topic: "path", check: "order", grade: "note" },
    seen: `of ${blocks} blocks ${blocksLate} came behind a later one`,
    advice: "clients that ask again at once get late blocks twice",
  }];
}
