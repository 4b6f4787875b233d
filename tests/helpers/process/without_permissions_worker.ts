/**
 * Starts a worker with all permissions, gives them up as a server does, and prints what the worker
 * can still do, as one JSON object.
 */

import { giveUpPermissions } from "../../../src/cli/permissions/give_up.ts";

/** A worker counts as the main module of its thread. */
const AS_WORKER = "?worker";

const NAMES = ["run", "env", "import", "write", "net", "read"] as const;

const scope = globalThis as unknown as {
  postMessage(states: Record<string, string>): void;
  onmessage: (() => void) | null;
};

if (import.meta.url.endsWith(AS_WORKER)) {
  scope.onmessage = () => {
    const states = NAMES.map((name) => [name, Deno.permissions.querySync({ name }).state]);
    scope.postMessage(Object.fromEntries(states));
  };
} else if (import.meta.main) {
  const worker = new Worker(import.meta.url + AS_WORKER, { type: "module" });
  const answer = () =>
    new Promise<unknown>((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage("tell");
    });
  await answer();
  await giveUpPermissions({ uploads: false, others: false, root: "/", runs: false });
  // deno-lint-ignore no-console
  console.log(JSON.stringify(await answer()));
  worker.terminate();
}
