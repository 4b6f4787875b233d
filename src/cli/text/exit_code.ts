/**
 * The exit codes of the program, in one table that `--help` prints. Errors are identified by name,
 * which works for the runtime's own errors too, so no module with effects is imported here.
 */

export interface ExitRow {
  readonly code: number;
  readonly meaning: string;
}

export const EXIT_CODES: readonly ExitRow[] = [
  { code: 0, meaning: "done" },
  { code: 1, meaning: "unexpected error" },
  { code: 2, meaning: "wrong command line" },
  { code: 3, meaning: "local file error, or a missing permission of Deno" },
  { code: 4, meaning: "the server sent an error" },
  { code: 5, meaning: "no answer" },
  { code: 6, meaning: "protocol error of the other side" },
  { code: 7, meaning: "local network error: unknown host, port in use or not allowed" },
  { code: 8, meaning: "wrong file: its SHA-256 differs" },
  { code: 130, meaning: "interrupted by Ctrl-C (143: by SIGTERM)" },
];

export const NO_ANSWER = 5;
export const INTERRUPTED = 130;
export const TERMINATED = 143;

const CODES: Readonly<Record<string, number>> = {
  UsageError: 2,
  LocalFileError: 3,
  TooLargeError: 3,
  PermissionError: 3,
  NotCapable: 3,
  PeerSilentError: NO_ANSWER,
  NoAnswerError: NO_ANSWER,
  UnreachableError: NO_ANSWER,
  RefusedError: 4,
  ProtocolError: 6,
  SizeError: 6,
  ChecksumError: 8,
  NetworkError: 7,
  AddrInUse: 7,
  AddrNotAvailable: 7,
  CancelledError: INTERRUPTED,
  AbortError: INTERRUPTED,
};

/** The exit code for this error. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return 1;
  if (error.name === "TftpError") return ofTftpError(error);
  return CODES[error.name] ?? 1;
}

/** An ERROR packet: the peer's means a server error; ours depends on what was wrong. */
function ofTftpError(error: Error & { side?: unknown; code?: unknown }): number {
  if (error.side === "peer") return 4;
  const ourFile = [1, 2, 3, 6];
  const theirProtocol = [4, 5, 8];
  if (ourFile.includes(Number(error.code))) return 3;
  return theirProtocol.includes(Number(error.code)) ? 6 : 1;
}
