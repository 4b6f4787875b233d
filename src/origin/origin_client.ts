/**
 * Requests to an origin, each with an end in time: questions by `fetch`, uploads by hand. Redirects
 * are followed here and not by `fetch`, so that none leads to a host that was not allowed.
 */

import { AnswerBody } from "./answer_body.ts";
import { errorOfFailure, OriginError, silence } from "./origin_error.ts";
import { type OriginUrl, shown } from "./origin_url.ts";
import { mayRedirect } from "./redirect.ts";
import { PutRequest } from "./put_request.ts";

/** Redirects that are followed, one after the other. */
const MAX_REDIRECTS = 5;

/** Makes the headers that sign a request. */
export type Sign = (
  url: URL,
  request: { readonly method: string; readonly headers: Headers },
) => Promise<Headers>;

export interface OriginClientSettings {
  readonly origin: OriginUrl;
  /** How long an answer, or more of it, is waited for, in milliseconds. */
  readonly limitMs: number;
  /** Hosts beside the origin's own that it may send us to. */
  readonly redirects: readonly string[];
  /** Certificates of authorities that are trusted beside the usual ones, as PEM. */
  readonly caCerts?: readonly string[];
  readonly sign?: Sign;
}

/** What an origin has answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
  /** The request, for the log. */
  readonly requestLine: string;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Shorter than the usual limit for an answer. */
  readonly limitMs?: number;
  /** Breaks the request off, until it is answered. */
  readonly signal?: AbortSignal;
}

export interface PutOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes of the body, where that is known beforehand. */
  readonly size: number | undefined;
  /** Breaks the request off, even after its head was sent. */
  readonly signal: AbortSignal;
}

export class OriginClient {
  readonly #settings: OriginClientSettings;
  readonly #http: Deno.HttpClient | undefined;

  constructor(settings: OriginClientSettings) {
    this.#settings = settings;
    const { caCerts = [] } = settings;
    if (caCerts.length > 0) this.#http = Deno.createHttpClient({ caCerts: [...caCerts] });
  }

  get limitMs(): number {
    return this.#settings.limitMs;
  }

  /** Asks for a file, or by HEAD whether there is one. Rejects with an {@linkcode OriginError}. */
  async ask(method: "GET" | "HEAD", start: URL, asking: AskOptions = {}): Promise<Answer> {
    let url = start;
    for (let hops = 0;; hops++) {
      const requestLine = `${method} ${shown(url)}`;
      const controller = new AbortController();
      const response = await this.#fetch(method, url, { ...asking, controller });
      const target = redirectOf(response);
      if (target === undefined) return this.#answer(response, requestLine, controller);
      // Its body is of no use.
      controller.abort();
      await response.body?.cancel().catch(() => {});
      if (hops === MAX_REDIRECTS) {
        throw new OriginError(
          "The origin redirects too often",
          `${requestLine}: more than ${MAX_REDIRECTS} redirects`,
        );
      }
      url = this.#follow(url, target, requestLine);
    }
  }

  /** Begins to send a file, which has no end in time of its own. */
  async put(url: URL, { headers, size, signal }: PutOptions): Promise<PutRequest> {
    const head = {
      ...{ url, size, requestLine: `PUT ${shown(url)}` },
      headers: await this.#headers("PUT", url, headers),
      caCerts: this.#settings.caCerts ?? [],
    };
    return await PutRequest.open(head, signal);
  }

  #answer(response: Response, requestLine: string, controller: AbortController): Answer {
    const { status, headers } = response;
    const encoding = headers.get("content-encoding") ?? "identity";
    const size = sizeIn(headers);
    const body = new AnswerBody(response.body, {
      ...{ requestLine, size, limitMs: this.#settings.limitMs },
      abort: () => controller.abort(),
    });
    if (status === 200 && encoding.toLowerCase() !== "identity") {
      body.close();
      throw new OriginError(
        "The origin has sent the file compressed",
        `${requestLine}: Content-Encoding is ${encoding}, which was not asked for`,
      );
    }
    return { status, headers, body, requestLine };
  }

  #follow(from: URL, target: string, requestLine: string): URL {
    const to = URL.parse(target, from);
    const where = to === null ? "a URL that is none" : `${to.origin} `;
    const why = to === null ? "" : mayRedirect(from, to, {
      own: this.#settings.origin.base,
      hosts: this.#settings.redirects,
    });
    if (to !== null && why === undefined) return to;
    throw new OriginError(
      "The origin redirects to a host that is not allowed",
      `${requestLine}: redirects to ${where}${why ?? ""}`.trim(),
    );
  }

  async #fetch(
    method: string,
    url: URL,
    { headers = {}, signal, controller, limitMs = this.limitMs }:
      & AskOptions
      & { controller: AbortController },
  ): Promise<Response> {
    const requestLine = `${method} ${shown(url)}`;
    const breakOff = () => controller.abort(signal?.reason);
    signal?.addEventListener("abort", breakOff, { once: true });
    if (signal?.aborted) breakOff();
    const timer = setTimeout(
      () => controller.abort(silence("answer", limitMs, requestLine)),
      limitMs,
    );
    try {
      return await fetch(url, {
        method,
        headers: await this.#headers(method, url, headers),
        redirect: "manual",
        signal: controller.signal,
        ...(this.#http ? { client: this.#http } : {}),
      } as RequestInit);
    } catch (error) {
      // Deno may tell an abort in words of its own.
      const { aborted, reason } = controller.signal;
      throw errorOfFailure(aborted && reason instanceof OriginError ? reason : error, requestLine);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", breakOff);
    }
  }

  /** Neither a password nor a signature goes to a host other than the origin's own. */
  async #headers(method: string, url: URL, more: AskOptions["headers"]): Promise<Headers> {
    const { origin, sign } = this.#settings;
    const headers = new Headers({ "accept-encoding": "identity", "user-agent": "tftp", ...more });
    if (url.origin !== origin.base.origin) return headers;
    if (origin.authorization !== undefined) headers.set("authorization", origin.authorization);
    return sign ? await sign(url, { method, headers }) : headers;
  }
}

function redirectOf({ status, headers }: Response): string | undefined {
  const isRedirect = [301, 302, 303, 307, 308].includes(status);
  return isRedirect ? headers.get("location") ?? "" : undefined;
}

function sizeIn(headers: Headers): number | undefined {
  const text = headers.get("content-length") ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
