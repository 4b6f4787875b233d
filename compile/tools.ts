/** What every build needs: where the project is, and a way to run Deno. */

import { fromFileUrl, join } from "@std/path";

/** The project's folder. */
export const ROOT: string = fromFileUrl(new URL("..", import.meta.url));

/** The folder of files to release. */
export const DIST: string = join(ROOT, "dist");

/** The flags of Deno for the import map, where one replaces JSR. */
export function importMap(): string[] {
  const map = Deno.env.get("TFTP_IMPORT_MAP");
  return map ? ["--import-map", join(ROOT, map)] : [];
}

/** Runs a program to its end. */
export async function run(program: string, args: string[]) {
  const command = new Deno.Command(program, { args, stdin: "null", env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
