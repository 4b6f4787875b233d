/** Fetches a file into the cache: sends the request, judges the answer, and writes what comes. */

import {
  append,
  CachedFile,
  type Head,
  HEAD_BYTES,
  markTimes,
  pathsOf,
  writeHead,
} from "./cached_file.ts";
import { type CacheFolder, isAt } from "./cache_folder.ts";
import { NoRoomError } from "./cache_room.ts";
import type { FetchResult, SharedFetch } from "./shared_fetch.ts";
import { type Keeping, keepingOf } from "./freshness.ts";
import { GrowingFile } from "./growing_file.ts";
import type { Answer, OriginClient } from "./origin_client.ts";
import { errorOfStatus, OriginError } from "./origin_error.ts";
import { shown } from "./origin_url.ts";

/** Room for a file of unknown size is reserved in steps of so many bytes. */
const STEP_BYTES = 4 * 1024 * 1024;

/** How long the first waiter has to take the answer. */
const TAKEN_WITHIN_MS = 1000;

/** A longer ETag or date is not kept; the file is then fetched again. */
const MAX_VALIDATOR_LENGTH = 1000;

export interface FillSettings {
  readonly client: OriginClient;
  readonly folder: CacheFolder;
  readonly key: string;
  readonly url: URL;
  /** How long an answer is waited for, where that is less than usual. */
  readonly limitMs?: number;
  /** Called when the file is larger than the cache. */
  tooLarge(): void;
}

/** Fetches into a file that was claimed; the shared fetch gets the answer, or the error. */
export async function fill(
  shared: SharedFetch,
  file: Deno.FsFile,
  settings: FillSettings,
): Promise<void> {
  const { folder, key } = settings;
  let isKept = false;
  try {
    isKept = await fetchInto(shared, file, settings);
  } catch (error) {
    shared.fail(error);
  } finally {
    try {
      // Before the lock ends: after that, another process may own the file.
      if (!isKept) await folder.discard(file, key);
    } finally {
      file.close();
    }
  }
}

/** Whether the file has become a complete copy. */
async function fetchInto(
  shared: SharedFetch,
  file: Deno.FsFile,
  settings: FillSettings,
): Promise<boolean> {
  const { client, folder, key, url, limitMs } = settings;
  const { part, whole } = pathsOf(folder.path, key);
  const old = CachedFile.open(whole, url);
  old?.close();
  const answer = await client.ask("GET", url, {
    headers: conditions(old?.head),
    signal: shared.abort.signal,
    ...(limitMs === undefined ? {} : { limitMs }),
  });
  const keeping = keepingOf(answer.headers);
  if (answer.status === 304 && old) {
    answer.body.close();
    // After an upload, the copy may be a later one that the answer is not about.
    if (isAt(file, part)) markTimes(whole, Date.now(), Date.now() + keeping.freshMs);
    shared.settle({ kind: "good copy" });
    return false;
  }
  if (answer.status !== 200) {
    answer.body.close();
    throw errorOfStatus(answer.status, answer.requestLine);
  }
  const head = headOf(url, answer);
  if (!keeping.store || !await hasRoom(folder, file, head)) {
    // The copy of a file that may no longer be kept is invalid.
    await folder.removeCopy(key);
    shared.settle(notKept(answer));
    return false;
  }
  return await store(shared, file, { ...settings, answer, head, keeping });
}

/** The first waiter may read the answer; if there is none, the answer is cancelled. */
function notKept(answer: Answer): FetchResult {
  let rest: Answer | undefined = answer;
  const unwanted = setTimeout(() => rest?.body.close(), TAKEN_WITHIN_MS);
  return {
    kind: "not kept",
    take: () => {
      clearTimeout(unwanted);
      const taken = rest;
      rest = undefined;
      return taken;
    },
  };
}

async function hasRoom(folder: CacheFolder, file: Deno.FsFile, { size = 0 }: Head) {
  try {
    await folder.reserve(file, HEAD_BYTES + size);
    return true;
  } catch (error) {
    if (error instanceof NoRoomError) return false;
    throw error;
  }
}

interface Storing extends FillSettings {
  readonly answer: Answer;
  readonly head: Head;
  readonly keeping: Keeping;
}

/** Whether the file was published. */
async function store(shared: SharedFetch, file: Deno.FsFile, storing: Storing): Promise<boolean> {
  const { answer, head, folder, key, keeping, tooLarge } = storing;
  const { part } = pathsOf(folder.path, key);
  const growing = new GrowingFile(part, {
    name: head.url,
    size: head.size,
    opened: file.statSync(),
    abandoned: () => answer.body.close(),
  });
  try {
    writeHead(file, head, 0);
    shared.settle({ kind: "growing", file: growing });
    let room = head.size ?? 0;
    for (let piece = await answer.body.next(); piece; piece = await answer.body.next()) {
      const came = growing.came + piece.length;
      if (came > room) {
        room = came + STEP_BYTES;
        await reserveMore(folder, file, {
          ...{ bytes: HEAD_BYTES + room, requestLine: answer.requestLine, tooLarge },
        });
      }
      append(file, piece, growing.came);
      answer.body.recycle(piece);
      growing.grown(came);
    }
    await folder.shorten(file, HEAD_BYTES + growing.came, key);
    writeHead(file, { ...head, size: growing.came }, growing.came);
    await file.syncData();
    // Both at the same moment, so that a reader finds one or the other.
    const then = () => growing.end();
    return await folder.publish(file, { key, freshMs: keeping.freshMs, then });
  } catch (error) {
    answer.body.close();
    growing.fail(error);
    throw error;
  }
}

async function reserveMore(
  folder: CacheFolder,
  file: Deno.FsFile,
  { bytes, requestLine, tooLarge }: { bytes: number; requestLine: string; tooLarge: () => void },
): Promise<void> {
  try {
    await folder.reserve(file, bytes);
  } catch (error) {
    if (!(error instanceof NoRoomError)) throw error;
    tooLarge();
    throw new OriginError(
      "The file is too large for the cache, try again",
      `${requestLine}: grew beyond what fits into the cache (--cache-size)`,
    );
  }
}

/** Requests the file only if it differs from the copy. */
function conditions(old: Head | undefined): Record<string, string> {
  if (old?.etag !== undefined) return { "if-none-match": old.etag };
  if (old?.lastModified !== undefined) return { "if-modified-since": old.lastModified };
  return {};
}

function headOf(url: URL, { headers, body }: Answer): Head {
  const etag = validator(headers, "etag");
  const lastModified = validator(headers, "last-modified");
  return {
    url: shown(url),
    ...(body.size === undefined ? {} : { size: body.size }),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

function validator(headers: Headers, name: string): string | undefined {
  const value = headers.get(name);
  return value === null || value.length > MAX_VALIDATOR_LENGTH ? undefined : value;
}
