/**
 * The base of a binary: Deno's runtime without a program. `deno compile` downloads it, or
 * `DENORT_BIN` names a file where nothing can be downloaded.
 */

import { CompileError, failedRequest } from "./compile_error.ts";
import { formatOf, HEADER_BYTES, type Target } from "./targets.ts";

/** @throws {CompileError} when the file that `DENORT_BIN` names can't be the base of these. */
export async function checkBase(path: string, targets: readonly Target[]): Promise<void> {
  const [target, ...others] = targets;
  if (others.length > 0) {
    throw new CompileError(
      "DENORT_BIN is the base for one target: unset it, or build one --target at a time",
    );
  }
  const found = formatOf(await headerOf(path));
  if (found === undefined) throw new CompileError(`DENORT_BIN: ${path} is not a program`);
  if (found.format !== target?.format || found.arch !== target.arch) {
    throw new CompileError(
      `DENORT_BIN: ${path} is a program for ${found.arch} in the format ${found.format}, ` +
        `which is not that of ${target?.triple}`,
    );
  }
}

async function headerOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    using file = await Deno.open(path);
    const header = new Uint8Array(HEADER_BYTES);
    return header.subarray(0, await file.read(header) ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new CompileError(`DENORT_BIN: there is no file ${path}`);
    }
    throw error;
  }
}

/** The error of `deno compile`, as a sentence that says what to do. Pure. */
export function explain(stderr: string, { triple }: Target, deno: string): string {
  // deno-lint-ignore no-control-regex
  const plain = stderr.replace(/\x1b\[[\d;]*m/g, "");
  if (/base binary|denort|error sending request/.test(plain)) {
    const cause = failedRequest(plain);
    return `the base of Deno ${deno} for ${triple} can't be downloaded` +
      `${cause === undefined ? "" : ` (${cause})`}. Set DENORT_BIN to the denort of exactly this ` +
      "version, or build where the download is possible";
  }
  if (/invalid value .*--target|[Uu]nsupported target|unknown target/.test(plain)) {
    return `Deno ${deno} can't build for ${triple}`;
  }
  const [message = "deno compile failed"] = plain.split(/\n\s*Stack backtrace:/);
  return message.trim().replace(/^error: /, "");
}
