/** The exit codes of the doctor's verdicts. */

import type { Outcome } from "../../doctor/report.ts";
import { NO_ANSWER } from "../text/exit_code.ts";

const CODES: Readonly<Record<Outcome, number>> = {
  "fine": 0,
  "local": 3,
  "no file": 4,
  "no answer": NO_ANSWER,
  "protocol": 6,
  "no host": 7,
  "port": 7,
};

/** The row of the table of exit codes for a verdict. */
export function doctorExitCode(outcome: Outcome): number {
  return CODES[outcome];
}
