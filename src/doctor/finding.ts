/**
 * The result of a check. A check looks at what was seen and says what it means: how good it is,
 * which clause of an RFC it is about, and what to do. Pure.
 */

/** `fault` breaks an RFC or a transfer, `warning` costs time or some clients, `note` informs. */
export type Grade = "good" | "note" | "warning" | "fault";

/** The part of the report that a finding belongs to. */
export type Topic = "reach" | "errors" | "options" | "transfer" | "path" | "machine" | "dhcp";

export interface Finding {
  readonly topic: Topic;
  /** The short name of the check, for programs, such as `source address`. */
  readonly check: string;
  readonly grade: Grade;
  /** What was seen, in one sentence without a full stop. */
  readonly seen: string;
  /** The clause that applies, such as `RFC 1350 §4`. */
  readonly clause?: string;
  /** What to do about it. */
  readonly advice?: string;
  /** For a table: the question, and the answer. */
  readonly row?: { readonly asked: string; readonly answered: string };
}

const ORDER: readonly Grade[] = ["good", "note", "warning", "fault"];

/** The worst grade among findings; `good` where there are none. */
export function worst(findings: readonly Finding[]): Grade {
  const ranks = findings.map(({ grade }) => ORDER.indexOf(grade));
  return ORDER[Math.max(0, ...ranks)]!;
}

/** Number of findings with a grade. */
export function count(findings: readonly Finding[], grade: Grade): number {
  return findings.filter((finding) => finding.grade === grade).length;
}
