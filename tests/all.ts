/**
 * Runs every test. Tests with other programs and whole machines (`test:peers`) mostly wait, so they
 * run in parallel with the rest, at a lower priority, and their output comes last. After a failure
 * the other tests still run.
 *
 *     deno task test
 */

import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const IN_PARALLEL = "test:peers";
const IN_TURN = ["test:pure", "test:doc", "test:system", "test:native", "test:compiled"];
const LOW_PRIORITY = ["nice", "-n", "10"];

function task(name: string, stdout: "inherit" | "piped", before: string[] = []) {
  const [program, ...args] = [...before, Deno.execPath(), "task", name];
  return new Deno.Command(program!, { args, cwd: ROOT, stdout, stderr: stdout }).spawn();
}

/** Whether all tests have passed. */
async function runAll(): Promise<boolean> {
  let passed = true;
  const parallel = task(IN_PARALLEL, "piped", Deno.build.os === "windows" ? [] : LOW_PRIORITY)
    .output();
  for (const name of IN_TURN) {
    const { success } = await task(name, "inherit").status;
    passed &&= success;
  }
  const { success, stdout, stderr } = await parallel;
  for (const [stream, text] of [[Deno.stderr, stderr], [Deno.stdout, stdout]] as const) {
    let at = 0;
    while (at < text.length) at += stream.writeSync(text.subarray(at));
  }
  return passed && success;
}

if (import.meta.main) Deno.exit(await runAll() ? 0 : 1);
