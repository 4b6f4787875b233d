/** Nothing that the measurements have started or mounted outlives them, even when interrupted. */

import type { RunningPeer } from "../tests/helpers/process/peers.ts";

/** How long a server may take to end before it is killed. */
const PATIENCE_MS = 5_000;

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What is to be undone when a signal comes. */
const undone = new Set<() => void>();

/** Remembers how to undo something; what comes back forgets it, once it has been undone. */
export function undoOnSignal(undo: () => void): () => void {
  undone.add(undo);
  return () => undone.delete(undo);
}

/** From now on a signal ends every child, undoes what has been done, and then this program. */
export function endOnSignals(): void {
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    Deno.addSignalListener(signal as Deno.Signal, () => {
      for (const pid of descendantsOf(Deno.pid)) kill(pid);
      for (const undo of [...undone].reverse()) undo();
      Deno.exit(code);
    });
  }
}

/** Ends a server, and what it has forked that goes on without it. Never throws. */
export async function endServer(server: RunningPeer): Promise<void> {
  const family = descendantsOf(server.pid);
  const stopped = server.stop().catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), PATIENCE_MS);
  });
  if (await Promise.race([stopped, late])) kill(server.pid);
  clearTimeout(timer);
  for (const pid of family) kill(pid);
  await stopped;
}

/** The children of a process, and theirs. */
function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** The processes that a process has started and that have not ended, whichever thread did it. */
export function childrenOf(pid: number): number[] {
  try {
    const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
    return threads.flatMap((thread) => {
      const children = Deno.readTextFileSync(`/proc/${pid}/task/${thread}/children`);
      return children.split(" ").filter((word) => word !== "").map(Number);
    });
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
