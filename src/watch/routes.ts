/**
 * The answers for each path. Nothing here changes anything, and nothing shows a file or a path of
 * this machine. The page itself contains nothing about the server, so a browser can get it and ask
 * for the token.
 */

import { visibleJson } from "../server/log_fields.ts";
import type { Activity } from "./activity.ts";
import { Feed } from "./feed.ts";
import { Guard, type GuardSettings } from "./guard.ts";
import { METRICS_TYPE, metricsText } from "./metrics.ts";
import { Streams } from "./streams.ts";

/** The page, and its `Content-Security-Policy`. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

export interface RoutesSettings extends GuardSettings {
  /** The time, in milliseconds since 1970. */
  now(): number;
  /** Loads the page. */
  page(): Promise<Page>;
}

/** How long a document is used for all requests. */
const FRESH_MS = 250;

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export class Routes {
  readonly #activity: Activity;
  readonly #settings: RoutesSettings;
  readonly #guard: Guard;
  readonly #streams: Streams;
  readonly #made = new Map<string, { readonly text: string; readonly atMs: number }>();

  constructor(activity: Activity, settings: RoutesSettings) {
    this.#activity = activity;
    this.#settings = settings;
    this.#guard = new Guard(settings);
    const feed = new Feed(activity);
    const encoder = new TextEncoder();
    const status = () => activity.status(settings.now());
    this.#streams = new Streams({
      first: () => encoder.encode(this.#fresh("first", () => feed.first(status()))),
      next: () => {
        // A new reader's first message must contain everything up to this moment.
        this.#made.delete("first");
        return encoder.encode(feed.next(settings.now()));
      },
    });
  }

  /** Answers a request. */
  async answer(request: Request): Promise<Response> {
    const { method, headers } = request;
    // The path comes with the name and port that the client sent, and these may be no URL.
    const url = URL.parse(request.url);
    if (!url) return told(400, "The URL is not valid");
    if (!this.#guard.isHere(headers.get("host"))) {
      return told(421, "This server is not known by that name: see --http-host");
    }
    if (method !== "GET" && method !== "HEAD") return told(405, "Only GET", { allow: "GET, HEAD" });
    const { pathname } = url;
    switch (pathname) {
      case "/":
        return await this.#page();
      case "/healthz":
        return this.#activity.ending ? told(503, "ending") : told(200, "ok");
    }
    if (!["/metrics", "/api/status", "/api/events"].includes(pathname)) {
      return told(404, "There is /, /metrics, /api/status, /api/events and /healthz");
    }
    if (!this.#guard.isKnown(headers.get("authorization"))) {
      return told(401, "A token is needed", { "www-authenticate": "Bearer" });
    }
    return this.#report(pathname, method);
  }

  /** Ends the streams. */
  close(): void {
    this.#streams.close();
  }

  #report(pathname: string, method: string): Response {
    if (pathname === "/metrics") {
      const text = this.#fresh(pathname, () => metricsText(this.#activity, this.#streams.size));
      return new Response(text, { headers: { ...HEADERS, "content-type": METRICS_TYPE } });
    }
    if (pathname === "/api/status") {
      const status = () => `${visibleJson(this.#activity.status(this.#settings.now()))}\n`;
      const text = this.#fresh(pathname, status);
      return new Response(text, { headers: { ...HEADERS, "content-type": "application/json" } });
    }
    const type = { ...HEADERS, "content-type": "text/event-stream" };
    if (method === "HEAD") return new Response(null, { headers: type });
    const stream = this.#streams.open();
    if (!stream) return told(503, "Too many readers", { "retry-after": "10" });
    return new Response(stream, { headers: type });
  }

  async #page(): Promise<Response> {
    const { html, policy } = await this.#settings.page();
    const type = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
    return new Response(html, { headers: { ...HEADERS, ...type } });
  }

  /** Makes a document once for many requests. */
  #fresh(name: string, make: () => string): string {
    const nowMs = this.#settings.now();
    const made = this.#made.get(name);
    if (made && nowMs - made.atMs < FRESH_MS) return made.text;
    const text = make();
    this.#made.set(name, { text, atMs: nowMs });
    return text;
  }
}

/** A short answer as text. */
function told(status: number, words: string, headers: Record<string, string> = {}): Response {
  const type = { "content-type": "text/plain; charset=utf-8" };
  return new Response(`${words}\n`, { status, headers: { ...HEADERS, ...type, ...headers } });
}
