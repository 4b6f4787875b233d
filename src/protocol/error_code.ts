/** The error codes of RFC 1350 §5 and RFC 2347, and the errors a transfer can end in. */

/**
 * Error codes on the wire (RFC 1350 appendix, RFC 2347 for 8).
 *
 * ```ts
 * import { ErrorCode, TftpError } from "@tftp/tftp";
 *
 * const isMissing = (error: unknown) =>
 *   error instanceof TftpError && error.code === ErrorCode.FileNotFound;
 * if (!isMissing(new TftpError("peer", 1))) throw new Error("1 is File not found");
 * ```
 */
export const ErrorCode = {
  NotDefined: 0,
  FileNotFound: 1,
  AccessViolation: 2,
  DiskFull: 3,
  IllegalOperation: 4,
  UnknownTid: 5,
  FileExists: 6,
  NoSuchUser: 7,
  OptionRefused: 8,
} as const;

const SENTENCES: readonly string[] = [
  "Not defined",
  "File not found",
  "Access violation",
  "Disk full or allocation exceeded",
  "Illegal TFTP operation",
  "Unknown transfer ID",
  "File already exists",
  "No such user",
  "Option refused",
];

/**
 * The sentence of a code; peers may send codes that no RFC names.
 *
 * ```ts
 * import { errorSentence } from "@tftp/tftp";
 *
 * const sentences = [errorSentence(1), errorSentence(42)];
 * if (sentences.join() !== "File not found,Unknown error code 42") throw new Error(sentences[0]);
 * ```
 */
export function errorSentence(code: number): string {
  return SENTENCES[code] ?? `Unknown error code ${code}`;
}

/**
 * A transfer that ended with an ERROR packet: the peer's (`side` "peer"), or ours ("local"). `code`
 * and `message` are those on the wire. The message never contains a local path.
 *
 * ```ts
 * import { get, serve, TftpError } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => null });
 * const options = { host: "10.0.0.1", network: lan.machine("10.0.0.2") };
 * const error = await get("missing", options).catch((error) => error);
 * if (!(error instanceof TftpError)) throw error;
 * const { side, code, message } = error;
 * if (`${side} ${code} ${message}` !== "peer 1 File not found") throw error;
 * ```
 */
export class TftpError extends Error {
  /** Identifies the kind of error where classes can't be compared. */
  override name = "TftpError";
  /** Who ended the transfer: this side, or the other. */
  readonly side: "local" | "peer";
  /** The code on the wire, 0–8 (RFC 1350 appendix, RFC 2347). */
  readonly code: number;

  /** `message` is the text on the wire. */
  constructor(side: "local" | "peer", code: number, message: string = errorSentence(code)) {
    super(message);
    this.side = side;
    this.code = code;
  }
}

/**
 * The peer stopped answering. `silentMs` is how long it was silent.
 *
 * ```ts
 * import { get, PeerSilentError } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const network = new MemoryLan().machine("10.0.0.2");
 * const nobody = { host: "10.0.0.1", network, timeoutMs: 10, retries: 1 };
 * const error = await get("motd", nobody).catch((error) => error);
 * if (!(error instanceof PeerSilentError)) throw error;
 * if (error.answered || error.silentMs < 10) throw new Error(`${error.silentMs} ms`);
 * ```
 */
export class PeerSilentError extends Error {
  /** Identifies the kind of error where classes can't be compared. */
  override name = "PeerSilentError";
  /** How long the peer was silent, in milliseconds. */
  readonly silentMs: number;
  /** Whether the peer had answered at all before. */
  readonly answered: boolean;

  /** `waitingFor` is what did not come, such as `ACK 7`. */
  constructor(waitingFor: string, silentMs: number, answered: boolean) {
    super(`No ${waitingFor} for ${(silentMs / 1000).toFixed(1)} s`);
    this.silentMs = silentMs;
    this.answered = answered;
  }
}

/**
 * The peer broke the protocol in a way that ends the transfer.
 *
 * ```ts
 * import { PeerSilentError, ProtocolError } from "@tftp/tftp";
 *
 * // Whether the other side is at fault, and no file or network of this one.
 * const isTheirFault = (error: unknown) =>
 *   error instanceof ProtocolError || error instanceof PeerSilentError;
 * if (!isTheirFault(new ProtocolError("It granted a blksize of 0"))) throw new Error("it is");
 * ```
 */
export class ProtocolError extends Error {
  /** Identifies the kind of error where classes can't be compared. */
  override name = "ProtocolError";
}

/**
 * The transfer was stopped on this side, by a signal or a shutdown.
 *
 * ```ts
 * import { CancelledError, get } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const network = new MemoryLan().machine("10.0.0.2");
 * // Nobody is there, and the user has pressed Ctrl-C.
 * const signal = AbortSignal.timeout(20);
 * const error = await get("motd", { host: "10.0.0.1", network, signal }).catch((error) => error);
 * if (!(error instanceof CancelledError)) throw error;
 * ```
 */
export class CancelledError extends Error {
  /** Identifies the kind of error where classes can't be compared. */
  override name = "CancelledError";
}

/**
 * The bytes are no well-formed packet.
 *
 * ```ts
 * import { decodePacket, PacketError } from "@tftp/tftp/protocol";
 *
 * let error: unknown;
 * try {
 *   decodePacket(new Uint8Array([0, 9, 0, 0]));
 * } catch (thrown) {
 *   error = thrown;
 * }
 * if (!(error instanceof PacketError) || error.opcode !== 9) throw new Error("no packet has a 9");
 * ```
 */
export class PacketError extends Error {
  /** Identifies the kind of error where classes can't be compared. */
  override name = "PacketError";
  /** The opcode of the bytes, known or not; undefined below two bytes. */
  readonly opcode: number | undefined;

  /** `opcode` is the first number of the bytes. */
  constructor(message: string, opcode?: number) {
    super(message);
    this.opcode = opcode;
  }
}
