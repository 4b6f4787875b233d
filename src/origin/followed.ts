/** Watches a file that another thread, or another server, fetches into the same cache. */

import { type Head, pathsOf, readHead } from "./cached_file.ts";
import { isAt, isFree } from "./cache_folder.ts";
import type { SharedFetch } from "./shared_fetch.ts";
import { GrowingFile } from "./growing_file.ts";
import { OriginError } from "./origin_error.ts";

/** How often the file is checked. */
const LOOK_MS = 10;

export interface FollowSettings {
  readonly folder: string;
  readonly key: string;
  /** How long it may not grow, in milliseconds. */
  readonly limitMs: number;
}

/** Watches until the other process is done with the file. */
export async function follow(
  shared: SharedFetch,
  file: Deno.FsFile,
  { folder, key, limitMs }: FollowSettings,
): Promise<void> {
  const paths = pathsOf(folder, key);
  let growing: GrowingFile | undefined;
  let isWhole = false;
  let movedMs = performance.now();
  // Readers here do not concern the process that fetches.
  let abandoned = false;
  try {
    while (!abandoned) {
      // An upload takes the name away from a file that goes on growing for its readers.
      const isOver = isFree(file) ||
        !isAt(file, paths.part) && (isWhole || isAt(file, paths.whole));
      const found = readHead(file);
      isWhole = found !== undefined && found.came === found.head.size;
      if (found && !growing) {
        growing = growingAt(paths.part, file, {
          head: found.head,
          abandoned: () => abandoned = true,
        });
        shared.settle({ kind: "growing", file: growing });
      }
      if (growing && found && found.came > growing.came) {
        growing.grown(found.came);
        movedMs = performance.now();
      }
      if (isOver) break;
      // Somebody may have joined after the last one left, and must not wait for ever.
      if (!growing && shared.abort.signal.aborted) break;
      if (performance.now() - movedMs > limitMs) throw stalled(limitMs);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (!growing) shared.settle({ kind: "look again" });
    else if (isWhole) growing.end();
    else growing.fail(brokenOff());
  } catch (error) {
    shared.fail(error);
    growing?.fail(error);
  } finally {
    file.close();
  }
}

function growingAt(
  path: string,
  file: Deno.FsFile,
  { head: { url, size }, abandoned }: { head: Head; abandoned: () => void },
): GrowingFile {
  return new GrowingFile(path, { name: url, size, opened: file.statSync(), abandoned });
}

function brokenOff(): OriginError {
  return new OriginError(
    "The connection to the origin was lost",
    "the request that fetched the file failed",
  );
}

function stalled(limitMs: number): OriginError {
  return new OriginError(
    "The origin does not answer in time",
    `another thread or server fetches it, and has got nothing for ${limitMs / 1000} s`,
    { outage: true },
  );
}
