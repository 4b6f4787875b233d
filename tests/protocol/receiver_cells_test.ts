/** The table of receiver.ts as a test: each state, each event, and what the receiver does. */

import { assertEquals } from "@std/assert";
import { blocksOf, receiver, SMALL, windowed } from "../helpers/sim/machines.ts";
import { describePerformed, Timeline } from "../helpers/sim/timeline.ts";
import { ack, error, fileOf, oack, rrq } from "../helpers/net/wire.ts";

const GRANTED = oack("blksize=8");

const FILE = fileOf(20);
const blocks = blocksOf(FILE, 8);

/** What happens, from which a row of CELLS says what each state makes of it. */
const EVENTS = {
  "DATA in order": (line: Timeline, { next }: Place) => line.receives(...blocks(next)),
  "DATA behind a gap": (line: Timeline, { next }: Place) => line.receives(...blocks(next + 1)),
  "DATA again": (line: Timeline, { next }: Place) => line.after(900).receives(...blocks(next - 1)),
  OACK: (line: Timeline) => line.after(900).receives(GRANTED),
  ACK: (line: Timeline) => line.receives(ack(0)),
  RRQ: (line: Timeline) => line.receives(rrq("a")),
  ERROR: (line: Timeline) => line.receives(error(3, "Disk full")),
  deadline: (line: Timeline, { deadlineMs }: Place) =>
    line.after(Math.min(deadlineMs, 1e9)).ticks(),
  "early tick": (line: Timeline) => line.after(1).ticks(),
  abort: (line: Timeline) => line.aborts(new RangeError("gone"), 0, "Stop"),
};

interface Place {
  /** First block that is missing. */
  readonly next: number;
  readonly deadlineMs: number;
}

/** How to bring a receiver into each state; FILE has three blocks, the last of 4 bytes. */
const STATES = {
  "opened by OACK": { agreement: SMALL, oack: GRANTED, indexes: [], next: 1 },
  lockstep: { agreement: SMALL, indexes: [1], next: 2 },
  window: { agreement: windowed(4), indexes: [1], next: 2 },
  dallying: { agreement: SMALL, indexes: [1, 2, 3], next: 4 },
  done: { agreement: SMALL, indexes: [1, 2, 3], next: 4, dallied: true },
};

const STOP = 'send ERROR 0 "Stop", fail RangeError';
const NOTHING_HAPPENS = Object.fromEntries(
  Object.keys(EVENTS).map((event) => [event, ""]),
) as Record<keyof typeof EVENTS, string>;
const RECEIVING = { ...NOTHING_HAPPENS, ERROR: "fail TftpError", abort: STOP };

/** Every state, every event: what the receiver does. */
const CELLS: Record<keyof typeof STATES, Record<keyof typeof EVENTS, string>> = {
  "opened by OACK": {
    ...RECEIVING,
    "DATA in order": "write 8, send ACK 1",
    "DATA behind a gap": "send OACK blksize=8",
    OACK: "send OACK blksize=8",
    deadline: "send OACK blksize=8",
  },
  lockstep: {
    ...RECEIVING,
    "DATA in order": "write 8, send ACK 2",
    "DATA behind a gap": "send ACK 1",
    "DATA again": "send ACK 1",
    deadline: "send ACK 1",
  },
  window: {
    ...RECEIVING,
    "DATA behind a gap": "write 8, send ACK 1",
    OACK: "write 8, send ACK 1",
    deadline: "write 8, send ACK 1",
  },
  dallying: { ...NOTHING_HAPPENS, "DATA again": "send ACK 3", abort: STOP },
  done: NOTHING_HAPPENS,
};

Deno.test("Receiver does in every state what its table says of every event", () => {
  for (const [state, cells] of Object.entries(CELLS)) {
    const place = STATES[state as keyof typeof STATES];
    for (const [event, wanted] of Object.entries(cells)) {
      const machine = receiver(place.agreement, "oack" in place ? { oack: place.oack } : {});
      const line = new Timeline(machine).starts();
      line.takePerformed();
      line.receives(...blocks(...place.indexes)).takePerformed();
      if ("dallied" in place) line.atDeadline().timesOut();
      const { deadlineMs } = machine;
      EVENTS[event as keyof typeof EVENTS](line, { next: place.next, deadlineMs });
      assertEquals(
        line.takePerformed().map(describePerformed).join(", "),
        wanted,
        `${state}: ${event}`,
      );
    }
  }
});
