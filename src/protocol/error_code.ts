/** The error codes of RFC 1350 §5 and RFC 2347, and the errors a transfer can end in. */

/** Error codes as they stand on the wire (RFC 1350 appendix, RFC 2347 for 8). */
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

/** The sentence of a code; peers may send codes that no RFC names. */
export function errorSentence(code: number): string {
  return SENTENCES[code] ?? `Unknown error code ${code}`;
}

/**
 * A transfer that ended with an ERROR packet: the peer's (`side` "peer"), or ours ("local"), where
 * `code` and `message` are what goes on the wire. The message never holds a local path.
 */
export class TftpError extends Error {
  /** Tells the kind of error where classes can't be compared. */
  override name = "TftpError";
  /** Who ended the transfer: this side, or the other. */
  readonly side: "local" | "peer";
  /** The code on the wire, 0–8 (RFC 1350 appendix, RFC 2347). */
  readonly code: number;

  /** `message` is what goes on the wire, or came from there. */
  constructor(side: "local" | "peer", code: number, message: string = errorSentence(code)) {
    super(message);
    this.side = side;
    this.code = code;
  }
}

/** The peer stopped answering. `silentMs` is how long nothing was heard of it. */
export class PeerSilentError extends Error {
  /** Tells the kind of error where classes can't be compared. */
  override name = "PeerSilentError";
  /** How long nothing was heard of the peer, in milliseconds. */
  readonly silentMs: number;
  /** Whether the peer had answered at all before it fell silent. */
  readonly answered: boolean;

  /** `waitingFor` is what did not come, such as `ACK 7`. */
  constructor(waitingFor: string, silentMs: number, answered: boolean) {
    super(`No ${waitingFor} for ${(silentMs / 1000).toFixed(1)} s`);
    this.silentMs = silentMs;
    this.answered = answered;
  }
}

/** The peer broke the protocol in a way that the transfer can't survive. */
export class ProtocolError extends Error {
  /** Tells the kind of error where classes can't be compared. */
  override name = "ProtocolError";
}

/** The transfer was stopped on this side, by a signal or a shutdown. */
export class CancelledError extends Error {
  /** Tells the kind of error where classes can't be compared. */
  override name = "CancelledError";
}
