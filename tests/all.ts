/**
 * Every test. What measures a time (`test:alone`) runs first, with nothing beside it. What needs
 * programs of others and whole machines (`test:peers`) mostly waits, so it runs beside the rest,
 * with less right to the processor, and its output follows theirs. What is left still runs, and
 * counts, after a failure.
 *
 *     deno task test
 */

import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const ALONE = "test:alone";
const BESIDE = "test:peers";
const IN_TURN = ["test:pure", "test:doc", "test:system", "test:native"];
const KIND = ["nice", "-n", "10"];

function task(name: string, stdout: "inherit" | "piped", before: string[] = []) {
  const [program, ...args] = [...before, Deno.execPath(), "task", name];
  return new Deno.Command(program!, { args, cwd: ROOT, stdout, stderr: stdout }).spawn();
}

/** Whether all tests have passed. */
async function runAll(): Promise<boolean> {
  let { success: passed } = await task(ALONE, "inherit").status;
  const beside = task(BESIDE, "piped", Deno.build.os === "windows" ? [] : KIND).output();
  for (const name of IN_TURN) {
    const { success } = await task(name, "inherit").status;
    passed &&= success;
  }
  const { success, stdout, stderr } = await beside;
  for (const [stream, text] of [[Deno.stderr, stderr], [Deno.stdout, stdout]] as const) {
    let at = 0;
    while (at < text.length) at += stream.writeSync(text.subarray(at));
  }
  return passed && success;
}

if (import.meta.main) Deno.exit(await runAll() ? 0 : 1);
