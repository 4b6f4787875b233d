/**
 * Whose sockets the tests use: those of Deno, or with `TFTP_TEST_IO=native` native ones, in the
 * test's own process and in the subprocesses it starts. Where these can't be had it is said, and in
 * CI it is a failure.
 */

import type { Network } from "../../../src/mod.ts";
import { DenoNetwork } from "../../../src/net/deno/deno_network.ts";
import { serverNetwork } from "../../../src/net/deno/server_network.ts";
import { NativeNetwork } from "../../../src/net/native/mod.ts";
import { allowedPlaces, whyNotNative } from "../../../src/net/native/libc_paths.ts";
import { takenLibc } from "./native.ts";

/** The kind of sockets. */
export const TEST_IO: "deno" | "native" = wantsNative() ? "native" : "deno";

function wantsNative(): boolean {
  if (Deno.env.get("TFTP_TEST_IO") !== "native") return false;
  const missing = whyNotNative();
  if (missing === undefined) return true;
  if (Deno.env.has("CI")) throw new Error(missing);
  // deno-lint-ignore no-console
  console.error(`${missing}; so the sockets of Deno are tested`);
  return false;
}

/** A network for a server. */
export function testServerNetwork(): Network {
  return TEST_IO === "native" ? new NativeNetwork(takenLibc()) : serverNetwork();
}

/** Waits until a network whose sockets are closed has ended. */
export async function endOf(network: Network): Promise<void> {
  if (network instanceof NativeNetwork) await network.ended;
}

/** A network for a client. */
export function testNetwork(): Network {
  return TEST_IO === "native" ? new NativeNetwork(takenLibc()) : new DenoNetwork();
}

/** The flags for native sockets in a subprocess. */
export const IO_PERMISSIONS: readonly string[] = TEST_IO === "native"
  ? [`--allow-ffi=${allowedPlaces()[0]}`]
  : [];
