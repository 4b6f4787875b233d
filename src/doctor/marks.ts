/** How a server follows each RFC: the worst finding about each. Pure. */

import { type Finding, type Grade, worst } from "./finding.ts";

export interface Mark {
  readonly rfc: string;
  readonly grade: Grade;
}

/** One mark for each RFC with a finding, in the order of their numbers. */
export function marksOf(findings: readonly Finding[]): Mark[] {
  const byRfc = new Map<number, Finding[]>();
  for (const finding of findings) {
    for (const [, digits] of finding.clause?.matchAll(/RFC (\d+)/g) ?? []) {
      const number = Number(digits);
      byRfc.set(number, [...byRfc.get(number) ?? [], finding]);
    }
  }
  return [...byRfc].sort(([one], [other]) => one - other)
    .map(([number, own]) => ({ rfc: `RFC ${number}`, grade: worst(own) }));
}
