/** Looks through a served folder, within limits. Opens no file. */

import { dirname, join, SEPARATOR } from "../../files/path_parts.ts";
import type { Entry, FolderTour } from "../machine/facts.ts";

/** How much of the folder is looked at. */
const MAX_ENTRIES = 10_000;
const MAX_DEPTH = 16;
/** Files that are opened for a moment, to see whether they can be read. */
const MAX_OPENED = 1_000;

/** Looks through it. `root` has its links resolved. Throws the system's error. */
export function tourOf(root: string, opens: boolean): FolderTour {
  const tour = new Tour(root, opens);
  tour.walk(root, 0);
  return tour.result();
}

class Tour {
  readonly #root: string;
  readonly #opens: boolean;
  readonly #entries: Entry[] = [];
  readonly #leaving: string[] = [];
  readonly #broken: string[] = [];
  #opened = 0;
  #cut = false;

  constructor(root: string, opens: boolean) {
    this.#root = root;
    this.#opens = opens;
  }

  walk(folder: string, depth: number): void {
    let children: Deno.DirEntry[];
    try {
      children = [...Deno.readDirSync(folder)];
    } catch {
      return;
    }
    for (const { name, isSymlink } of children) {
      if (this.#entries.length >= MAX_ENTRIES || depth > MAX_DEPTH) {
        this.#cut = true;
        return;
      }
      const path = join(folder, name);
      const info = isSymlink ? this.#linked(path) : statOrNothing(path);
      if (info === undefined) continue;
      const entry = this.#entryOf(path, info);
      this.#entries.push(entry);
      if (entry.kind === "folder" && !isSymlink) this.walk(path, depth + 1);
    }
  }

  result(): FolderTour {
    const above: Entry[] = [];
    for (let at = dirname(this.#root); above.length < MAX_DEPTH; at = dirname(at)) {
      const { state } = Deno.permissions.querySync({ name: "read", path: at });
      const info = state === "granted" ? statOrNothing(at) : undefined;
      if (info !== undefined) above.unshift({ ...this.#entryOf(at, info), path: at });
      if (at === dirname(at)) break;
    }
    return {
      root: { ...this.#entryOf(this.#root, Deno.statSync(this.#root)), path: this.#root },
      above,
      entries: this.#entries,
      leaving: this.#leaving,
      broken: this.#broken,
      cut: this.#cut,
    };
  }

  /** What a link leads to, if that is in the folder. */
  #linked(path: string): Deno.FileInfo | undefined {
    try {
      const target = Deno.realPathSync(path);
      const inside = target === this.#root || target.startsWith(this.#root + SEPARATOR);
      if (inside) return Deno.statSync(target);
      this.#leaving.push(this.#below(path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) this.#broken.push(this.#below(path));
      // What Deno may not look at is outside of what it may read, and so of the folder.
      else this.#leaving.push(this.#below(path));
    }
    return undefined;
  }

  #entryOf(path: string, info: Deno.FileInfo): Entry {
    const kind = info.isFile ? "file" : info.isDirectory ? "folder" : "other";
    const { mode, uid, gid, mtime } = info;
    return {
      path: this.#below(path),
      ...{ kind, mode, uid, gid },
      modifiedMs: mtime?.getTime() ?? null,
      ...(this.#opens && kind === "file" ? this.#readable(path) : {}),
    };
  }

  #below(path: string): string {
    return path.slice(this.#root.length).replace(/^[/\\]/, "");
  }

  #readable(path: string): { readable?: boolean } {
    if (++this.#opened > MAX_OPENED) return {};
    try {
      Deno.openSync(path).close();
      return { readable: true };
    } catch {
      return { readable: false };
    }
  }
}

function statOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
