/**
 * Transfer identifiers: both ends of a transfer are identified by address and port (RFC 1350 §4). A
 * client learns its peer's TID from the first valid answer; packets from elsewhere must not disturb
 * the transfer.
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

/** How many ERROR 5 a gate sends to strangers, at most. */
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
  /** The last stranger, to name it when no answer comes from the right address. */
  stranger: Address | undefined;

  /** `asked` is the address of the request. */
  constructor(asked: Address) {
    this.#asked = asked;
  }

  /** Where packets go: the peer's TID, or the address of the request while there is none. */
  get peer(): Address {
    return this.#peer ?? this.#asked;
  }

  /** Whether a datagram may be the peer's: from the requested address, any port until pinned. */
  admits(from: Address): boolean {
    const peer = this.#peer;
    if (from.hostname === this.#asked.hostname && (!peer || from.port === peer.port)) return true;
    this.stranger = from;
    return false;
  }

  /** The sender of the first valid answer is the peer from now on. */
  pin(from: Address): void {
    this.#peer ??= from;
  }

  /**
   * Whether to answer a stranger with ERROR 5 (RFC 1350 §4); bounded, since addresses may be
   * forged.
   */
  answersStranger(): boolean {
    return this.#strangersLeft-- > 0;
  }
}
