/** Transfers of which the story is known beforehand. */

import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { offer, Opcode, type Packet } from "../../src/protocol/mod.ts";
import { PAUSE_PLACES } from "./peers/pausing.ts";
import { PEER_KINDS, type PeerKind } from "./peers/kinds.ts";
import { QUIET, type Scenario } from "./scenario.ts";
import { describeFailure, type Report, simulate, transcriptOf } from "./simulate.ts";

const LONG_AFTER_MS = 1e9;
const BURSTS = { begin: 0.02, end: 0.3, loss: 0.8 };

function run(change: Partial<Scenario>): Report {
  const report = simulate({ ...QUIET, ...change });
  assertEquals(report.violations, [], describeFailure(report));
  return report;
}

function peer(side: "client" | "server", kind: PeerKind): NonNullable<Scenario["peer"]> {
  return { side, kind, waitMs: 1000, retries: 6, dallyMs: 5000 };
}

/** Drops the first datagram that is like this. */
function dropsFirst(isIt: (packet: Packet) => boolean): (packet: Packet | undefined) => boolean {
  let left = 1;
  return (packet) => packet !== undefined && isIt(packet) && left-- > 0;
}

Deno.test("a quiet network carries every size in both directions without a repetition", () => {
  for (const direction of ["get", "put"] as const) {
    for (const size of [0, 1, 511, 512, 513, 1024, 100_000]) {
      for (const windowsize of [1, 4, 64]) {
        const report = run({ direction, size, options: offer({ blksize: 512, windowsize }) });
        assertEquals([report.ending, report.committed], ["whole", true]);
        assertEquals([report.data, report.retransmits], [report.blocks, 0]);
      }
    }
  }
});

Deno.test("a plain transfer needs one ACK per block", () => {
  const report = run({ options: [], size: 5120 });
  // The request and eleven ACKs: an exact multiple ends with an empty block.
  assertEquals([report.blocks, report.data, report.others], [11, 11, 12]);
});

Deno.test("block numbers roll over in both directions and either way", () => {
  const size = 65_600 * 8;
  for (const direction of ["get", "put"] as const) {
    const options = offer({ blksize: 8, windowsize: 32 });
    for (const rollover of [undefined, "0", "1"]) {
      const asked = rollover ? [...options, { name: "rollover", value: rollover }] : options;
      const report = run({ direction, size, options: asked });
      assertEquals([report.ending, report.data], ["whole", report.blocks]);
    }
  }
});

Deno.test("a peer that rolls to 1 unasked is followed", () => {
  const options = offer({ blksize: 8, windowsize: 32 });
  const size = 65_600 * 8;
  const get = run({ size, options, peer: peer("server", "rollsToOne") });
  assertEquals([get.ending, get.committed], ["whole", true]);
  const put = run({ direction: "put", size, options, peer: peer("client", "rollsToOne") });
  assertEquals([put.ending, put.committed], ["whole", true]);
});

Deno.test("every known peer gets its file and sends its file over a lossy network", () => {
  for (const kind of PEER_KINDS) {
    for (const side of ["client", "server"] as const) {
      for (const direction of ["get", "put"] as const) {
        const link = { delayMs: 5, loss: 0.02, duplication: 0.01 };
        const report = run({
          direction,
          peer: { ...peer(side, kind), retries: 1000 },
          patient: true,
          size: 60_000,
          toServer: link,
          toClient: link,
          calmAtMs: LONG_AFTER_MS,
        });
        assert(report.committed, describeFailure(report));
      }
    }
  }
});

Deno.test("a lost request, OACK or last ACK costs a wait and nothing else", () => {
  const isLastAck = (packet: Packet) => packet.opcode === Opcode.ACK && packet.block === 3;
  const cases: Partial<Scenario>[] = [
    { toServer: { delayMs: 5, dropIf: dropsFirst(({ opcode }) => opcode === Opcode.RRQ) } },
    { toClient: { delayMs: 5, dropIf: dropsFirst(({ opcode }) => opcode === Opcode.OACK) } },
    { toServer: { delayMs: 5, dropIf: dropsFirst(isLastAck) } },
  ];
  for (const change of cases) {
    const report = run({ size: 3000, calmAtMs: LONG_AFTER_MS, ...change });
    assertEquals([report.ending, report.committed], ["whole", true]);
    assertLess(report.elapsedMs, 2500);
  }
});

Deno.test("a put whose last ACKs are all lost is whole with a note", () => {
  const isLastAck = (packet: Packet | undefined) =>
    packet?.opcode === Opcode.ACK && packet.block === 3;
  const report = run({
    direction: "put",
    size: 3000,
    toClient: { delayMs: 5, dropIf: isLastAck },
    toServer: { delayMs: 5 },
    calmAtMs: LONG_AFTER_MS,
  });
  assert(report.committed);
  assert(["noted", "TftpError"].includes(report.ending), report.ending);
});

Deno.test("a full disk ends the transfer with the receiver's ERROR and leaves nothing", () => {
  const report = run({ direction: "put", roomBytes: 5000 });
  assertEquals([report.ending, report.committed], ["TftpError", false]);
});

Deno.test("a cancelled client leaves nothing behind", () => {
  const report = run({ options: [], cancel: { side: "client", atMs: 100 } });
  assertEquals([report.ending, report.committed], ["CancelledError", false]);
});

Deno.test("a server that stalls for seconds is waited for", () => {
  const stalls = [{ side: "server", atMs: 50, forMs: 6000 }] as const;
  for (const direction of ["get", "put"] as const) {
    const report = run({ direction, options: [], stalls });
    assertEquals([report.ending, report.committed], ["whole", true]);
  }
});

Deno.test("a client that writes to flash for ten seconds is not flooded", () => {
  for (const windowsize of [1, 8, 64]) {
    const report = run({
      size: 200_000,
      options: offer({ blksize: 512, windowsize, tsize: 0 }),
      peer: { ...peer("client", windowsize === 1 ? "lockstep" : "uboot"), retries: 1000 },
      stalls: [{ side: "client", atMs: 100, forMs: 10_000 }],
    });
    assertEquals([report.ending, report.committed], ["whole", true]);
    // A window is sent again a dozen times at most, in ever longer intervals.
    assertLess(report.data - report.blocks, 12 * windowsize + 12);
  }
});

Deno.test("a client that pauses and misses two last ACKs sends a whole file", () => {
  // Its DATA 2 comes at 0, 5 and 10 s; only the third is answered within its hearing.
  const pause = { at: "last", forMs: 300, lostAnswers: 2 } as const;
  const report = run({
    direction: "put",
    size: 515,
    options: [],
    peer: { side: "client", kind: "lockstep", waitMs: 5000, retries: 3, dallyMs: 0, pause },
  });
  assertEquals([report.ending, report.committed], ["whole", true]);
  assertLess(report.elapsedMs, 10_500);
});

Deno.test("clients that pause at any block and miss its answer get and send whole files", () => {
  for (const direction of ["get", "put"] as const) {
    for (const at of PAUSE_PLACES) {
      for (const forMs of [300, 2000, 5000]) {
        for (const waitMs of [100, 300, 1000, 5000]) {
          const pause = { at, forMs, lostAnswers: 1 };
          // An ACK is held back for two seconds at most; the wait of a sender grows to ten.
          const retries = 6 + (direction === "put" ? 2000 : 10_000) / waitMs;
          const plan = { ...peer("client", "lockstep"), waitMs, retries, pause };
          const report = run({ direction, size: 5 * 512 + 3, options: [], peer: plan });
          assertEquals([report.ending, report.committed], ["whole", true], describeFailure(report));
        }
      }
    }
  }
});

Deno.test("a long way that is narrow each way but differently carries both directions", () => {
  for (const direction of ["get", "put"] as const) {
    const report = run({
      direction,
      size: 100_000,
      toServer: { delayMs: 300, jitterMs: 20, bytesPerMs: 16, queueBytes: 20_000, loss: 0.02 },
      toClient: { delayMs: 20, bytesPerMs: 125, queueBytes: 8192, bursts: BURSTS },
      calmAtMs: LONG_AFTER_MS,
      patient: true,
    });
    assertEquals([report.ending, report.committed, report.excesses], ["whole", true, []]);
  }
});

Deno.test("garbage, strangers and misplaced packets disturb no transfer", () => {
  const kinds = ["garbage", "stranger", "misplaced", "repeatedRequest"] as const;
  const mischief = kinds.flatMap((kind) =>
    (["client", "server"] as const).flatMap((at) =>
      Array.from({ length: 25 }, (_, turn) => ({ kind, at, atMs: 5 + 8 * turn }))
    )
  );
  for (const direction of ["get", "put"] as const) {
    const report = run({ direction, options: [], mischief });
    assertEquals([report.ending, report.committed], ["whole", true]);
    assertEquals(report.data, report.blocks);
  }
});

Deno.test("a dead network ends a transfer in silence", () => {
  const dead = { delayMs: 5, loss: 1 };
  const report = run({ toServer: dead, toClient: dead, calmAtMs: LONG_AFTER_MS });
  assertEquals([report.ending, report.committed], ["PeerSilentError", false]);
  assertLess(report.elapsedMs, 60_000);
});

Deno.test("a transcript shows every datagram with its fate", () => {
  const dropIf = dropsFirst(({ opcode }) => opcode === Opcode.OACK);
  const text = transcriptOf({
    ...QUIET,
    toClient: { delayMs: 5, dropIf },
    calmAtMs: LONG_AFTER_MS,
  });
  assertStringIncludes(text, 'client:50000 ──▶ server:69  RRQ "file" octet blksize=1428');
  assertStringIncludes(text, "DROPPED");
});
