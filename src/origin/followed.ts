/** Watches a file that another thread, or another server, fetches into the same cache. */

import { type Head, pathsOf, readHead } from "./cached_file.ts";
import { isFree } from "./cache_folder.ts";
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
  const { part, whole } = pathsOf(folder, key);
  let growing: GrowingFile | undefined;
  let movedMs = performance.now();
  // Readers here do not concern the process that fetches.
  let forsaken = false;
  try {
    while (!forsaken) {
      const isOver = !isAt(file, part) || isFree(file);
      const found = readHead(file);
      if (found && !growing) {
        growing = grown(part, found.head, () => forsaken = true);
        shared.settle({ kind: "growing", file: growing });
      }
      if (growing && found && found.came > growing.came) {
        growing.grown(found.came);
        movedMs = performance.now();
      }
      if (isOver) break;
      if (shared.abort.signal.aborted) return;
      if (performance.now() - movedMs > limitMs) throw stalled(limitMs);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (!growing) shared.settle({ kind: "look again" });
    else if (isAt(file, whole)) growing.end();
    else {growing.fail(
        new OriginError(
          "The connection to the origin was lost",
          "the request that fetched the file failed",
        ),
      );}
  } catch (error) {
    shared.fail(error);
    growing?.fail(error);
  } finally {
    file.close();
  }
}

function grown(path: string, { url, size }: Head, forsaken: () => void): GrowingFile {
  return new GrowingFile(path, { name: url, size, forsaken });
}

function stalled(limitMs: number): OriginError {
  return new OriginError(
    "The origin does not answer in time",
    `another thread or server fetches it, and has got nothing for ${limitMs / 1000} s`,
    { outage: true },
  );
}

function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    const [opened, here] = [file.statSync(), Deno.lstatSync(path)];
    return opened.ino === here.ino && opened.dev === here.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
