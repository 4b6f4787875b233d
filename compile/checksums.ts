/** `SHA256SUMS`, for `sha256sum -c`: the checksums of all files of a folder to release. */

import { join } from "@std/path";

const SUMS = "SHA256SUMS";

/**
 * Writes the sums of every file in the folder but hidden ones, such as a lock. Names are sorted, so
 * that the file is stable.
 */
export async function writeChecksums(folder: string): Promise<void> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && entry.name !== SUMS && !entry.name.startsWith(".")) names.push(entry.name);
  }
  const lines: string[] = [];
  for (const name of names.sort()) {
    lines.push(`${await sha256(join(folder, name))}  ${name}\n`);
  }
  await Deno.writeTextFile(join(folder, SUMS), lines.join(""));
}

/** The hash of a file in hexadecimal digits. */
export async function sha256(path: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
