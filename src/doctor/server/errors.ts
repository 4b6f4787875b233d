/** What a server says about a missing file. Pure. */

import type { Finding } from "../finding.ts";
import { cited } from "../format.ts";
import { MISSING_NAME, type Patience, patienceMs, rrq } from "./requests.ts";
import type { Answer, Question, Seen } from "./question.ts";

/** An ERROR that is repeated within this time is sent again and again. */
const WATCH_MS = 300;

export function missingFile(patience: Patience): Question {
  return {
    request: rrq(MISSING_NAME),
    blocks: 0,
    ...patience,
    watchMs: WATCH_MS,
    mostMs: patienceMs(patience) + WATCH_MS + 500,
  };
}

const base = { topic: "errors", check: "missing file" } as const;

/** `elsewise` says that the server answers other requests. */
export function judgeMissing(seen: Seen, elsewise: boolean): Finding[] {
  const { answer } = seen;
  if (answer === undefined) {
    if (!elsewise) return [];
    return [{
      ...{ ...base, grade: "warning", clause: "RFC 1350 §4" },
      seen: "a request for a missing file gets no answer at all",
      advice: "clients then wait for many seconds before they try their next name: let the " +
        "server answer ERROR 1",
    }];
  }
  if (answer.kind !== "ERROR") {
    return [{
      ...{ ...base, grade: "fault", clause: "RFC 1350 §5" },
      seen: answer.kind === "garbage"
        ? `a missing file is answered with ${answer.bytes} bytes that are no packet of TFTP`
        : `a file that can't be there is answered with ${answer.kind}, not with ERROR 1`,
      advice: "a client takes what follows for its file: let the server answer ERROR 1",
    }];
  }
  return [code(answer), ...flaws(answer, seen)];
}

function code({ code, text }: Extract<Answer, { kind: "ERROR" }>): Finding {
  const right = code === 1;
  return {
    ...{ ...base, grade: right ? "good" : code === 2 ? "note" : "warning" },
    clause: "RFC 1350 §5",
    seen: `a missing file is answered with ERROR ${code} ${cited(text)}` +
      (right ? "" : ", where ERROR 1 is meant for it"),
  };
}

function flaws({ text, ended }: Extract<Answer, { kind: "ERROR" }>, seen: Seen): Finding[] {
  const found: Finding[] = [];
  if (!ended) {
    found.push({
      ...{ topic: "errors", check: "ERROR without end", grade: "fault", clause: "RFC 1350 §5" },
      seen: "the text of its ERROR is not ended by a zero byte",
      advice: "some boot ROMs read on behind the packet or drop it: the server needs a fix",
    });
  }
  if (seen.errorCopies > 0) {
    found.push({
      ...{ topic: "errors", check: "ERROR again", grade: "fault", clause: "RFC 1350 §2" },
      seen: `one request brought ${seen.errorCopies + 1} ERROR packets within ${WATCH_MS} ms`,
      advice: "an ERROR is sent once and never again: the server needs a fix",
    });
  }
  if (text.includes(`/${MISSING_NAME}`)) {
    found.push({
      ...{ topic: "errors", check: "path told", grade: "note" },
      seen: "its ERROR shows every client the path of the served folder",
    });
  }
  return found;
}

/** The server refused FILE itself. */
export function judgeRefusedFile(name: string, { answer, error }: Seen): Finding[] {
  const told = answer?.kind === "ERROR" ? answer : error;
  if (told === undefined) return [];
  return [{
    ...{ topic: "errors", check: "FILE", grade: "fault" },
    seen: `the server has no ${cited(name)} for us: ERROR ${told.code} ${cited(told.text)}`,
    advice: told.code === 2
      ? "check the rights of the file on the server, and which clients it serves"
      : "check the spelling, upper and lower case and the folder; names are counted from the " +
        "folder that the server serves",
  }];
}
