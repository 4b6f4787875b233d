/**
 * Runs these tests over both kinds of sockets at the same time: most of it is waiting for programs
 * of others. The second output follows the first.
 *
 *     deno task test:interop
 */

import { fromFileUrl } from "@std/path";

const HERE = fromFileUrl(new URL(".", import.meta.url));

/** Deno's own arguments, such as the import map and the permissions, come from the task. */
function started(io: "deno" | "native", stdout: "inherit" | "piped"): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["test", ...Deno.args, HERE],
    env: { TFTP_TEST_IO: io },
    stdout,
    stderr: stdout,
  }).spawn();
}

/** Whether all tests have passed. */
async function runBoth(): Promise<boolean> {
  const first = started("deno", "inherit");
  const second = started("native", "piped").output();
  const { success } = await first.status;
  const { success: secondToo, stdout, stderr } = await second;
  for (const [stream, text] of [[Deno.stderr, stderr], [Deno.stdout, stdout]] as const) {
    let at = 0;
    while (at < text.length) at += stream.writeSync(text.subarray(at));
  }
  return success && secondToo;
}

if (import.meta.main) Deno.exit(await runBoth() ? 0 : 1);
