/** One bound UDP socket, and the names it may be reached by. */

import type { Address } from "../protocol/mod.ts";
import { NetworkError, systemCode } from "../engine/errors.ts";
import { bindError } from "./bind_error.ts";

/**
 * The largest datagram TFTP can produce is a DATA of 65464 bytes; one byte more shows a longer one.
 */
export const MAX_DATAGRAM_BYTES = 65464 + 4 + 1;

/** What the runtime needs of a socket; tests put a network of their own behind it. */
export interface Endpoint {
  /** The address that it is bound to. */
  readonly address: Address;
  /** Waits for a datagram. The bytes are valid until the next call. Throws when closed. */
  receive(): Promise<[bytes: Uint8Array, from: Address]>;
  /** Sends one datagram; the bytes may be reused once it has settled. */
  send(bytes: Uint8Array, to: Address): Promise<unknown>;
  /** Closes it; harmless when repeated. */
  close(): void;
}

/**
 * Binds a UDP socket; port 0 lets the system choose. "::" takes IPv4 too, where the system has
 * both. Throws {@linkcode NetworkError} when the address can't be had.
 */
export function bindUdp(hostname: string, port: number): Endpoint {
  if (Deno.listenDatagram === undefined) {
    throw new NetworkError(
      "This Deno was started without UDP: run it with --unstable-net, or where deno.json lies",
    );
  }
  try {
    return new UdpEndpoint(Deno.listenDatagram({ transport: "udp", hostname, port }));
  } catch (error) {
    throw refusal(error, { hostname, port });
  }
}

class UdpEndpoint implements Endpoint {
  readonly address: Address;
  readonly #socket: Deno.DatagramConn;
  readonly #buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  #closed = false;

  constructor(socket: Deno.DatagramConn) {
    this.#socket = socket;
    this.address = socket.addr as Deno.NetAddr;
  }

  receive(): Promise<[Uint8Array, Address]> {
    return this.#socket.receive(this.#buffer) as Promise<[Uint8Array, Deno.NetAddr]>;
  }

  send(bytes: Uint8Array, to: Address): Promise<unknown> {
    return this.#socket.send(bytes, to as Deno.NetAddr);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}

function refusal(error: unknown, address: Address): Error {
  if (error instanceof Deno.errors.NotCapable) return error;
  return bindError(codeOf(error), address, (error as Error).message, error);
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof Deno.errors.AddrInUse) return "EADDRINUSE";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  if (error instanceof Deno.errors.AddrNotAvailable) return "EADDRNOTAVAIL";
  return systemCode(error);
}
