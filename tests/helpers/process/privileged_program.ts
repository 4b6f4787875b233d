// deno-lint-ignore-file no-console
/**
 * A server that binds a low port as root, gives root up while workers run, and serves on, until its
 * input ends. Arguments: what `--user` says, address, port, folder. Prints one JSON value.
 */

import { becomeUser, capabilities } from "../../../src/net/native/privileges.ts";
import { loadLibc } from "../../../src/net/native/libc.ts";
import { findUser } from "../../../src/net/native/user.ts";
import { System } from "../../../src/net/native/system.ts";
import { serve } from "../../../src/mod.ts";
import { outcome } from "../sim/outcome.ts";

if (import.meta.main) {
  const [spec = "", address = "", port = "", root = ""] = Deno.args;
  const taken = loadLibc();
  if (typeof taken === "string") throw new Error(taken);
  const system = new System(taken.libc);
  const workers = await Promise.all([startWorker(), startWorker()]);
  const server = serve({ root, addresses: [address], port: Number(port) });
  const before = capabilities(system);
  becomeUser(system, findUser(spec));
  // Deno wants the permission for everything, for this.
  const threads = [...Deno.readDirSync("/proc/self/task")].map(({ name }) => statusOf(name));
  taken.seal();
  console.log(JSON.stringify({
    had: before !== 0n,
    has: capabilities(system) !== 0n,
    threads,
    setuid: taken.libc.setuid(0),
    setgid: taken.libc.setgid(0),
    shadow: outcome(() => Deno.readTextFileSync("/etc/shadow")),
    port: outcome(() =>
      Deno.listenDatagram({ transport: "udp", hostname: address, port: 68 }).close()
    ),
    again: outcome(() => becomeUser(system, findUser(spec))),
  }));
  for await (const _ of Deno.stdin.readable);
  await server.shutdown();
  for (const worker of workers) worker.terminate();
}

async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL("../net/native_worker.ts", import.meta.url), {
    type: "module",
  });
  await new Promise((resolve) => worker.onmessage = resolve);
  return worker;
}

/** The lines of a thread's status that tell its rights. */
function statusOf(thread: string): string {
  const text = Deno.readTextFileSync(`/proc/self/task/${thread}/status`);
  const lines = text.split("\n").filter((line) => /^(Uid|Gid|Groups|Cap(Prm|Eff|Amb)):/.test(line));
  return lines.map((line) => line.trim().replaceAll(/\s+/g, " ")).join("; ");
}
