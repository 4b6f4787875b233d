/** The table of sender.ts as a test: each state, each event, and what the sender does. */

import { assertEquals } from "@std/assert";
import { sender, windowed } from "../helpers/sim/machines.ts";
import { describePerformed, Timeline } from "../helpers/sim/timeline.ts";
import { ack, data, error, fileOf, oack, rrq } from "../helpers/net/wire.ts";

const GRANTED = oack("blksize=8");

/** What happens, from which a row of CELLS says what each state makes of it. */
const EVENTS = {
  "ACK in order": (line: Timeline, { base, windowsize }: Place) =>
    line.receives(ack(base === 0 ? 0 : base + windowsize - 1)),
  "ACK of a part": (line: Timeline, { base, windowsize }: Place) =>
    windowsize === 1 || base === 0 ? line.ticks() : line.receives(ack(base)),
  "ACK again": (line: Timeline, { base }: Place) => line.receives(ack((base + 65_535) % 65_536)),
  "ACK beyond": (line: Timeline) => line.receives(ack(999)),
  OACK: (line: Timeline) => line.receives(GRANTED),
  DATA: (line: Timeline) => line.receives(data(1, fileOf(8))),
  RRQ: (line: Timeline) => line.receives(rrq("a")),
  ERROR: (line: Timeline) => line.receives(error(3, "Disk full")),
  deadline: (line: Timeline, { deadlineMs }: Place) => line.at(Math.min(deadlineMs, 1e9)).ticks(),
  "early tick": (line: Timeline) => line.at(1).ticks(),
  abort: (line: Timeline) => line.aborts(new RangeError("gone"), 0, "Stop"),
};

interface Place {
  /** First block that is not acknowledged. */
  readonly base: number;
  readonly windowsize: number;
  readonly deadlineMs: number;
}

/** How to bring a sender into each state. Its file has five blocks of 8 bytes or none. */
const STATES = {
  opening: { windowsize: 1, base: 0, oack: GRANTED, fileBytes: 33, acks: [] },
  "opening windows": { windowsize: 2, base: 0, oack: GRANTED, fileBytes: 33, acks: [] },
  lockstep: { windowsize: 1, base: 2, fileBytes: 33, acks: [ack(1)] },
  window: { windowsize: 2, base: 3, fileBytes: 33, acks: [ack(2)] },
  done: { windowsize: 1, base: 2, fileBytes: 0, acks: [ack(1)] },
};

const STOP = 'send ERROR 0 "Stop", fail RangeError';
const NOTHING_HAPPENS = Object.fromEntries(
  Object.keys(EVENTS).map((event) => [event, ""]),
) as Record<keyof typeof EVENTS, string>;

/** Every state, every event: what the sender does. */
const CELLS: Record<keyof typeof STATES, Record<keyof typeof EVENTS, string>> = {
  opening: {
    ...NOTHING_HAPPENS,
    "ACK in order": "send DATA 1 (8 bytes)",
    ERROR: "fail TftpError",
    deadline: "send OACK blksize=8",
    abort: STOP,
  },
  "opening windows": {
    ...NOTHING_HAPPENS,
    "ACK in order": "send DATA 1 (8 bytes), send DATA 2 (8 bytes)",
    ERROR: "fail TftpError",
    deadline: "send OACK blksize=8",
    abort: STOP,
  },
  lockstep: {
    ...NOTHING_HAPPENS,
    "ACK in order": "send DATA 3 (8 bytes)",
    ERROR: "fail TftpError",
    deadline: "send DATA 2 (8 bytes)",
    abort: STOP,
  },
  window: {
    ...NOTHING_HAPPENS,
    "ACK in order": "send DATA 5 (1 bytes)",
    "ACK of a part": "send DATA 4 (8 bytes)",
    "ACK again": "send DATA 3 (8 bytes)",
    ERROR: "fail TftpError",
    deadline: "send DATA 3 (8 bytes)",
    abort: STOP,
  },
  done: NOTHING_HAPPENS,
};

Deno.test("Sender does in every state what its table says of every event", () => {
  for (const [state, cells] of Object.entries(CELLS)) {
    const place = STATES[state as keyof typeof STATES];
    for (const [event, wanted] of Object.entries(cells)) {
      const machine = sender(
        windowed(place.windowsize),
        "oack" in place ? { oack: place.oack } : {},
      );
      const line = new Timeline(machine, fileOf(place.fileBytes)).starts();
      line.takePerformed();
      line.receives(...place.acks).takePerformed();
      EVENTS[event as keyof typeof EVENTS](line, { ...place, deadlineMs: machine.deadlineMs });
      assertEquals(
        line.takePerformed().map(describePerformed).join(", "),
        wanted,
        `${state}: ${event}`,
      );
    }
  }
});
