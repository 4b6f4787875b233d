/** Runs the doctor against a server on this machine, in the test's own process. */

import type { Finding } from "../../../src/doctor/finding.ts";
import type { ServerReport } from "../../../src/doctor/report.ts";
import { examine } from "../../../src/doctor/shell/examine.ts";
import { FaultyNetwork } from "../../../src/instruments/faulty_network.ts";
import { endOf, TEST_IO, testNetwork } from "./test_network.ts";

export interface Place {
  readonly host?: string;
  readonly port: number;
  readonly file?: string;
  readonly thorough?: boolean;
  readonly upload?: string;
  /** Datagrams lost each way, with a seed. */
  readonly loss?: readonly [share: number, seed: number];
}

export async function examined(place: Place): Promise<ServerReport> {
  const { host = "127.0.0.1", port, file, thorough = false, upload, loss } = place;
  const inner = testNetwork();
  const network = loss === undefined ? inner : new FaultyNetwork({
    ...{ loss: loss[0], seed: loss[1], dup: 0, reorder: 0, delayMs: 0 },
  }).wrap(inner);
  const report = await examine({
    ...{ host, port, file, thorough, upload, network },
    ...{ addresses: [host], end: {}, hearsIcmp: TEST_IO === "native", roundEveryMs: 8 },
  });
  await endOf(inner);
  return report;
}

/** The findings of a check, as `grade: sentence`. */
export function found({ findings }: ServerReport, check: string): string[] {
  return findings.filter((finding) => finding.check === check).map(inWords);
}

/** What is wrong, by check. */
export function faults({ findings }: ServerReport): string[] {
  return findings.filter(({ grade }) => grade === "fault").map(({ check }) => check);
}

function inWords({ grade, seen }: Finding): string {
  return `${grade}: ${seen}`;
}
