/** The verdict on a machine that is to serve. Pure. */

import { count, type Finding } from "../finding.ts";
import type { Verdict } from "../report.ts";

/** Whether a fault is about port or addresses, and not about files. */
const OF_THE_NETWORK = ["port", "addresses", "firewall"];

/** `command` is the command that was checked. */
export function machineVerdict(findings: readonly Finding[], command: string): Verdict {
  const faults = findings.filter(({ grade }) => grade === "fault");
  const warnings = count(findings, "warning");
  if (faults.length === 0) {
    const remarks = warnings === 0
      ? "nothing is wrong"
      : warnings === 1
      ? "there is one warning"
      : `there are ${warnings} warnings`;
    return {
      ...{ outcome: "fine", grade: warnings > 0 ? "warning" : "good" },
      sentences: [
        `This machine can serve; ${remarks}.`,
        ...findings.filter(({ grade }) => grade === "warning").map(({ seen }) => sentence(seen)),
      ],
      command,
    };
  }
  const local = faults.some(({ check }) => !OF_THE_NETWORK.includes(check));
  return {
    ...{ outcome: local ? "local" : "port", grade: "fault" },
    sentences: [
      "This machine can't serve with these options.",
      ...faults.map(({ seen, advice }) =>
        [seen, ...(advice === undefined ? [] : [advice])].map(sentence).join(" ")
      ),
    ],
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
