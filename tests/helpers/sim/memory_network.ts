/** The engine's world in memory, which is a part of the library: for the tests' own use. */

export * from "../../../src/testing/memory_network.ts";

/** Lets everything that is ready to run, run: many turns of the microtask queue. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
