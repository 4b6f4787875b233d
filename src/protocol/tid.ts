/**
 * Transfer identifiers: both ends of a transfer are known by their address and port (RFC 1350 §4).
 * A client learns its peer's TID from the first valid answer; whatever comes from elsewhere is a
 * stranger's and must not disturb the transfer.
 */

/**
 * Where a datagram comes from or goes to.
 *
 * ```ts
 * import { type Address, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const network = new MemoryLan().machine("10.0.0.1");
 * await using server = serve({ network, handler: () => "welcome\n" });
 * const { hostname, port }: Address = server.addresses[0]!;
 * if (`${hostname}:${port}` !== "10.0.0.1:69") throw new Error(`${hostname}:${port}`);
 * ```
 */
export interface Address {
  /** An IPv4 or IPv6 address. */
  readonly hostname: string;
  /** The TID (RFC 1350 §4). */
  readonly port: number;
}

/** Answers that a gate asks for before it stops telling strangers off. */
const MAX_STRANGERS_ANSWERED = 16;

/**
 * Decides for a client whose datagrams belong to its transfer.
 *
 * ```ts
 * import { TidGate } from "@tftp/tftp/protocol";
 *
 * const gate = new TidGate({ hostname: "10.0.0.1", port: 69 });
 * const peer = { hostname: "10.0.0.1", port: 50_000 };
 * if (!gate.admits(peer)) throw new Error("any port may answer first");
 * gate.pin(peer);
 * if (gate.admits({ hostname: "10.0.0.1", port: 50_001 })) throw new Error("that is a stranger");
 * ```
 */
export class TidGate {
  readonly #asked: Address;
  #peer: Address | undefined;
  #strangersLeft = MAX_STRANGERS_ANSWERED;
  /** The last stranger that was heard, to name it when no answer comes from where it should. */
  stranger: Address | undefined;

  /** `asked` is where the request goes. */
  constructor(asked: Address) {
    this.#asked = asked;
  }

  /** Where packets go: the peer's TID, or where the request goes while there is none. */
  get peer(): Address {
    return this.#peer ?? this.#asked;
  }

  /** Whether a datagram from here may be the peer's: the asked address, any port until pinned. */
  admits(from: Address): boolean {
    const peer = this.#peer;
    if (from.hostname === this.#asked.hostname && (!peer || from.port === peer.port)) return true;
    this.stranger = from;
    return false;
  }

  /** The sender of the first valid answer is the peer for good. */
  pin(from: Address): void {
    this.#peer ??= from;
  }

  /** Whether to answer a stranger with ERROR 5 (RFC 1350 §4); bounded, since strangers may lie. */
  answersStranger(): boolean {
    return this.#strangersLeft-- > 0;
  }
}
