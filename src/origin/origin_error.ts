/**
 * What an origin answers, or fails to answer, in the terms of TFTP: a code and a plain sentence for
 * the client, the whole cause for the log. Neither contains a password, a key or a query.
 */

import { ErrorCode } from "../protocol/mod.ts";
import { LocalFileError } from "../engine/errors.ts";

export interface OriginErrorDetails {
  /** The TFTP error code. @default {0} */
  readonly code?: number;
  /** Whether the origin is down, so that an old copy may be served. */
  readonly outage?: boolean;
}

/** An origin gives no file, or does not accept one. */
export class OriginError extends LocalFileError {
  override name = "OriginError";
  /** Whether the origin is down, and has not just refused this one request. */
  readonly outage: boolean;
  readonly #forClient: string;

  /** `forClient` is the message that the client gets, `cause` is for the log. */
  constructor(
    forClient: string,
    cause: string,
    { code = 0, outage = false }: OriginErrorDetails = {},
  ) {
    super(cause, "", code);
    this.#forClient = forClient;
    this.outage = outage;
  }

  override get wireMessage(): string {
    return this.#forClient;
  }
}

/** The refusal that a status other than success means. `requestLine` is such as `GET https://…`. */
export function errorOfStatus(status: number, requestLine: string): OriginError {
  const cause = `${requestLine}: HTTP ${status}`;
  switch (status) {
    case 404:
    case 410:
      return new OriginError("File not found", cause, { code: ErrorCode.FileNotFound });
    case 401:
    case 403:
      return new OriginError("The origin does not allow it", cause, {
        code: ErrorCode.AccessViolation,
      });
    case 413:
    case 507:
      return new OriginError("The origin has no room for it", cause, { code: ErrorCode.DiskFull });
    case 412:
      return new OriginError("File already exists", cause, { code: ErrorCode.FileExists });
    case 429:
    case 503:
      return new OriginError("The origin is busy, try again", cause, { outage: true });
  }
  if (status >= 500) return new OriginError("The origin has failed", cause, { outage: true });
  return new OriginError("The origin did not return a file", cause);
}

/** Errors of the system's HTTP client, by their text, and the sentences for them. */
const FAILURES: readonly (readonly [words: RegExp, message: string])[] = [
  [/certificate|UnknownIssuer|NotValidForName/i, "The origin's certificate is not trusted"],
  [
    /\b(tls|ssl)\b|handshake|InvalidContentType|corrupt message/i,
    "The TLS connection to the origin failed",
  ],
  [/dns error|failed to lookup|name or service not known/i, "The origin's name does not resolve"],
  [/connection refused/i, "The origin refuses connections"],
  [/unreachable|no route/i, "The origin can't be reached"],
  [/NotCapable|requires net access/i, "The gateway may not reach the origin"],
];

/** The error of a request that got no answer. */
export function errorOfFailure(error: unknown, requestLine: string): OriginError {
  if (error instanceof OriginError) return error;
  const words = wordsOf(error);
  const [, message = "The connection to the origin was lost"] =
    FAILURES.find(([pattern]) => pattern.test(words)) ?? [];
  return new OriginError(message, `${requestLine}: ${words}`, { outage: true });
}

/** The text of an error and its cause, without URLs, whose query may hold a secret. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, cause } = error;
  const plain = message.replace(/^error sending request(?: for url \(.*?\))?:? ?/, "")
    .replace(/^fetch failed:? ?/, "")
    .replaceAll(/\bhttps?:\/\/[^\s)]*/g, "the origin");
  const own = name === "NotCapable" ? `${name}: ${plain}` : plain;
  const words = [own, cause === undefined ? "" : wordsOf(cause)].filter((part) => part !== "");
  return words.join(": ") || name;
}

/** The origin has sent nothing for too long. `what` is what was waited for. */
export function silence(what: string, limitMs: number, requestLine: string): OriginError {
  return new OriginError(
    "The origin does not answer in time",
    `${requestLine}: no ${what} for ${limitMs / 1000} s (--origin-timeout)`,
    { outage: true },
  );
}
