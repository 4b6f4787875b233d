/** The reports of the doctor as text, for 80 columns. Pure. */

import type { Finding, Grade, Topic } from "../../doctor/finding.ts";
import { type Mark, marksOf } from "../../doctor/marks.ts";
import type { MachineReport, ServerReport, Verdict } from "../../doctor/report.ts";
import { duration, hostPort, humanSize, printable, quoted } from "./format.ts";
import { wrap } from "./help.ts";

const WIDTH = 80;
/** Column where findings begin. */
const INDENT = 9;
/** Columns of the table of options. */
const ASKED = 20;
const ANSWERED = 37;
/** Stands for a space where a line must not be broken; it is printed as a space. */
const NO_BREAK = "\u00a0";

const GRADES: Readonly<Record<Grade, string>> = {
  good: "ok",
  note: "note",
  warning: "WARN",
  fault: "FAULT",
};

const TOPICS: readonly (readonly [Topic, string])[] = [
  ["reach", "Reach"],
  ["errors", "Errors"],
  ["options", "Options"],
  ["transfer", "Transfers"],
  ["path", "Path"],
  ["machine", "This machine"],
  ["dhcp", "DHCP"],
];

/** The report about a server. */
export function serverLines(report: ServerReport): string[] {
  const { host, port, file, guessed, addresses, program, traffic, ms, verdict } = report;
  const { sent, sentBytes, received, receivedBytes, limits } = traffic;
  const name = file === undefined
    ? "without a file"
    : `${quoted(file)}${guessed ? ", a usual name that it has" : ""}`;
  const marks = marksOf(report.findings);
  const others = addresses.length > 1 ? `; ${host} is ${addresses.join(", ")}` : "";
  return [
    `tftp doctor: ${hostPort(host, port)}, ${name}${others}`,
    ...topics(report.findings),
    ...(program.name === "unknown" && marks.length === 0 ? [] : answeredLines(marks, program)),
    "",
    "Traffic",
    ...paragraph(
      `${sent} packets (${humanSize(sentBytes)}) sent, ${received} (${
        humanSize(receivedBytes)
      }) received in ${duration(ms)}; the limits are ${limits.datagrams} packets sent and ${
        humanSize(limits.bytes)
      } received`,
    ),
    ...verdictLines(verdict),
  ];
}

/** What is known of a server only once it has answered. */
function answeredLines(marks: readonly Mark[], program: ServerReport["program"]): string[] {
  return [
    "",
    "Marks",
    ...paragraph(
      marks.map(({ rfc, grade }) => `${rfc} ${GRADES[grade]}`.replaceAll(" ", NO_BREAK)).join(", "),
    ),
    "",
    "Program",
    ...paragraph(
      program.name === "unknown"
        ? "unknown: no known program answers like this"
        : `probably ${program.name}: ${program.signs.join("; ")}`,
    ),
  ];
}

/** The report about this machine. */
export function machineLines(report: MachineReport): string[] {
  const { root, port, findings, dhcp, verdict } = report;
  return [
    `tftp doctor --serve: ${root === undefined ? "no folder" : quoted(root)}, port ${port}`,
    ...topics(findings),
    ...(dhcp.length === 0 ? [] : ["", "DHCP settings"]),
    ...dhcp.flatMap(({ program, lines }) => [
      `  ${program}`,
      ...lines.map((line) => `      ${line}`),
    ]),
    ...verdictLines(verdict),
  ];
}

function topics(findings: readonly Finding[]): string[] {
  return TOPICS.flatMap(([topic, title]) => {
    const own = findings.filter((finding) => finding.topic === topic);
    return own.length === 0 ? [] : ["", title, ...own.flatMap(findingLines)];
  });
}

function findingLines(finding: Finding): string[] {
  const { grade, seen, clause, advice, row } = finding;
  const mark = `  ${GRADES[grade]}`.padEnd(INDENT);
  // A clause stays on one line.
  const source = clause === undefined ? "" : ` (${clause.replaceAll(" ", NO_BREAK)})`;
  const lines = row === undefined
    ? hanging(clean(capital(seen)) + source, mark)
    : tableLines(row, clause ?? "", mark);
  return [
    ...lines,
    ...(advice === undefined ? [] : hanging(clean(advice), `${" ".repeat(INDENT)}Do: `)),
  ];
}

function tableLines(
  { asked, answered }: NonNullable<Finding["row"]>,
  clause: string,
  mark: string,
) {
  const left = mark + asked.padEnd(ASKED);
  const answer = printable(answered);
  if (answer.length < ANSWERED) return [`${left}${answer.padEnd(ANSWERED)}${clause}`.trimEnd()];
  return [...hanging(`${answer} (${clause})`, left)];
}

function verdictLines({ sentences, command }: Verdict): string[] {
  return [
    "",
    "Verdict",
    ...sentences.flatMap((sentence) => paragraph(clean(sentence))),
    ...(command === undefined ? [] : ["", `  ${printable(command)}`]),
  ];
}

function paragraph(text: string): string[] {
  return hanging(text, "  ");
}

/** Text after a head, with further lines indented by its width. */
function hanging(text: string, head: string): string[] {
  const [first = "", ...rest] = wrap(text, WIDTH - head.length);
  return [head + first, ...rest.map((line) => " ".repeat(head.length) + line)]
    .map((line) => line.replaceAll(NO_BREAK, " "));
}

/** Escapes text from elsewhere word by word, so that nothing is cut. */
function clean(text: string): string {
  return text.split(" ").map(printable).join(" ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
