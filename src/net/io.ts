/** Which sockets to use: those of Deno, or native ones made of system calls. */

import { NetworkError } from "../engine/errors.ts";
import type { Network } from "../engine/network.ts";
import { DenoNetwork } from "./deno/deno_network.ts";
import { mayBeNative, whyNotNative } from "./native/libc_paths.ts";

/** The choices; `auto` is native where the permission for it was given. */
export const IO_CHOICES = ["auto", "deno", "native"] as const;

/** A choice of the user. */
export type Io = typeof IO_CHOICES[number];

/**
 * The sockets to use on this machine. Where native ones are asked for and not available, throws
 * {@linkcode NetworkError} with one sentence about what is missing.
 */
export function chooseIo(io: Io): Exclude<Io, "auto"> {
  if (io === "deno") return io;
  if (mayBeNative()) return "native";
  if (io === "auto") return "deno";
  throw new NetworkError(`${whyNotNative()}; or leave out --io native`);
}

/** The network of a client. Throws as {@linkcode chooseIo} does. */
export async function openNetwork(io: Io): Promise<Network> {
  if (chooseIo(io) === "deno") return new DenoNetwork();
  const { openNative } = await import("./native/mod.ts");
  const { network, seal } = openNative();
  seal();
  return network;
}
