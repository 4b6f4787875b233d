/** Errors on this side of a transfer, outside the protocol. */

import {
  CancelledError,
  ErrorCode,
  errorSentence,
  ProtocolError,
  TftpError,
} from "../protocol/mod.ts";

/**
 * A local file can't be opened, read, written or named. `path` is never sent to a peer.
 *
 * ```ts
 * import { LocalFileError, openFileSource } from "@tftp/tftp";
 *
 * const root = await Deno.makeTempDir();
 * let error: unknown;
 * try {
 *   openFileSource(`${root}/missing`);
 * } catch (thrown) {
 *   error = thrown;
 * }
 * if (!(error instanceof LocalFileError) || error.code !== 1) throw error;
 * // A peer is told no path.
 * if (error.wireMessage !== "File not found") throw error;
 * await Deno.remove(root);
 * ```
 */
export class LocalFileError extends Error {
  /** Identifies the kind of error where classes can't be compared. */
  override name = "LocalFileError";
  /** The file, for messages on this side. */
  readonly path: string;
  /** The TFTP error code for the peer (RFC 1350 appendix). */
  readonly code: number;
  readonly #told: string | undefined;

  /**
   * `message` is for this side, `code` for the peer, and so is `told`, which names no path: a text
   * where that of the code does not say enough.
   */
  constructor(message: string, path: string, code: number, cause?: unknown, told?: string) {
    super(message, cause === undefined ? {} : { cause });
    this.path = path;
    this.code = code;
    this.#told = told;
  }

  /** The message for the peer, without a path. */
  get wireMessage(): string {
    if (this.#told !== undefined) return this.#told;
    // RFC 1350 §5: code 0 alone says nothing.
    const isUnknown = this.code === ErrorCode.NotDefined;
    return isUnknown ? "Cannot read or save the file" : errorSentence(this.code);
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

/** The server has sent more or less than it announced (RFC 2349). */
export class SizeError extends ProtocolError {
  override name = "SizeError";
}

/**
 * A network error on this side: a name does not resolve, an address can't be bound.
 *
 * ```ts
 * import { NetworkError, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const network = new MemoryLan().machine("10.0.0.1");
 * await using server = serve({ network, handler: () => null });
 * let error: unknown;
 * try {
 *   serve({ network, handler: () => null });
 * } catch (thrown) {
 *   error = thrown;
 * }
 * if (!(error instanceof NetworkError)) throw new Error("port 69 is taken");
 * ```
 */
export class NetworkError extends Error {
  /** Identifies the kind of error where classes can't be compared. */
  override name = "NetworkError";
}

/** What ICMP says about a datagram, by the system's error code. */
const ANSWERS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "answers that no program listens on that port",
  EHOSTUNREACH: "can't be reached: no such host in its network",
  ENETUNREACH: "can't be reached: a router has no route to that network",
  EACCES: "can't be reached: a firewall on the way blocks it",
};

/** ICMP says that a datagram did not arrive. */
export class UnreachableError extends NetworkError {
  override name = "UnreachableError";
  /** The system's error code; "ECONNREFUSED" where the machine is up. */
  readonly code: string;

  /** `where` is the peer's address as text. */
  constructor(where: string, code: string) {
    super(`${where} ${ANSWERS[code] ?? `can't be reached (${code})`}`);
    this.code = code;
  }

  /** Whether the peer itself is gone for good; what routers say may change. */
  get isFinal(): boolean {
    return this.code === "ECONNREFUSED";
  }
}

/**
 * The received file has another SHA-256 than the expected one.
 *
 * ```ts
 * import { ChecksumError, HashingSink } from "@tftp/tftp";
 * import { MemorySink } from "@tftp/tftp/testing";
 *
 * const file = new MemorySink();
 * const sink = new HashingSink(file, "0".repeat(64));
 * await sink.write(new TextEncoder().encode("hello"));
 * const error = await Promise.try(() => sink.commit()).catch((error) => error);
 * if (!(error instanceof ChecksumError) || file.committed) throw new Error("it is another file");
 * ```
 */
export class ChecksumError extends Error {
  /** Identifies the kind of error where classes can't be compared. */
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

/** The ERROR that a peer gets for an error on this side. */
export function wireError(error: unknown): { code: number; message: string } {
  if (error instanceof LocalFileError) return { code: error.code, message: error.wireMessage };
  // A refusal by a handler, or the ERROR of another server.
  if (error instanceof TftpError) return { code: error.code, message: error.message };
  if (error instanceof CancelledError) return { code: 0, message: error.message };
  if (error instanceof ProtocolError) return { code: 0, message: error.message };
  if (error instanceof ChecksumError) return { code: 0, message: "The checksum differs" };
  return { code: ErrorCode.NotDefined, message: "Internal failure" };
}

/** The refusal of a request that fails here. An error that is no refusal becomes its cause. */
export function refusalOf(error: unknown): TftpError {
  if (error instanceof TftpError && error.side === "local") return error;
  const { code, message } = wireError(error);
  const refusal = new TftpError("local", code, message);
  refusal.cause = error;
  return refusal;
}

/** The system refuses to send a datagram there. */
export function cannotSend(error: Error): Error {
  return new NetworkError(`Can't send a datagram there: ${error.message}`);
}
