/** An upload of a few bytes, where a name for it was given. Pure. */

import type { Finding } from "../finding.ts";
import { cited } from "../format.ts";
import { type Patience, patienceMs, wrq } from "./requests.ts";
import type { Question, Seen } from "./question.ts";

/** What is uploaded. */
export const UPLOADED = "tftp doctor was here\n";

const BASE = { topic: "transfer", check: "upload", clause: "RFC 1350 §4" } as const;

export function uploadQuestion(filename: string, patience: Patience): Question {
  return {
    ...{ request: wrq(filename), blocks: 0, ...patience },
    upload: new TextEncoder().encode(UPLOADED),
    mostMs: 2 * patienceMs(patience) + 1000,
  };
}

export function judgeUpload(name: string, seen: Seen): Finding[] {
  const { answer, error, ending } = seen;
  if (ending === "file") {
    return [{
      ...{ ...BASE, grade: "good" },
      seen: `${cited(name)} was uploaded with ${UPLOADED.length} bytes, and was not removed`,
    }];
  }
  const told = answer?.kind === "ERROR" ? answer : error;
  if (told !== undefined) {
    return [{
      ...{ ...BASE, grade: "note" },
      seen: `the upload of ${cited(name)} was refused: ERROR ${told.code} ${cited(told.text)}`,
      advice: "uploads may be off there, or the name taken, or the folder not writable",
    }];
  }
  return [{
    ...{ ...BASE, grade: "fault" },
    seen: answer === undefined
      ? "a request to upload gets no answer"
      : "an upload was started, but its block was not acknowledged",
    advice: "a server without uploads has to answer with an ERROR",
  }];
}
