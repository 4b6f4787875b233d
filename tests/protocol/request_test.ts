import { assert, assertEquals } from "@std/assert";
import {
  PeerSilentError,
  PLAIN_AGREEMENT,
  ProtocolError,
  TftpError,
} from "../../src/protocol/mod.ts";
import { refusesOptions, Request } from "../../src/protocol/request.ts";
import { describePerformed, Timeline } from "../helpers/sim/timeline.ts";
import { ack, blockOf, data, error, fileOf, oack, options, rrq, wrq } from "../helpers/net/wire.ts";

const OPENING_RETRIES = 2;
const SETTINGS = {
  timing: { firstMs: 1000, floorMs: 20, maxMs: 8000, retries: 4 },
  openingRetries: OPENING_RETRIES,
  dallyMs: 5000,
};

const RRQ = rrq("boot.cfg", "blksize=8 tsize=0");
const WRQ = wrq("boot.cfg", "blksize=8 tsize=20");
const FILE = fileOf(20);

function request(packet: typeof RRQ): Request {
  return new Request(packet, SETTINGS);
}

Deno.test("Request becomes a receiver by OACK, which it acknowledges as block 0", () => {
  const machine = request(RRQ);
  const line = new Timeline(machine).starts().sends(RRQ);
  assertEquals([machine.answered, machine.agreement], [false, undefined]);
  line.receives(oack("blksize=8 tsize=20")).sends(ack(0));
  const granted = options("blksize=8 tsize=20");
  assertEquals(machine.agreement, { ...PLAIN_AGREEMENT, blksize: 8, tsize: 20, granted });
  for (const index of [1, 2]) {
    const payload = blockOf(FILE, index, 8);
    line.receives(data(index, payload)).writes(payload).sends(ack(index));
  }
  line.receives(data(3, blockOf(FILE, 3, 8))).writes(blockOf(FILE, 3, 8)).commits();
  line.sends(ack(3)).finishes().atDeadline().timesOut().ends();
  assertEquals([machine.answered, machine.bytes, machine.retransmits], [true, 20, 0]);
});

Deno.test("Request becomes a plain receiver by DATA 1", () => {
  const machine = request(RRQ);
  const line = new Timeline(machine).starts().sends(RRQ).receives(data(1, FILE));
  line.writes(FILE).commits().sends(ack(1)).finishes().goesOn();
  assertEquals(machine.agreement, PLAIN_AGREEMENT);
});

Deno.test("Request takes a late answer to the one with options before it for lost", () => {
  const plain = rrq("boot.cfg", "");
  const line = new Timeline(new Request(plain, { ...SETTINGS, fallback: true })).starts();
  line.sends(plain).receives(oack("blksize=8 tsize=20")).doesNothing();
  line.receives(error(8, "no options")).doesNothing();
  line.receives(data(1, FILE)).writes(FILE).commits().sends(ack(1)).finishes();
  const gone = new Timeline(new Request(plain, { ...SETTINGS, fallback: true })).starts();
  gone.sends(plain).receives(error(1, "gone")).fails(TftpError);
});

Deno.test("Request tells how many blocks came again and how many gaps there were", () => {
  const machine = request(RRQ);
  const line = new Timeline(machine).starts().sends(RRQ);
  assertEquals([machine.duplicates, machine.gaps], [0, 0]);
  line.receives(oack("blksize=8 tsize=20")).sends(ack(0)).receives(data(2, FILE.slice(8, 16)));
  line.takePerformed();
  const first = data(1, FILE.slice(0, 8));
  line.receives(first, first).takePerformed();
  assertEquals([machine.duplicates, machine.gaps], [1, 1]);
});

Deno.test("Request becomes a sender by OACK, which sends DATA 1 at once", () => {
  const machine = request(WRQ);
  const line = new Timeline(machine, FILE).starts().sends(WRQ).receives(oack("blksize=8"));
  for (const index of [1, 2, 3]) {
    line.sends(data(index, blockOf(FILE, index, 8))).receives(ack(index));
  }
  line.finishes().ends();
  assertEquals([machine.bytes, machine.agreement?.blksize], [20, 8]);
});

Deno.test("Request becomes a plain sender by ACK 0", () => {
  const machine = request(WRQ);
  const line = new Timeline(machine, FILE).starts().sends(WRQ).receives(ack(0));
  line.sends(data(1, FILE)).receives(ack(1)).finishes().ends();
  assertEquals(machine.agreement, PLAIN_AGREEMENT);
});

Deno.test("Request acknowledges a repeated OACK again", () => {
  const line = new Timeline(request(RRQ)).starts().sends(RRQ);
  line.receives(oack("blksize=8")).sends(ack(0)).at(900).receives(oack("blksize=8")).sends(ack(0));
  line.receives(data(1, fileOf(8))).writes(fileOf(8)).sends(ack(1));
  line.at(1900).receives(oack("blksize=8")).doesNothing().goesOn();
});

Deno.test("Request sends DATA 1 once for an OACK that is repeated", () => {
  const line = new Timeline(request(WRQ), FILE).starts().sends(WRQ).receives(oack("blksize=8"));
  line.sends(data(1, blockOf(FILE, 1, 8))).at(900).receives(oack("blksize=8")).doesNothing();
  line.goesOn();
});

Deno.test("Request is repeated with growing waits until it is answered", () => {
  const machine = request(RRQ);
  const line = new Timeline(machine).at(0).starts().sends(RRQ);
  const first = machine.deadlineMs;
  line.at(first - 1).ticks().doesNothing().atDeadline().timesOut().sends(RRQ);
  assert(machine.deadlineMs - first > first, "The second wait is longer");
  line.receives(oack("blksize=8")).sends(ack(0)).goesOn();
  assertEquals(machine.retransmits, 1);
});

Deno.test("Request gives up on a server that stays silent", () => {
  const line = new Timeline(request(RRQ)).starts().sends(RRQ);
  for (let repeat = 0; repeat < OPENING_RETRIES; repeat++) {
    line.atDeadline().timesOut().sends(RRQ);
  }
  line.atDeadline().timesOut().fails(PeerSilentError, "No answer");
  line.receives(oack("blksize=8"), data(1)).ends();
});

Deno.test("Request answers an OACK that it can't live with by ERROR 8", () => {
  for (const lie of ["blksize=9", "blksize=7", "windowsize=2", "blksize=8 blksize=8", "tsize=x"]) {
    const machine = request(RRQ);
    const line = new Timeline(machine).starts().sends(RRQ).receives(oack(lie));
    const [refusal, failure, ...more] = line.takePerformed();
    assert(refusal?.kind === "send" && refusal.packet.opcode === 5, lie);
    assertEquals(refusal.packet.code, 8);
    assert(failure?.kind === "fail" && failure.error instanceof ProtocolError, lie);
    assertEquals([refusal.packet.message, more.length], [failure.error.message, 0]);
    line.receives(data(1), oack("blksize=8")).ends();
    assertEquals(machine.answered, false);
  }
});

Deno.test("Request ends with the server's ERROR and never answers it", () => {
  const machine = request(RRQ);
  const line = new Timeline(machine).starts().sends(RRQ).receives(error(1, "File not found"));
  line.fails(TftpError, "File not found").receives(error(1, "again")).ends();
  assertEquals(machine.answered, false);
});

Deno.test("Request sends nothing when it is aborted before an answer", () => {
  const machine = request(RRQ);
  assertEquals(machine.blocks, undefined);
  const line = new Timeline(machine).starts().sends(RRQ).aborts(new RangeError("gone"), 0, "Stop");
  line.fails(RangeError, "gone").ends();
  const answered = new Timeline(request(RRQ)).starts().sends(RRQ).receives(oack("blksize=8"));
  answered.sends(ack(0)).aborts(new RangeError("gone"), 0, "Stop").sends(error(0, "Stop"));
  answered.fails(RangeError).ends();
});

/** Whether each failure of an optioned request is worth a plain one. */
const FAILURES: readonly [Error, boolean][] = [
  [new TftpError("peer", 8, "Bad option"), true],
  [new TftpError("peer", 4, "Illegal operation"), true],
  [new TftpError("peer", 0, "What?"), true],
  [new PeerSilentError("answer", 3000, false), true],
  [new TftpError("peer", 1, "File not found"), false],
  [new TftpError("peer", 2, "Access violation"), false],
  [new TftpError("peer", 3, "Disk full"), false],
  [new TftpError("peer", 6, "File exists"), false],
  [new TftpError("local", 0, "Cancelled"), false],
  [new ProtocolError("Lying OACK"), false],
  [new RangeError("Too long"), false],
];

Deno.test("refusesOptions() tells which failures are worth a plain request", () => {
  for (const [failure, isWorth] of FAILURES) {
    assertEquals(refusesOptions(failure, false), isWorth, failure.message);
    assertEquals(refusesOptions(failure, true), false, "after an answer nothing is asked again");
  }
});

/** What a server may answer to an RRQ and to a WRQ, and what the client does about it. */
const ANSWERS = {
  "OACK": oack("blksize=8"),
  "lying OACK": oack("blksize=9"),
  "DATA 1": data(1, fileOf(8)),
  "DATA 2": data(2, fileOf(8)),
  "ACK 0": ack(0),
  "ACK 1": ack(1),
  "ERROR": error(2, "No"),
  "RRQ": rrq("a"),
};

const REFUSAL = 'send ERROR 8 "Server answered blksize=8 with "blksize=9"", fail ProtocolError';

const CELLS: Record<"RRQ" | "WRQ" | "done", Record<keyof typeof ANSWERS, string>> = {
  RRQ: {
    "OACK": "send ACK 0",
    "lying OACK": REFUSAL,
    "DATA 1": "write 8, commit, send ACK 1, finish",
    "DATA 2": "",
    "ACK 0": "",
    "ACK 1": "",
    "ERROR": "fail TftpError",
    "RRQ": "",
  },
  WRQ: {
    "OACK": "send DATA 1 (8 bytes)",
    "lying OACK": REFUSAL,
    "DATA 1": "",
    "DATA 2": "",
    "ACK 0": "send DATA 1 (20 bytes)",
    "ACK 1": "",
    "ERROR": "fail TftpError",
    "RRQ": "",
  },
  done: {
    "OACK": "",
    "lying OACK": "",
    "DATA 1": "",
    "DATA 2": "",
    "ACK 0": "",
    "ACK 1": "",
    "ERROR": "",
    "RRQ": "",
  },
};

Deno.test("Request does in every state what its table says of every answer", () => {
  for (const [state, cells] of Object.entries(CELLS)) {
    for (const [answer, wanted] of Object.entries(cells)) {
      const line = new Timeline(request(state === "WRQ" ? WRQ : RRQ), FILE).starts();
      line.takePerformed();
      if (state === "done") line.receives(error(1, "No file")).takePerformed();
      line.receives(ANSWERS[answer as keyof typeof ANSWERS]);
      assertEquals(
        line.takePerformed().map(describePerformed).join(", "),
        wanted,
        `${state}: ${answer}`,
      );
    }
  }
});
