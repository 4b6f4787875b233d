/** Renders the matrix as docs/interop.md. Pure and without times: equal runs give equal text. */

import type { Outcome } from "./attempt.ts";
import { type Abilities, notesOn, offers, type Row, rowsOf, SETTINGS, sizesOf } from "./matrix.ts";
import { SIZES } from "./payloads.ts";

/** One half of the matrix: peers on one side, ours on the other. */
export interface Half {
  title: string;
  peers: readonly Abilities[];
  outcomes: ReadonlyMap<string, Outcome>;
}

/** A row's key among the outcomes. */
export function keyOf({ peer, direction, mode, setting }: Row): string {
  return [peer, direction, mode, setting].join(" / ");
}

/** The whole document. */
export function renderDocument(halves: readonly Half[]): string {
  const sizes = SIZES.map((size) => size.label).join(", ");
  const head = [
    "# Interoperability",
    "",
    "Written by `tests/interop/matrix_test.ts`; do not edit.",
    "",
    "Every cell is a set of files that were moved in that way and compared by SHA-256:",
    `${sizes}.`,
    "The last is moved in blocks of 512 bytes, so that block numbers wrap; the cells without it",
    "have the others. `8 of 8` means eight files moved and eight equal; `—` means that the other",
    "side does not offer it, and the note says why.",
    "",
    "What the client asks for: *defaults*, what it asks for when told nothing; *plain*, RFC 1350",
    "without options; otherwise the option named. Our client's *defaults* are larger blocks, a",
    "window and `tsize`.",
  ];
  return [...head, ...halves.flatMap(renderHalf)].join("\n") + "\n";
}

function renderHalf({ title, peers, outcomes }: Half): string[] {
  const notes: string[] = [];
  const lines = peers.flatMap((peer) => {
    const rows = rowsOf(peer);
    return rows.filter((row) => row.setting === SETTINGS[0]).map((first) => {
      const cells = rows
        .filter((row) => row.direction === first.direction && row.mode === first.mode)
        .map((row) => renderCell(peer, { row, outcome: outcomes.get(keyOf(row)), notes }));
      return `| ${[peer.name, first.direction, first.mode, ...cells].join(" | ")} |`;
    });
  });
  const versions = peers.map((peer) => `${peer.name} ${peer.find()?.version}`).join(", ");
  return [
    "",
    `## ${title}`,
    "",
    `Tried with ${versions}.`,
    "",
    `| peer | way | mode | ${SETTINGS.join(" | ")} |`,
    `| ${["---", "---", "---", ...SETTINGS.map(() => "---")].join(" | ")} |`,
    ...lines,
    "",
    ...notes.map((text, index) => `${index + 1}. ${text}`),
  ];
}

function renderCell(
  peer: Abilities,
  { row, outcome, notes }: { row: Row; outcome: Outcome | undefined; notes: string[] },
): string {
  // A cell that is not offered has its reason, which stands first, and no more.
  const shown = notesOn(peer, row).slice(0, offers(peer, row) ? undefined : 1);
  const marks = shown.map(({ text }) => {
    if (!notes.includes(text)) notes.push(text);
    return `[${notes.indexOf(text) + 1}]`;
  });
  return [renderOutcome(peer, row, outcome), ...marks].join(" ");
}

function renderOutcome(peer: Abilities, row: Row, outcome: Outcome | undefined): string {
  if (!offers(peer, row)) return "—";
  if (outcome === undefined) return "not tried";
  const files = sizesOf(peer, row).length;
  const equal = files - outcome.unequal.length;
  return equal === files ? `${equal} of ${files}` : `**${equal} of ${files}**`;
}
