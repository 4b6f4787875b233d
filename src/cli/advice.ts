/** Errors as sentences: whose fault it was, and what to do next where there is something to do. */

import { errorSentence } from "../protocol/mod.ts";
import { printable } from "./format.ts";

/** What the program was doing when it failed. */
export interface Attempt {
  readonly direction: "get" | "put";
  readonly host: string;
  readonly port: number;
  /** As the server was asked for it. */
  readonly filename?: string;
}

type Detailed = Error & { readonly side?: unknown; readonly code?: unknown };

/**
 * What went wrong, on one line: a server's words are escaped, and carry its code.
 * A permission that Deno misses is told by the flag that gives it.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const { side, code, message } = error as Detailed;
  if (error.name === "TftpError" && side === "peer") {
    const words = message.trim() === "" ? errorSentence(Number(code)) : message.trim();
    return `${printable(words)} (server error ${code})`;
  }
  if (error.name === "NotCapable") return missingPermission(message);
  return message.split("\n").map(printable).join("\n");
}

/** Deno's "Requires net access to "x", run again with the --allow-net flag", without the jargon. */
function missingPermission(message: string): string {
  const match = /Requires (\S+) access(?: to (.+?))?, (run again|specify).*(--allow-\w+)/.exec(
    message,
  );
  if (match === null) return printable(message);
  const [, kind, what = "it", next, flag] = match;
  // A compiled program has all the permissions it will ever get.
  const remedy = next === "specify"
    ? `this binary was built without it; "tftp --permissions" tells what it may do`
    : `run Deno with ${flag}`;
  return `missing permission: ${kind} access to ${printable(what)}; ${remedy}`;
}

/** The next step, where one is worth a line. */
export function adviceFor(error: unknown, attempt: Attempt): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { side, code } = error as Detailed;
  if (error.name === "TftpError" && side === "peer") return serverAdvice(error, attempt);
  if (error.name === "PeerSilentError") {
    return (error as { answered?: unknown }).answered === true
      ? "The server answered before it fell silent: -r and -t make this side more patient."
      : `Is a TFTP server running on ${
        printable(attempt.host)
      }, port ${attempt.port}? A firewall must ` +
        "let its answers through, which come from another port.";
  }
  if (error.name === "LocalFileError" && attempt.direction === "get") return fileAdvice(code);
  if (error.name === "TooLargeError") return "A larger --max-size takes it.";
  if (error.name === "ChecksumError") {
    return "Either the sum belongs to another version of the file, or the file is damaged there.";
  }
  if (error.name === "ProtocolError") {
    return "Plain RFC 1350 may work with this server: --no-options.";
  }
  return undefined;
}

/** What stands in the way of a file that is written here. */
function fileAdvice(code: unknown): string | undefined {
  if (code === 6) {
    return "Leave out --no-clobber, or with --manifest say --clobber, to replace it.";
  }
  return code === 3 ? "Make room, or write elsewhere with -o." : undefined;
}

/** By the code, and where the server tells more than that, by its words. */
function serverAdvice({ code, message }: Detailed, attempt: Attempt): string | undefined {
  if (code === 8) return "Plain RFC 1350 may work with this server: --no-options.";
  if (code === 2 && /\baddress\b|not allowed|denied by/i.test(message)) {
    return "The server does not listen to this address; --from asks from another of this machine.";
  }
  return attempt.direction === "get"
    ? readingAdvice(Number(code), message)
    : writingAdvice(Number(code), message, attempt);
}

function readingAdvice(code: number, message: string): string | undefined {
  if (code === 1) return "Names begin at the server's folder, and case often matters.";
  if (code !== 2) return undefined;
  if (/regular file|folder|directory/i.test(message)) {
    return "There is something of that name, but no file: perhaps a folder, or a device.";
  }
  return "The server may not read that file, its name leads out of the folder, or this address " +
    "is not served.";
}

function writingAdvice(code: number, message: string, attempt: Attempt): string | undefined {
  if (code === 1) {
    if (/folder|directory/i.test(message)) return "The folder has to be there first.";
    return /[/\\]./.test(attempt.filename ?? "")
      ? "The folder may be missing there; some servers take only files that exist already."
      : "Some servers take only files that exist there already.";
  }
  if (code === 2) return "Many servers take no uploads; `tftp serve` does with --uploads new.";
  if (code === 6) return "The server keeps the file it has; -n sends it under another name.";
  return undefined;
}
