/** `tftp status`: shows in a terminal what a server does. */

import { visibleJson } from "../../server/log_fields.ts";
import type { StatusDocument } from "../../watch/status.ts";
import type { StatusCommand } from "../args/command.ts";
import { quoted } from "../text/format.ts";
import { Interrupt } from "./interrupt.ts";
import { missing, net, read, refuseWithout } from "../permissions/permission.ts";
import { printOut } from "./print.ts";
import { statusLines } from "../text/status_screen.ts";
import { readToken } from "./token_file.ts";

/** How long an answer may take. */
const PATIENCE_MS = 5000;
const EVERY_MS = 1000;
/** A status has some hundred kilobytes; a longer answer is something else. */
const MAX_BYTES = 4 * 1024 * 1024;
/** The size where there is no terminal. */
const WIDE = { width: 200, rows: 1000 };

/** No answer. */
class NoAnswerError extends Error {
  override name = "NoAnswerError";
}

/** The server refuses, or it is not a server of this kind. */
class RefusedError extends Error {
  override name = "RefusedError";
}

/** @returns the exit code. */
export async function runStatus(command: StatusCommand): Promise<number> {
  const { url, tokenFile, once, json } = command;
  const { host } = new URL(url);
  refuseWithout(
    await missing([
      { ...net(), operation: `reach ${host}`, permission: { name: "net", host } },
      ...(tokenFile === undefined ? [] : [read(tokenFile)]),
    ]),
  );
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  const look = (signal?: AbortSignal) => statusOf(url, { token, signal });
  const first = await look();
  if (json) {
    printOut([visibleJson(first)]);
    return 0;
  }
  if (once || !Deno.stdout.isTerminal()) {
    printOut(statusLines(first, WIDE));
    return 0;
  }
  await keepLooking(first, look);
  return 0;
}

/** Shows the status again and again, until a signal comes. */
async function keepLooking(
  first: StatusDocument,
  look: (signal: AbortSignal) => Promise<StatusDocument>,
): Promise<void> {
  const interrupt = new Interrupt();
  const { signal } = interrupt;
  let status = first;
  let complaint = "";
  paint("\x1b[?1049h\x1b[?25l");
  interrupt.beforeExit = () => paint("\x1b[?25h\x1b[?1049l");
  try {
    while (!signal.aborted) {
      show(status, complaint);
      await pause(signal);
      if (signal.aborted) break;
      try {
        status = await look(signal);
        complaint = "";
      } catch (error) {
        if (!(error instanceof NoAnswerError) && !signal.aborted) throw error;
        complaint = "No answer; trying again";
      }
    }
  } finally {
    interrupt.beforeExit();
    interrupt.close();
  }
}

function show(status: StatusDocument, complaint: string): void {
  const { width, rows } = screen();
  const lines = statusLines(status, { width, rows: rows - 1 });
  const last = complaint === "" ? [] : [complaint.slice(0, width)];
  // Written over the last output, so that nothing flickers.
  const text = [...lines.slice(0, rows - 1 - last.length), ...last];
  paint(`\x1b[H${text.map((line) => `${line}\x1b[K\r\n`).join("")}\x1b[J`);
}

function screen(): { width: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { width: columns, rows };
  } catch {
    // A terminal that does not tell its size.
  }
  return { width: 80, rows: 24 };
}

function paint(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, EVERY_MS);
    signal.addEventListener("abort", end);
  });
}

/** Asks once. Throws an error that says how it failed. */
async function statusOf(
  url: string,
  { token, signal }: { token: string | undefined; signal: AbortSignal | undefined },
): Promise<StatusDocument> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  const place = new URL("api/status", url.endsWith("/") ? url : `${url}/`);
  let response: Response;
  let text: string;
  try {
    response = await fetch(place, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: "error",
      signal: signal ? AbortSignal.any([late, signal]) : late,
    });
    text = await textOf(response);
  } catch (error) {
    if (error instanceof RefusedError || (error as Error).name === "NotCapable") throw error;
    throw new NoAnswerError(
      `no answer from ${place.host}: is a server running there that was started with --http?`,
    );
  }
  if (response.status === 401) {
    throw new RefusedError(
      `${place.host} needs ${token === undefined ? "a" : "another"} token: see --token-file`,
    );
  }
  return statusIn(text, { ok: response.ok, host: place.host });
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new RefusedError("what answers is no TFTP server of this program");
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function statusIn(text: string, { ok, host }: { ok: boolean; host: string }): StatusDocument {
  try {
    const status = JSON.parse(text) as StatusDocument;
    if (ok && Array.isArray(status.running) && Array.isArray(status.ended)) return status;
  } catch {
    // Some other program's words.
  }
  const said = ok ? "" : `: it says ${quoted(text.trim().slice(0, 200))}`;
  throw new RefusedError(`${host} is not the HTTP port of a TFTP server${said}`);
}
