/** Sockets made of system calls, on Linux: faster, and with nothing of the network hidden. */

import { NetworkError } from "../../engine/errors.ts";
import { type LoadedLibc, loadLibc } from "./libc.ts";
import { NativeNetwork } from "./native_network.ts";
import { System } from "./system.ts";

export { giveUpFfi, whyNotNative } from "./libc_paths.ts";
export { NativeNetwork } from "./native_network.ts";

/** A network, the C library it uses, and how to give up the permission. */
export interface Native extends LoadedLibc {
  /** The library, with what its calls need. */
  readonly system: System;
  readonly network: NativeNetwork;
}

/**
 * Loads the C library's functions and makes a network of them. Throws {@linkcode NetworkError} that
 * says what is missing; `whyNotNative` says so beforehand.
 */
export function openNative(settings: { readonly held?: boolean } = {}): Native {
  const taken = loadLibc();
  if (typeof taken === "string") throw new NetworkError(taken);
  return {
    ...taken,
    system: new System(taken.libc),
    network: new NativeNetwork(taken.libc, settings),
  };
}
