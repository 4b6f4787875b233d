/**
 * Copies of an origin's files on disk. A fresh copy costs no request, and an old one costs a
 * question. A file that many clients want is fetched once for all of them.
 */

import type { Source } from "../engine/source_sink.ts";
import { BoundedMap } from "../engine/bounded_map.ts";
import { BodySource } from "./body_source.ts";
import { CachedFile, keyOf, pathsOf } from "./cached_file.ts";
import { CacheFolder, isStillAt } from "./cache_folder.ts";
import { fill } from "./fill.ts";
import { SharedFetch } from "./shared_fetch.ts";
import { follow } from "./followed.ts";
import type { OriginClient } from "./origin_client.ts";
import { errorOfStatus, OriginError } from "./origin_error.ts";

/** How long an origin may take to answer about an old copy that could be served. */
export const STALE_PATIENCE_MS = 2000;

/** How long an origin that was down is not asked again, where a copy will do. */
const DOWN_MS = 5000;

/** How long it is remembered that a file may not be kept. */
const NOT_KEPT_MS = 60_000;
const MAX_NOT_KEPT = 1000;

/** Looks at the cache again after fetches by others, before a request fetches by itself. */
const MAX_LOOKS = 3;

export interface CacheSettings {
  readonly client: OriginClient;
  readonly folder: string;
  readonly maxBytes: number;
  /** Serve old copies while the origin is down. */
  readonly stale: boolean;
  /** Called with what the operator should know. */
  notice(message: string): void;
}

export class OriginCache {
  readonly #settings: CacheSettings;
  readonly #folder: CacheFolder;
  readonly #fetches = new Map<string, SharedFetch>();
  readonly #notKept = new BoundedMap<string, number>(MAX_NOT_KEPT);
  #downUntilMs = -Infinity;

  /** Makes the folder. Throws the system's error. */
  constructor(settings: CacheSettings) {
    this.#settings = settings;
    this.#folder = new CacheFolder(settings.folder, settings.maxBytes);
  }

  /** Removes what killed servers have left. */
  async tidy(): Promise<void> {
    const removed = await this.#folder.tidy();
    if (removed === 0) return;
    const files = removed === 1 ? "1 file" : `${removed} files`;
    this.#settings.notice(`removed ${files} from the cache that had come only in part`);
  }

  /** The file, at once where there is a fresh copy. Rejects with an `OriginError`. */
  open(url: URL, signal: () => AbortSignal): Source | Promise<Source> {
    const key = keyOf(url);
    return this.#copy(key, url, "good") ?? this.#fetch(key, url, signal());
  }

  /**
   * A file has changed at the origin: its copy is invalid, and so is what a fetch brings that may
   * have begun before, here or in another process.
   */
  async forget(url: URL): Promise<void> {
    await this.#folder.forget(keyOf(url));
  }

  #copy(key: string, url: URL, which: "good" | "any"): Source | undefined {
    const copy = CachedFile.open(pathsOf(this.#folder.path, key).whole, url);
    const nowMs = Date.now();
    if (copy && (which === "any" || copy.staleMs(nowMs) < 0)) return copy.source(nowMs);
    copy?.close();
    return undefined;
  }

  async #fetch(key: string, url: URL, signal: AbortSignal): Promise<Source> {
    if (performance.now() < this.#downUntilMs) {
      const old = this.#copy(key, url, "any");
      if (old) return old;
    }
    for (let looks = 0; looks < MAX_LOOKS && !this.#isNotKept(key); looks++) {
      const source = await this.#wait(key, url, signal);
      if (source) return source;
    }
    return await this.#fetchDirectly(url, signal);
  }

  /** Waits with all others for the result of a fetch; undefined where that was no file. */
  async #wait(key: string, url: URL, signal: AbortSignal): Promise<Source | undefined> {
    const running = this.#fetches.get(key);
    const shared = running?.isOpen ? running : this.#begin(key, url);
    try {
      const result = await shared.wait(signal);
      switch (result.kind) {
        case "growing":
          return result.file.open() ?? this.#copy(key, url, "any");
        case "good copy":
          return this.#copy(key, url, "any");
        case "not kept": {
          this.#doNotKeep(key);
          const answer = result.take();
          return answer && new BodySource(answer);
        }
        case "look again":
          return this.#copy(key, url, "good");
      }
    } catch (error) {
      const old = this.#instead(key, url, error);
      if (old) return old;
      throw error;
    }
  }

  /** An old copy, where the origin is down and an old copy is allowed. */
  #instead(key: string, url: URL, error: unknown): Source | undefined {
    const { stale, notice } = this.#settings;
    if (!stale || !(error instanceof OriginError) || !error.outage) return undefined;
    const old = this.#copy(key, url, "any");
    if (!old) return undefined;
    const isNews = performance.now() >= this.#downUntilMs;
    this.#downUntilMs = performance.now() + DOWN_MS;
    if (isNews) notice(`the origin is down, old copies are served: ${error.message}`);
    return old;
  }

  #begin(key: string, url: URL): SharedFetch {
    const shared = new SharedFetch();
    this.#fetches.set(key, shared);
    this.#run(shared, key, url).catch((error) => shared.fail(error)).finally(() => {
      if (this.#fetches.get(key) === shared) this.#fetches.delete(key);
    });
    return shared;
  }

  async #run(shared: SharedFetch, key: string, url: URL): Promise<void> {
    const { client, stale } = this.#settings;
    const { ours, file } = await this.#folder.claim(key);
    const [opened, { part }] = [file.statSync(), pathsOf(this.#folder.path, key)];
    shared.isOutdated = () => !isStillAt(opened, part);
    if (!ours) {
      const { path: folder } = this.#folder;
      // The other one's limit must come first: it knows the reason.
      return await follow(shared, file, { folder, key, limitMs: 2 * client.limitMs });
    }
    const hasOld = stale && this.#hasCopy(key, url);
    await fill(shared, file, {
      ...{ client, folder: this.#folder, key, url },
      ...(hasOld ? { limitMs: Math.min(STALE_PATIENCE_MS, client.limitMs) } : {}),
      tooLarge: () => this.#doNotKeep(key),
    });
  }

  #hasCopy(key: string, url: URL): boolean {
    const copy = CachedFile.open(pathsOf(this.#folder.path, key).whole, url);
    copy?.close();
    return copy !== undefined;
  }

  async #fetchDirectly(url: URL, signal: AbortSignal): Promise<Source> {
    return await openDirectly(this.#settings.client, url, signal);
  }

  #doNotKeep(key: string): void {
    this.#notKept.set(key, performance.now() + NOT_KEPT_MS);
  }

  #isNotKept(key: string): boolean {
    return performance.now() < (this.#notKept.get(key) ?? -Infinity);
  }
}

/** The body of an answer, read as it comes. Rejects with an `OriginError`. */
export async function openDirectly(
  client: OriginClient,
  url: URL,
  signal: AbortSignal,
): Promise<Source> {
  const answer = await client.ask("GET", url, { signal });
  const { status, body, requestLine } = answer;
  if (status === 200) return new BodySource(answer);
  body.close();
  throw errorOfStatus(status, requestLine);
}
