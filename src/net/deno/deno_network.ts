/**
 * The sockets of `Deno.listenDatagram`: they work everywhere and need no permission but
 * `--allow-net`. Each has one receive loop and a queue of what is to leave. A datagram is only
 * taken in when everything that the one before caused has left, so that no buffer is reused before
 * its send has settled.
 */

import type { Address, Blocks } from "../../protocol/mod.ts";
import { DEFAULT_RECEIVE_BUFFER_BYTES } from "../../protocol/mod.ts";
import type { Clock } from "../../engine/clock.ts";
import { NetworkError, systemCode } from "../../engine/errors.ts";
import type { BindOptions, DatagramHandler, Network, Socket } from "../../engine/network.ts";
import { bindError } from "../bind_error.ts";
import { SystemClock } from "./system_clock.ts";

/**
 * The largest datagram TFTP can produce is a DATA of 65464 bytes; one byte more shows a longer one.
 */
export const MAX_DATAGRAM_BYTES = 65464 + 4 + 1;

/** Failures of a socket in a row, before it counts as broken. */
const MAX_FAILURES = 100;

/** Sockets of Deno. */
export class DenoNetwork implements Network {
  /** The system's clock. */
  readonly clock: Clock;
  /** Deno can't set it, so it is what the system gives. */
  readonly receiveBufferBytes: number = DEFAULT_RECEIVE_BUFFER_BYTES;

  /** `clock` is by default one that suits a client. */
  constructor(clock: Clock = new SystemClock()) {
    this.clock = clock;
  }

  /** Binds a socket. Throws {@linkcode NetworkError} when the address can't be had. */
  bind({ hostname, port, interfaceName }: BindOptions, handler: DatagramHandler): Socket {
    if (Deno.listenDatagram === undefined) {
      throw new NetworkError(
        "This Deno was started without UDP: run it with --unstable-net, or where deno.json lies",
      );
    }
    if (interfaceName !== undefined) {
      throw new NetworkError("--interface needs the native sockets: see --io native");
    }
    try {
      const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
      return new DenoSocket(socket, handler, this.clock);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      throw bindError(codeOf(error), { hostname, port }, (error as Error).message, error);
    }
  }
}

/** Something that is to leave. */
type Outgoing =
  | { readonly bytes: Uint8Array; readonly to: Address }
  | {
    readonly blocks: Blocks;
    readonly first: number;
    readonly last: number;
    readonly to: Address;
  };

class DenoSocket implements Socket {
  readonly address: Address;
  turn = 0;
  readonly receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
  readonly #socket: Deno.DatagramConn;
  readonly #handler: DatagramHandler;
  readonly #clock: Clock;
  readonly #buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  #queue: Outgoing[] = [];
  #sending: Promise<void> | undefined;
  /** Whether a datagram is being handled: what that causes leaves when it is over. */
  #handling = false;
  #closed = false;

  constructor(socket: Deno.DatagramConn, handler: DatagramHandler, clock: Clock) {
    this.#socket = socket;
    this.#handler = handler;
    this.#clock = clock;
    this.address = socket.addr as Deno.NetAddr;
    void this.#listen();
  }

  send(bytes: Uint8Array, to: Address): void {
    this.#enqueue({ bytes, to });
  }

  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    this.#enqueue({ blocks, first, last, to });
  }

  flush(): boolean {
    return this.#queue.length === 0 && this.#sending === undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // What is queued leaves first: it may be a last ACK or an ERROR.
    if (this.flush()) this.#socket.close();
    else void (this.#sending ??= this.#send()).then(() => this.#socket.close());
  }

  #enqueue(outgoing: Outgoing): void {
    if (this.#closed) return;
    this.#queue.push(outgoing);
    if (!this.#handling) this.#sending ??= this.#send();
  }

  async #send(): Promise<void> {
    while (this.#queue.length > 0) {
      const queue = this.#queue;
      this.#queue = [];
      for (const outgoing of queue) {
        if ("bytes" in outgoing) {
          try {
            await this.#socket.send(outgoing.bytes, outgoing.to as Deno.NetAddr);
          } catch (error) {
            this.#handler.unsendable(error as Error, outgoing.to);
          }
        } else await this.#sendBlocks(outgoing);
      }
    }
    this.turn++;
    this.#sending = undefined;
  }

  async #sendBlocks(
    { blocks, first, last, to }: Extract<Outgoing, { blocks: Blocks }>,
  ): Promise<void> {
    for (let index = first; index <= last; index++) {
      try {
        // One after the other: the next packet may be made in the same bytes.
        await this.#socket.send(blocks.packet(index), to as Deno.NetAddr);
      } catch (error) {
        this.#handler.unsendable(error as Error, to);
      }
    }
  }

  /** The one receive loop. A receive that lost a race would swallow the next datagram. */
  async #listen(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      try {
        // A loop that never ends is never compiled well: what can be done elsewhere is.
        const [bytes, from] = await this.#socket.receive(this.#buffer);
        failures = 0;
        if (!this.flush()) await this.#sending;
        this.#handle(bytes, from as Deno.NetAddr);
        if (this.#queue.length > 0) await (this.#sending ??= this.#send());
      } catch (error) {
        if (this.#closed) return;
        // One datagram can make a receive fail; only a socket that does nothing else is broken.
        if (++failures < MAX_FAILURES) this.#handler.failed(error);
        else {
          this.close();
          this.#handler.broken(error);
        }
      }
    }
  }

  #handle(bytes: Uint8Array, from: Address): void {
    this.#handling = true;
    try {
      this.#handler.receive(bytes, from, this.#clock.nowMs());
    } catch (error) {
      this.#handler.failed(error);
    } finally {
      this.#handling = false;
    }
  }
}

/** The name of the system's error. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof Deno.errors.AddrInUse) return "EADDRINUSE";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  if (error instanceof Deno.errors.AddrNotAvailable) return "EADDRNOTAVAIL";
  return systemCode(error);
}
