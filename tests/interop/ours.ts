/** Our own client and server in the form in which the matrix knows its peers. */

import { join } from "@std/path";
import { runCli, type RunningServer, startServer } from "../helpers/process/cli.ts";
import type { Job } from "./clients.ts";
import type { Setting } from "./matrix.ts";

const OPTIONS: Record<Setting, string[]> = {
  defaults: [],
  plain: ["--no-options"],
  "blksize 1428": ["-b", "1428", "-w", "1"],
  "blksize 65464": ["-b", "65464", "-w", "1"],
  "windowsize 8": ["-b", "512", "-w", "8"],
};

/** What a settled option looks like in the line about a transfer, for the settings that ask one. */
const GRANTED: readonly Setting[] = ["blksize 1428", "blksize 65464", "windowsize 8"];

/** Moves files with our client, and complains also of an option that was asked but not granted. */
export async function moveWithOurs({ row, host, port, files }: Job): Promise<string> {
  // Which options hold is told with -v.
  const flags = ["-v", "-m", row.mode, ...OPTIONS[row.setting]];
  const folder = join(files[0]?.local ?? "", "..");
  const names = files.map(({ remote }) => remote);
  const server = `${host}:${port}`;
  const args = row.direction === "get"
    ? ["get", ...flags, "-o", folder, server, ...names]
    : ["put", ...flags, server, ...names];
  const { code, stdout, stderr } = await runCli(args, { cwd: folder });
  if (code !== 0) return `exit code ${code}: ${stdout}${stderr}`;
  const granted = countLines(stdout, row.setting);
  const isEnough = !GRANTED.includes(row.setting) || granted === files.length;
  return isEnough ? "" : `${row.setting} was granted ${granted} times: ${stdout}${stderr}`;
}

/** Starts our server over a folder into which uploads are welcome. */
export function startOurs(root: string): Promise<RunningServer> {
  return startServer([root, "--uploads", "overwrite"]);
}

/**
 * What is missing in our server's log: every file moved with a setting that asks for an option
 * must have its line that tells of it. "" when nothing is.
 */
export function missingInLog(log: string, moved: ReadonlyMap<Setting, number>): string {
  return GRANTED.flatMap((setting) => {
    const told = countLines(log, setting);
    const files = moved.get(setting) ?? 0;
    return told === files ? [] : [`${files} files moved with ${setting}, the log tells of ${told}`];
  }).join("; ");
}

function countLines(text: string, setting: Setting): number {
  const told = new RegExp(`\\b${setting}\\b`);
  return text.split("\n").filter((line) => told.test(line)).length;
}
