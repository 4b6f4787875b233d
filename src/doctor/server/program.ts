/** Which program a server seems to be, by its answers only. Pure. */

import { grantedIn } from "./answer.ts";
import { type OptionSeen, seenOf } from "./options.ts";
import type { Seen } from "./question.ts";

/** A sign of a program. */
export interface Evidence {
  readonly missing: Seen | undefined;
  readonly options: readonly OptionSeen[];
}

export interface Program {
  /** Its name, or `unknown`. */
  readonly name: string;
  /** The signs of it. */
  readonly signs: readonly string[];
}

interface Sign {
  readonly text: string;
  holds(evidence: Evidence): boolean;
}

/** An answer to an option: its value, `ERROR n`, `left out`, or undefined where it is not known. */
function made(evidence: Evidence, name: string, value: number, mode?: string): string | undefined {
  const seen = seenOf(evidence.options, name, value, mode);
  if (seen?.answer === undefined) return undefined;
  if (seen.answer.kind === "ERROR") return `ERROR ${seen.answer.code}`;
  return grantedIn(seen.answer, name) ?? "left out";
}

function answers(name: string, value: number, answer: string, mode?: string): Sign {
  const what = mode === undefined ? `${name} ${value}` : `${name} ${value} with ${mode}`;
  return {
    text: `${what}: ${answer}`,
    holds: (evidence) => made(evidence, name, value, mode) === answer,
  };
}

function spells(asked: string, answer: string): Sign {
  return {
    text: `${asked} is answered as ${answer}`,
    holds: ({ options }) => {
      const answered = seenOf(options, asked, 1428)?.answer;
      return answered?.kind === "OACK" && answered.options.some(({ name }) => name === answer);
    },
  };
}

function says(text: RegExp, told: string): Sign {
  return {
    text: `a missing file: ${told}`,
    holds: ({ missing }) => missing?.answer?.kind === "ERROR" && text.test(missing.answer.text),
  };
}

/** Each program, with signs that no other known program has. */
const PROGRAMS: readonly { readonly name: string; readonly signs: readonly Sign[] }[] = [
  {
    name: "in.tftpd of tftp-hpa 5.2",
    signs: [
      says(/^File not found$/, "File not found"),
      answers("blksize", 7, "ERROR 8"),
      answers("timeout", 0, "ERROR 8"),
      answers("windowsize", 8, "left out"),
      answers("blksize2", 2048, "2048"),
      spells("BLKSIZE", "BLKSIZE"),
    ],
  },
  {
    name: "atftpd",
    signs: [
      says(/^File not found$/, "File not found"),
      answers("blksize", 7, "ERROR 8"),
      answers("blksize", 65465, "ERROR 8"),
      answers("blksize2", 2048, "left out"),
      spells("BLKSIZE", "blksize"),
    ],
  },
  {
    name: "dnsmasq",
    signs: [
      says(/^file \/.* not found( for .*)?$/, "its path, and the client's address"),
      answers("blksize", 7, "7"),
      answers("timeout", 0, "left out"),
      spells("BLKSIZE", "blksize"),
    ],
  },
  {
    name: "npm's tftp",
    signs: [
      says(/^File not found$/, "File not found"),
      answers("rollover", 0, "0"),
      answers("windowsize", 0, "ERROR 8"),
      answers("BLKSIZE", 1428, "left out"),
      answers("blksize2", 2048, "left out"),
    ],
  },
  {
    name: "tftp serve, this program's server",
    signs: [
      answers("blksize", 7, "left out"),
      answers("timeout", 3, "left out"),
      answers("blksize2", 2048, "2048"),
      answers("rollover", 0, "0"),
      answers("tsize", 0, "left out", "netascii"),
      spells("BLKSIZE", "BLKSIZE"),
    ],
  },
];

/** The one program with all of its signs; `unknown` for none or several. */
export function identify(evidence: Evidence): Program {
  const fits = PROGRAMS.filter(({ signs }) => signs.every((sign) => sign.holds(evidence)));
  const [one, other] = fits;
  if (one === undefined || other !== undefined) return { name: "unknown", signs: [] };
  return { name: one.name, signs: one.signs.map(({ text }) => text) };
}
