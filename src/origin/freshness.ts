/** How long a copy of an answer is fresh, by its headers (RFC 9111). Pure. */

/** How long a copy is fresh whose answer does not say it. */
export const DEFAULT_FRESH_MS = 30_000;

/** The longest time that is accepted. */
const MAX_FRESH_MS = 365 * 24 * 3_600_000;

/** What to do with an answer; with `freshMs` 0 the origin is asked about the copy each time. */
export interface Keeping {
  readonly store: boolean;
  readonly freshMs: number;
}

/** Judges an answer by its `Cache-Control` and `Age`. */
export function keepingOf(headers: Headers): Keeping {
  const words = new Map(
    (headers.get("cache-control") ?? "").toLowerCase().split(",").map((word) => {
      const [name = "", value = ""] = word.split("=").map((part) => part.trim());
      return [name, value.replaceAll('"', "")] as const;
    }),
  );
  const isWhole = headers.has("content-length") ||
    /\bchunked\b/i.test(headers.get("transfer-encoding") ?? "");
  const store = isWhole && !words.has("no-store") && !words.has("private") &&
    headers.get("vary")?.trim() !== "*";
  if (words.has("no-cache")) return { store, freshMs: 0 };
  const age = seconds(headers.get("age") ?? "") ?? 0;
  const told = seconds(words.get("s-maxage") ?? "") ?? seconds(words.get("max-age") ?? "");
  if (told === undefined) return { store, freshMs: DEFAULT_FRESH_MS };
  return { store, freshMs: Math.min(MAX_FRESH_MS, Math.max(0, told - age) * 1000) };
}

/** An ETag that is longer tells nothing: what is kept of it has a bound. */
const MAX_ETAG_LENGTH = 1000;

/**
 * What tells this content from any other of its URL, for `Source.version`: a strong ETag, which
 * every change of a byte changes (RFC 9110 §8.8.1). A weak one or a date does not tell that.
 */
export function versionOf(etag: string | null | undefined): string | undefined {
  const isStrong = etag?.startsWith('"') === true && etag.length <= MAX_ETAG_LENGTH;
  return isStrong ? `etag ${etag}` : undefined;
}

function seconds(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
