/**
 * Where an origin's files are: a prefix, and how names become URLs below it. The result always
 * begins with the prefix, whatever a client asks for: each part of a name is escaped, and a name
 * that could mean something else to a server that unescapes twice is refused.
 */

import { ErrorCode } from "../protocol/mod.ts";
import { refused } from "../files/refusal.ts";
import { nameParts } from "../files/requested_name.ts";

/** The part of a URL that may be shown: no user, no password, no query. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** How often a name may be escaped: no server behind an origin unescapes it more often. */
const MAX_ESCAPED = 4;

export class OriginUrl {
  /** The prefix; it ends in a slash and has no user, no query and no fragment. */
  readonly base: URL;
  /** The value of `Authorization`, where the URL names a user. */
  readonly authorization: string | undefined;
  /** Appended to every URL, question mark included; it may contain a secret. */
  readonly #query: string;

  /** Throws a `TypeError` that says what is wrong with the text, without repeating it. */
  constructor(text: string) {
    const url = parse(text);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError("an origin is a URL with http, https or s3");
    }
    if (url.hash !== "") throw new TypeError("an origin's URL has no part behind #");
    this.#query = url.search;
    this.authorization = basic(url);
    this.base = new URL(`${url.origin}${url.pathname.replace(/\/*$/, "/")}`);
  }

  /** The prefix as it may be shown. */
  toString(): string {
    return shown(this.base);
  }

  /**
   * The URL of a requested name. Throws a local `TftpError` for a name that could lead out of the
   * prefix or names nothing.
   */
  of(filename: string): URL {
    const parts = nameParts(filename);
    for (const part of parts) refuseDisguised(part);
    const url = new URL(`${this.base.href}${parts.map(escaped).join("/")}${this.#query}`);
    // Escaping already ensures it; this check guards against later mistakes.
    const isBelow = url.origin === this.base.origin &&
      url.pathname.startsWith(this.base.pathname) && url.search === this.#query &&
      url.pathname.length > this.base.pathname.length;
    if (!isBelow) throw refused(ErrorCode.AccessViolation);
    return url;
  }
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new TypeError("an origin is a whole URL, such as https://host/folder/");
  return url;
}

function basic({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(plain)))}`;
}

/** Escapes all but letters, digits and `-._~`, so that signatures and servers agree. */
function escaped(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * A part is one step down, however often a server behind the origin unescapes it. One that is
 * escaped more often is refused, since a name has room for 2000 rounds.
 */
function refuseDisguised(part: string): void {
  if (!part.isWellFormed()) throw refused(ErrorCode.FileNotFound);
  let plain = part;
  for (let rounds = 0; rounds <= MAX_ESCAPED; rounds++) {
    // deno-lint-ignore no-control-regex
    if (/[/\\\x00-\x1f\x7f]/.test(plain) || /^\.{1,2}$/.test(plain)) break;
    const next = plain.replace(
      /%([0-9a-f]{2})/gi,
      (_, digits: string) => String.fromCharCode(parseInt(digits, 16)),
    );
    if (next === plain) return;
    plain = next;
  }
  throw refused(ErrorCode.AccessViolation);
}
