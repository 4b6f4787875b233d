/** An HTTP listener, over TCP. */

import { NetworkError } from "../engine/errors.ts";
import { formatAddress } from "../engine/address.ts";
import type { Address } from "../protocol/mod.ts";

/** A listener. */
export interface HttpListener {
  readonly address: Address;
  /** Accepts no more; answers under way end within a moment, or are cut off. */
  close(): Promise<void>;
}

/** How long answers may take after it was closed. */
const CLOSE_WITHIN_MS = 1000;

/**
 * Listens at an address of this machine. Throws `NetworkError` when it can't be bound. `failed` is
 * called when an answer fails.
 */
export function listenHttp(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  answer: (request: Request) => Promise<Response>,
  failed: (error: unknown) => void,
): HttpListener {
  const ended = new AbortController();
  const onError = (error: unknown) => {
    failed(error);
    return new Response("Internal failure\n", { status: 500 });
  };
  try {
    const server = Deno.serve(
      { hostname, port, signal: ended.signal, onListen: () => {}, onError },
      answer,
    );
    return {
      address: { hostname: server.addr.hostname, port: server.addr.port },
      close: async () => {
        const late = setTimeout(() => ended.abort(), CLOSE_WITHIN_MS);
        await Promise.race([server.shutdown(), server.finished]);
        clearTimeout(late);
      },
    };
  } catch (error) {
    throw new NetworkError(sentence(error, formatAddress({ hostname, port })), { cause: error });
  }
}

function sentence(error: unknown, where: string): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `TCP port ${where} is in use by another program: choose another port with --http`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${where} is no address of this machine: see --http`;
  }
  return `TCP port ${where} can't be listened on: ${(error as Error).message}`;
}
