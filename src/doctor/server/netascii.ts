/** Whether line ends are translated where a client asks for netascii. Pure. */

import { NetasciiEncoder } from "../../protocol/mod.ts";
import type { Finding } from "../finding.ts";
import { type Patience, rrq } from "./requests.ts";
import type { Question, Seen } from "./question.ts";

/** Bytes to compare, and how many blocks that is. */
const COMPARED = 2048;
const BLOCKS = 4;

const BASE = { topic: "transfer", check: "netascii", clause: "RFC 1350 §1, RFC 764" } as const;

/** The first bytes of a file in a mode. */
export function firstBytes(
  filename: string,
  mode: "octet" | "netascii",
  patience: Patience,
): Question {
  return {
    request: rrq(filename, {}, mode),
    ...{ blocks: BLOCKS, ...patience, keepBytes: COMPARED, mostMs: 4000 },
  };
}

export function judgeNetascii(octet: Seen, netascii: Seen): Finding[] {
  if (octet.head.length === 0) return [];
  if (netascii.answer === undefined) {
    return [{ ...BASE, grade: "warning", seen: "a request for netascii gets no answer" }];
  }
  if (netascii.answer.kind === "ERROR") {
    const { code, text } = netascii.answer;
    return [{
      ...{ ...BASE, grade: "note" },
      seen: `netascii is refused: ERROR ${code} "${text}"`,
      advice: "some switches and phones ask for it: they need another server",
    }];
  }
  if (netascii.head.length === 0) return [];
  return [compare(octet.head, netascii.head)];
}

function compare(octet: Uint8Array, netascii: Uint8Array): Finding {
  const into = new Uint8Array(2 * octet.length);
  const { made } = new NetasciiEncoder().encode(octet, into);
  const translated = into.subarray(0, made);
  const hasLines = octet.some((byte) => byte === 0x0a || byte === 0x0d);
  if (!hasLines) {
    return { ...BASE, grade: "good", seen: "netascii is accepted; this file has no line ends" };
  }
  if (startsAlike(translated, netascii)) {
    return { ...BASE, grade: "good", seen: "netascii translates line ends" };
  }
  if (startsAlike(octet, netascii)) {
    return {
      ...{ ...BASE, grade: "fault" },
      seen: "netascii is accepted, but line ends are sent as they are",
      advice: "texts arrive with the line ends of the server's system: ask for octet",
    };
  }
  return {
    ...{ ...BASE, grade: "warning" },
    seen: "netascii translates line ends, but not as the RFC says (a CR has to become CR NUL)",
    advice: "files that hold a CR change on the way: ask for octet",
  };
}

function startsAlike(one: Uint8Array, other: Uint8Array): boolean {
  const length = Math.min(one.length, other.length);
  return length > 0 && one.subarray(0, length).every((byte, at) => byte === other[at]);
}
