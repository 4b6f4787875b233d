/**
 * `NAME.sha256` for every file `NAME` of another handler, where no file has that very name. A
 * computed checksum is kept for as long as the file is the same.
 */

import { BytesSource } from "../engine/bytes_source.ts";
import {
  type FileRequest,
  type Handler,
  isNotFound,
  isSource,
  type Naming,
  type Opened,
} from "../engine/handler.ts";
import type { Source } from "../engine/source_sink.ts";
import { isFileVersion } from "../files/file_cache.ts";
import { nameParts } from "../files/requested_name.ts";
import { HashQueue } from "./hash_queue.ts";

const SUFFIX = ".sha256";

export class ChecksumHandler implements Handler {
  readonly #files: Handler;
  readonly #hashes: HashQueue;

  constructor(files: Handler, hashes = new HashQueue()) {
    this.#files = files;
    this.#hashes = hashes;
  }

  open(request: FileRequest): Opened | PromiseLike<Opened> {
    const { direction, name } = request;
    if (direction === "put" || !name.toLowerCase().endsWith(SUFFIX)) {
      return this.#files.open(request);
    }
    return this.#open(request);
  }

  probableName(name: string, naming: Naming): string | undefined {
    return this.#files.probableName?.(name, naming);
  }

  async #open(request: FileRequest): Promise<Opened> {
    try {
      return await this.#files.open(request);
    } catch (error) {
      if (!isNotFound(error) || request.isCancelled) throw error;
    }
    const name = request.name.slice(0, -SUFFIX.length);
    const file = await this.#files.open(renamed(request, name));
    if (!isSource(file)) throw new TypeError("A sink was opened for a checksum");
    const parts = partsOf(name);
    const hex = await this.#hashes.hexOf(file, request, keyOf(file, parts, request.naming));
    return new BytesSource(`${hex}  ${parts.at(-1)}\n`);
  }
}

/** The parts of a name by which a file was opened. */
function partsOf(name: string): string[] {
  try {
    return nameParts(name);
  } catch {
    // A file of the folder may have a name such as "..\x", which means another one elsewhere.
    return nameParts(name, { literally: true });
  }
}

/**
 * What tells a file in its present state from all others, however its name is spelled; undefined
 * where nothing does. Upper and lower case may be ignored in the folder, but never at an origin.
 */
function keyOf(
  { version }: Source,
  parts: readonly string[],
  { ignoreCase = false }: Naming,
): string | undefined {
  if (version === undefined) return undefined;
  const name = parts.join("/");
  return `${version} ${ignoreCase && isFileVersion(version) ? name.toLowerCase() : name}`;
}

/** The same request with another name. */
function renamed(request: FileRequest, name: string): FileRequest {
  const { direction, client, askedName, mode, options, announcedBytes, naming, writing } = request;
  return {
    ...{ direction, client, name, askedName, mode, options, announcedBytes, naming, writing },
    get isCancelled() {
      return request.isCancelled;
    },
    onCancel: (callback) => request.onCancel(callback),
  };
}
