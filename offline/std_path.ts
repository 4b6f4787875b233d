/**
 * The names this project uses of `@std/path`, for machines that cannot reach JSR.
 *
 * node:path, which Deno carries with it, behaves as `@std/path` does for nearly all plain paths.
 * The functions about `file:` URLs are written out here, since node:url refuses an encoded slash
 * and resolves a relative path. `tests/repo/offline_test.ts` holds the cases that must agree.
 *
 * @module
 */

interface Path {
  join(...parts: string[]): string;
  resolve(...parts: string[]): string;
  normalize(path: string): string;
  relative(from: string, to: string): string;
  dirname(path: string): string;
  basename(path: string, suffix?: string): string;
  extname(path: string): string;
  isAbsolute(path: string): boolean;
  sep: string;
}

// The name comes in a variable, and so without types: to check a literal one, Deno before 2.6
// fetches node's types from npm, and a machine without JSR may well be without npm.
const nodePath: string = "node:path";
const path: Path = await import(nodePath);

export const { join, resolve, normalize, relative, dirname, extname, isAbsolute } = path;

/** What stands between the parts of a path on this system. */
export const SEPARATOR: string = path.sep;

/** The last part of a path; that of the root is the root itself. */
export function basename(name: string, suffix?: string): string {
  return path.basename(name, suffix) || path.basename(name) || (name && SEPARATOR);
}

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
  const decoded = decodeURIComponent(pathname.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
  if (SEPARATOR === "/") return decoded;
  return decoded.replaceAll("/", SEPARATOR).replace(/^\\(?=[a-z]:)/i, "");
}

/**
 * The `file:` URL of an absolute path.
 *
 * @throws {TypeError} If the path is relative.
 */
export function toFileUrl(path: string): URL {
  if (!isAbsolute(path)) throw new TypeError(`Path must be absolute: received "${path}"`);
  const url = new URL("file:///");
  const slashed = SEPARATOR === "/" ? path : path.replaceAll(SEPARATOR, "/");
  url.pathname = slashed.replaceAll(/[%\\\s]/g, encodeURIComponent);
  return url;
}
