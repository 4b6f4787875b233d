/** Error messages: what failed, on which side, and what to do next. */

import { errorSentence } from "../../protocol/mod.ts";
import { printable, printableInFull } from "./format.ts";

/** The transfer that failed. */
export interface Attempt {
  readonly direction: "get" | "put";
  readonly host: string;
  readonly port: number;
  /** The name in the request. */
  readonly filename?: string;
  /** No options are asked for. */
  readonly plain?: boolean;
}

type Detailed = Error & { readonly side?: unknown; readonly code?: unknown };

/** Their messages hold nothing from a peer. A long path must not hide the reason behind it. */
const OF_THIS_SIDE: ReadonlySet<string> = new Set([
  ...["LocalFileError", "ChecksumError", "PermissionError", "UsageError"],
]);

/**
 * What went wrong, in one line. A message of the server is escaped and has its error code; a
 * missing permission of Deno has its flag.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const { side, code, message } = error as Detailed;
  if (error.name === "TftpError" && side === "peer") {
    const words = message.trim() === "" ? errorSentence(Number(code)) : message.trim();
    return `${printable(words)} (server error ${code})`;
  }
  if (error.name === "NotCapable") return missingPermission(message);
  const show = OF_THIS_SIDE.has(error.name) ? printableInFull : printable;
  return message.split("\n").map(show).join("\n");
}

/** Deno's "Requires net access to "x", run again with the --allow-net flag", in our words. */
function missingPermission(message: string): string {
  const match = /Requires (\S+) access(?: to (.+?))?, (run again|specify).*(--allow-\w+)/.exec(
    message,
  );
  if (match === null) return printable(message);
  const [, kind, what = "it", next, flag] = match;
  // A compiled program can't get more permissions.
  const remedy = next === "specify"
    ? `this binary was built without it; "tftp --permissions" shows its permissions`
    : `run Deno with ${flag}`;
  return `missing permission: ${kind} access to ${printable(what)}; ${remedy}`;
}

/** What to do next, if there is useful advice. */
export function adviceFor(error: unknown, attempt: Attempt): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { side, code } = error as Detailed;
  if (error.name === "TftpError" && side === "peer") return serverAdvice(error, attempt);
  if (error.name === "PeerSilentError") {
    return (error as { answered?: unknown }).answered === true
      ? "The server answered first and then stopped: larger values of -r and -t wait longer."
      : `${isItRunning(attempt)} A firewall must let its answers through, which come from ` +
        "another port.";
  }
  if (error.name === "UnreachableError") {
    return code === "ECONNREFUSED"
      ? `${isItRunning(attempt)} A firewall that rejects packets looks the same.`
      : "Is that machine switched on, and does this one have a route to its network?";
  }
  if (error.name === "LocalFileError" && attempt.direction === "get") return fileAdvice(code);
  if (error.name === "TooLargeError") return "To accept it, raise --max-size.";
  if (error.name === "ChecksumError") {
    return attempt.direction === "get"
      ? "The checksum is of another version of the file, or the file on the server is damaged."
      : "The checksum is of another version of the file, or the file has changed here.";
  }
  if (error.name === "ProtocolError" && !attempt.plain) {
    return "Plain RFC 1350 may work with this server: --no-options.";
  }
  if (error.name === "SizeError") {
    return "The file may have changed on the server meanwhile: try again.";
  }
  return undefined;
}

function isItRunning({ host, port }: Attempt): string {
  return `Is a TFTP server running on ${printable(host)}, port ${port}?`;
}

/** Advice about a local file that is written. */
function fileAdvice(code: unknown): string | undefined {
  if (code === 6) {
    return "To replace it, leave out --no-clobber, or add --clobber with --manifest.";
  }
  return code === 3 ? "Free some disk space, or write elsewhere with -o." : undefined;
}

/** Advice by the error code, and by the message where it says more. */
function serverAdvice({ code, message }: Detailed, attempt: Attempt): string | undefined {
  if (code === 8 && !attempt.plain) {
    return "Plain RFC 1350 may work with this server: --no-options.";
  }
  if (code === 2 && /\baddress\b|not allowed|denied by/i.test(message)) {
    return "The server refuses this address; --from sends from another address of this machine.";
  }
  return attempt.direction === "get"
    ? readingAdvice(Number(code), message)
    : writingAdvice(Number(code), message, attempt);
}

function readingAdvice(code: number, message: string): string | undefined {
  if (code === 1) return "Names are relative to the server's folder, and case often matters.";
  if (code !== 2) return undefined;
  if (/regular file|folder|directory/i.test(message)) {
    return "There is an entry of that name, but it is not a regular file.";
  }
  return "The server cannot read that file, the name is outside its folder, or this address " +
    "is not served.";
}

function writingAdvice(code: number, message: string, attempt: Attempt): string | undefined {
  if (code === 1) {
    if (/folder|directory/i.test(message)) return "Create the folder on the server first.";
    return /[/\\]./.test(attempt.filename ?? "")
      ? "The folder may be missing there. Some servers only accept files that exist already."
      : "Some servers only accept files that exist there already.";
  }
  if (code === 2) return "Many servers accept no uploads; `tftp serve` does with --uploads new.";
  if (code === 6) return "The server does not replace its file; -n sends yours under another name.";
  return undefined;
}
