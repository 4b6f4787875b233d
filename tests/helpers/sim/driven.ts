/** A driver and its machine between a socket, a clock and files in memory. */

import { assert } from "@std/assert";
import {
  encodePacket,
  type Machine,
  type Packet,
  PLAIN_AGREEMENT,
  Receiver,
  Request,
  Sender,
} from "../../../src/protocol/mod.ts";
import { Driver } from "../../../src/engine/driver.ts";
import type { Outcome } from "../../../src/engine/performer.ts";
import { ManualClock, MemorySink, MemorySocket, MemorySource } from "./memory_network.ts";
import { rrq } from "../net/raw_client.ts";

const PEER = { hostname: "10.0.0.7", port: 2070 };
const TIMING = { firstMs: 1000, floorMs: 20, maxMs: 4000, retries: 2 };

export function sender(): Machine {
  return new Sender(PLAIN_AGREEMENT, { timing: TIMING });
}

export function receiver({ dallyMs = 500 } = {}): Machine {
  return new Receiver(PLAIN_AGREEMENT, { timing: TIMING, dallyMs });
}

export function request(): Machine {
  const settings = { timing: TIMING, openingRetries: 1, dallyMs: 500 };
  return new Request(rrq("file", { blksize: 1024 }), settings);
}

/** The driver of a machine between a socket, a clock and files in memory. */
export function drive(
  machine: Machine,
  content = new Uint8Array(700),
  mayRepeat: () => boolean = () => true,
) {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const source = new MemorySource(content);
  const outcomes: Outcome[] = [];
  const ends: number[] = [];
  const socket = new MemorySocket(69, "10.0.0.1", {
    receive() {},
    unsendable: (error) => run.unsendable(error),
    failed() {},
    broken() {},
  });
  const run: Driver = new Driver({ machine, socket, clock, sink, source, peer: PEER }, {
    mayRepeat,
    noteSettled: (outcome) => outcomes.push(outcome),
    noteEnded: () => ends.push(outcomes.length),
  });
  const { sent } = socket;
  const hear = (packet: Packet) => run.receive(encodePacket(packet), clock.nowMs());
  /** The one outcome; undefined while there is none. */
  const outcome = () => {
    assert(outcomes.length <= 1, "settled twice");
    return outcomes[0];
  };
  /** Whether it has ended, once, and after it settled. */
  const ended = () => {
    assert(ends.length <= 1 && ends[0] !== 0, "ended twice, or before it settled");
    return ends.length === 1;
  };
  return { run, socket, clock, sink, source, sent, hear, outcome, ended };
}
