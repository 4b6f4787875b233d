/** Sockets made of system calls of our own, on Linux: faster, and nothing of the network hidden. */

import { NetworkError } from "../../engine/errors.ts";
import { takeLibc, type Taken } from "./libc.ts";
import { NativeNetwork } from "./native_network.ts";
import { System } from "./system.ts";

export { giveUpFfi, whyNotNative } from "./places.ts";
export { NativeNetwork } from "./native_network.ts";

/** A network, the C library it uses, and the end of the permission for it. */
export interface Native extends Taken {
  /** The library with what calls of it need. */
  readonly system: System;
  readonly network: NativeNetwork;
}

/**
 * Takes the C library's functions and makes a network of them. Throws {@linkcode NetworkError} that
 * says what is missing; `whyNotNative` says so beforehand.
 */
export function openNative(settings: { readonly held?: boolean } = {}): Native {
  const taken = takeLibc();
  if (typeof taken === "string") throw new NetworkError(taken);
  return {
    ...taken,
    system: new System(taken.libc),
    network: new NativeNetwork(taken.libc, settings),
  };
}
