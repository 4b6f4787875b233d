/** Many uploads at once to this server: whether they fill each other's receive buffers. */

import { put } from "../../src/mod.ts";
import { MemorySource } from "../../tests/helpers/sim/memory_network.ts";
import { startServer } from "../../tests/helpers/process/cli.ts";
import { pattern, TempFolder } from "../../tests/helpers/files/temp_folder.ts";

const MIB = 1 << 20;
const SETTINGS = { blksize: 1468, windowsize: 16 };
const ROUNDS = 5;

interface Round {
  readonly mibPerSecond: number;
  readonly failures: number;
  readonly retransmits: number;
}

/** So many clients, each on a socket of its own, send a file of 1 MiB. */
async function uploadTogether(port: number, count: number, round: number): Promise<Round> {
  const content = pattern(MIB);
  const options = { host: "127.0.0.1", port, ...SETTINGS };
  const began = performance.now();
  const uploads = Array.from(
    { length: count },
    (_, index) => put(`${round}-${index}`, new MemorySource(content), options),
  );
  const ends = await Promise.allSettled(uploads);
  const seconds = (performance.now() - began) / 1000;
  let [failures, retransmits] = [0, 0];
  for (const end of ends) {
    if (end.status === "rejected" || end.value.note !== undefined) failures++;
    else retransmits += end.value.retransmits;
  }
  return { mibPerSecond: count / seconds, failures, retransmits };
}

/** A table of how many at once, the rate, and what went wrong; the median of some rounds. */
export async function measureUploads(): Promise<string> {
  const lines = [
    "| uploads at once | MiB/s | blocks sent again | failed |",
    "| ---: | ---: | ---: | ---: |",
  ];
  for (const count of [1, 10, 100]) {
    using served = new TempFolder();
    const server = await startServer([served.path, "--uploads", "new", "--log", "error"]);
    const rounds: Round[] = [];
    // The first round warms both ends up.
    for (let round = 0; round <= ROUNDS; round++) {
      const result = await uploadTogether(server.port, count, round);
      if (round > 0) rounds.push(result);
    }
    await server.stop();
    rounds.sort((a, b) => a.mibPerSecond - b.mibPerSecond);
    const { mibPerSecond } = rounds[Math.floor(ROUNDS / 2)]!;
    const sum = (of: (round: Round) => number) => rounds.reduce((total, one) => total + of(one), 0);
    const again = Math.round(sum((one) => one.retransmits) / ROUNDS);
    const failed = sum((one) => one.failures);
    lines.push(`| ${count} | ${mibPerSecond.toFixed(0)} | ${again} | ${failed} |`);
  }
  return lines.join("\n");
}
