/**
 * The names this project uses of `@std/path`, for machines that cannot reach JSR.
 *
 * node:path, which Deno carries with it, already behaves as `@std/path` does for plain paths;
 * only the two functions about `file:` URLs need an adapter: `@std/path` takes an encoded
 * slash in a URL for a slash and wants an absolute path, node:url refuses the one and
 * resolves the other. `tests/offline_test.ts` holds the cases that must agree.
 *
 * @module
 */
import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";

export { basename, dirname, extname, isAbsolute, join } from "node:path";
export { normalize, relative, resolve } from "node:path";

/** What stands between the parts of a path on this system. */
export const SEPARATOR: string = sep;

/**
 * The path that a `file:` URL names.
 *
 * @throws {TypeError} If the URL is of another scheme.
 */
export function fromFileUrl(url: string | URL): string {
  const { protocol, pathname } = new URL(url);
  if (protocol !== "file:") {
    throw new TypeError(`URL must be a file URL: received "${protocol}"`);
  }
  const path = decodeURIComponent(pathname.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
  return sep === "/" ? path : path.replaceAll("/", sep).replace(/^\\(?=[a-z]:)/i, "");
}

/**
 * The `file:` URL of an absolute path.
 *
 * @throws {TypeError} If the path is relative.
 */
export function toFileUrl(path: string): URL {
  if (!isAbsolute(path)) throw new TypeError(`Path must be absolute: received "${path}"`);
  return pathToFileURL(path);
}
