/** What can go wrong on this side of a transfer, outside the protocol. */

import {
  CancelledError,
  ErrorCode,
  errorSentence,
  ProtocolError,
  TftpError,
} from "../protocol/mod.ts";

/** A file here can't be opened, read, written or named. `path` is for us, never for the wire. */
export class LocalFileError extends Error {
  /** Tells the kind of error where classes can't be compared. */
  override name = "LocalFileError";
  /** The file, for messages on this side. */
  readonly path: string;
  /** The TFTP error code that tells a peer what happened (RFC 1350 appendix). */
  readonly code: number;

  /** `message` is for this side, `code` for the peer. */
  constructor(message: string, path: string, code: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.path = path;
    this.code = code;
  }

  /** What a peer is told: the code's sentence, and no path. */
  get wireMessage(): string {
    return errorSentence(this.code);
  }
}

/** A file is larger than the user allows. */
export class TooLargeError extends LocalFileError {
  override name = "TooLargeError";

  constructor(maxBytes: number) {
    super(
      `The file has more than the ${maxBytes} bytes that are allowed`,
      "",
      ErrorCode.DiskFull,
    );
  }
}

/** The network on this side fails: a name does not resolve, an address can't be bound. */
export class NetworkError extends Error {
  /** Tells the kind of error where classes can't be compared. */
  override name = "NetworkError";
}

/** What the way to a peer, or the peer's machine, has answered to a datagram (ICMP). */
const ANSWERS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "answers that no program listens on that port",
  EHOSTUNREACH: "can't be reached: no such host in its network",
  ENETUNREACH: "can't be reached: a router has no route to that network",
  EACCES: "can't be reached: a firewall on the way blocks it",
};

/** A peer's machine, or the way there, has answered that a datagram did not arrive (ICMP). */
export class UnreachableError extends NetworkError {
  override name = "UnreachableError";
  /** The system's name for the answer; "ECONNREFUSED" where the machine is there. */
  readonly code: string;

  /** `where` is the peer's address, as people write it. */
  constructor(where: string, code: string) {
    super(`${where} ${ANSWERS[code] ?? `can't be reached (${code})`}`);
    this.code = code;
  }

  /** Whether the peer itself is gone for good; what the way there says may change. */
  get isFinal(): boolean {
    return this.code === "ECONNREFUSED";
  }
}

/** What arrived is not the file that was expected: its SHA-256 is another one. */
export class ChecksumError extends Error {
  /** Tells the kind of error where classes can't be compared. */
  override name = "ChecksumError";

  /** `path` names the file where the transfer does not. */
  constructor(expected: string, actual: string, path?: string) {
    const which = path === undefined ? "The SHA-256" : `The SHA-256 of "${path}"`;
    super(`${which} is ${actual}, and ${expected} was expected`);
  }
}

/** The errno name of a system error, such as "ENOSPC". */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** What a peer is told of an error on this side. */
export function wireError(error: unknown): { code: number; message: string } {
  if (error instanceof LocalFileError) return { code: error.code, message: error.wireMessage };
  // What a handler says of its file, or what another server has said of it.
  if (error instanceof TftpError) return { code: error.code, message: error.message };
  if (error instanceof CancelledError) return { code: 0, message: error.message };
  if (error instanceof ProtocolError) return { code: 0, message: error.message };
  if (error instanceof ChecksumError) return { code: 0, message: "The checksum differs" };
  return { code: ErrorCode.NotDefined, message: "Internal failure" };
}

/** The refusal of a request that fails here; the error is its cause if it is no refusal itself. */
export function refusalOf(error: unknown): TftpError {
  if (error instanceof TftpError && error.side === "local") return error;
  const { code, message } = wireError(error);
  const refusal = new TftpError("local", code, message);
  refusal.cause = error;
  return refusal;
}
