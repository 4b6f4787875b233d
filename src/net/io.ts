/** Which sockets to use: those of Deno, or those made of system calls of our own. */

import { NetworkError } from "../engine/errors.ts";
import type { Network } from "../engine/network.ts";
import { DenoNetwork } from "./deno/deno_network.ts";
import { whyNotNative } from "./native/places.ts";

/** What a user may ask for; `auto` is native where the permission for it was given. */
export const IO_CHOICES = ["auto", "deno", "native"] as const;

/** What a user asks for. */
export type Io = typeof IO_CHOICES[number];

/**
 * What comes of that on this machine. Throws {@linkcode NetworkError} that says in one sentence
 * what is missing, where native sockets are asked for and can't be had.
 */
export function chooseIo(io: Io): Exclude<Io, "auto"> {
  if (io === "deno") return io;
  const missing = whyNotNative();
  if (missing === undefined) return "native";
  if (io === "auto") return "deno";
  throw new NetworkError(`${missing}; or leave out --io native`);
}

/** The network of a client. Throws as {@linkcode chooseIo} does. */
export async function openNetwork(io: Io): Promise<Network> {
  if (chooseIo(io) === "deno") return new DenoNetwork();
  const { openNative } = await import("./native/mod.ts");
  const { network, seal } = openNative();
  seal();
  return network;
}
