/** The reports of the doctor for programs; docs/doctor.md describes the format. Pure. */

import { marksOf } from "../../doctor/marks.ts";
import type { MachineReport, ServerReport } from "../../doctor/report.ts";
import { doctorExitCode } from "../commands/doctor_exit.ts";

export function serverObject(report: ServerReport): object {
  const { kind: _, guessed, verdict, ms, findings, ...rest } = report;
  return {
    doctor: "server",
    ...rest,
    fileWasGuessed: guessed,
    findings,
    marks: Object.fromEntries(marksOf(findings).map(({ rfc, grade }) => [rfc, grade])),
    verdict,
    exitCode: doctorExitCode(verdict.outcome),
    ms: Math.round(ms),
  };
}

export function machineObject(report: MachineReport): object {
  const { kind: _, verdict, ms, ...rest } = report;
  return {
    doctor: "machine",
    ...rest,
    verdict,
    exitCode: doctorExitCode(verdict.outcome),
    ms: Math.round(ms),
  };
}
