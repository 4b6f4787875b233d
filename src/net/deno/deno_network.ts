/**
 * The sockets of `Deno.listenDatagram`: they work everywhere and need no permission but
 * `--allow-net`. Each has one receive loop and one send queue. A datagram is only received once
 * everything that the previous one caused has left, so no buffer is reused before its send has
 * settled.
 */

import type { Address, Blocks } from "../../protocol/mod.ts";
import { DEFAULT_RECEIVE_BUFFER_BYTES } from "../../protocol/mod.ts";
import type { Clock } from "../../engine/clock.ts";
import { NetworkError, systemCode } from "../../engine/errors.ts";
import type { BindOptions, DatagramHandler, Network, Socket } from "../../engine/network.ts";
import { bindError } from "../bind_error.ts";
import { SystemClock } from "./system_clock.ts";

/**
 * The largest DATA packet of TFTP has 65464 bytes and a header; one byte more shows a longer
 * datagram.
 */
export const MAX_DATAGRAM_BYTES = 65464 + 4 + 1;

/** Failures in a row after which a socket counts as broken. */
const MAX_FAILURES = 100;

/**
 * Sockets of Deno.
 *
 * ```ts
 * import { DenoNetwork, get, serve } from "@tftp/tftp";
 *
 * const network = new DenoNetwork();
 * await using server = serve({
 *   ...{ network, port: 0, addresses: ["127.0.0.1"] },
 *   handler: () => "welcome\n",
 * });
 * const { port } = server.addresses[0]!;
 * const { body, summary } = await get("motd", { host: "127.0.0.1", port, network });
 * if (await new Response(body).text() !== "welcome\n") throw new Error("another file");
 * await (await summary).dallied;
 * ```
 */
export class DenoNetwork implements Network {
  /** The system's clock. */
  readonly clock: Clock;
  /** Deno can't set it, so it is the system's default. */
  readonly receiveBufferBytes: number = DEFAULT_RECEIVE_BUFFER_BYTES;

  /** By default, `clock` is one that suits a client. */
  constructor(clock: Clock = new SystemClock()) {
    this.clock = clock;
  }

  /** Binds a socket. Throws {@linkcode NetworkError} when the address can't be bound. */
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

/** An entry of the send queue: one packet, or the blocks from `first` to `last`. */
interface Outgoing {
  readonly packet: Uint8Array | undefined;
  readonly blocks: Blocks | undefined;
  readonly first: number;
  readonly last: number;
  readonly to: Address;
}

class DenoSocket implements Socket {
  readonly address: Address;
  turn = 0;
  readonly receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
  readonly #socket: Deno.DatagramConn;
  readonly #handler: DatagramHandler;
  readonly #clock: Clock;
  readonly #buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  /** Never replaced: a new array for each packet would be several times the size of its entry. */
  readonly #queue: Outgoing[] = [];
  /** Called when the queue is empty. */
  readonly #whenSent: (() => void)[] = [];
  #sending: Promise<void> | undefined;
  /** Whether a datagram is being handled: what it causes is sent afterwards. */
  #handling = false;
  #closed = false;
  readonly #allSent = Promise.withResolvers<void>();
  readonly #freed: Promise<unknown>;

  constructor(socket: Deno.DatagramConn, handler: DatagramHandler, clock: Clock) {
    this.#socket = socket;
    this.#handler = handler;
    this.#clock = clock;
    this.address = socket.addr as Deno.NetAddr;
    // Deno keeps the port until a receive under way has ended, which is after close().
    this.#freed = Promise.all([this.#listen(), this.#allSent.promise]);
  }

  send(bytes: Uint8Array, to: Address): void {
    this.#enqueue({ packet: bytes, blocks: undefined, first: 0, last: 0, to });
  }

  sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    this.#enqueue({ packet: undefined, blocks, first, last, to });
  }

  flush(): boolean {
    return this.#queue.length === 0 && this.#sending === undefined;
  }

  whenSent(callback: () => void): void {
    if (this.flush()) callback();
    else this.#whenSent.push(callback);
  }

  close(freed?: () => void): void {
    if (freed) void this.#freed.then(freed);
    if (this.#closed) return;
    this.#closed = true;
    // The queue is sent first: it may hold a last ACK or an ERROR.
    if (this.flush()) this.#end();
    else void (this.#sending ??= this.#send()).then(() => this.#end());
  }

  #end(): void {
    this.#socket.close();
    this.#allSent.resolve();
  }

  #enqueue(outgoing: Outgoing): void {
    if (this.#closed) return;
    this.#queue.push(outgoing);
    if (!this.#handling) this.#sending ??= this.#send();
  }

  /** Sends the queue. One function, and one wait per packet: every packet takes this path. */
  async #send(): Promise<void> {
    while (this.#queue.length > 0) {
      const { packet, blocks, first, last, to } = this.#queue[0]!;
      // One after the other: the next packet may be made in the same bytes.
      for (let index = first; index <= last; index++) {
        const bytes = packet ?? blocks!.packet(index);
        try {
          await this.#socket.send(bytes, to as Deno.NetAddr);
        } catch (error) {
          this.#handler.unsendable(error as Error, to);
        }
      }
      this.#queue.shift();
    }
    this.turn++;
    this.#sending = undefined;
    // One of them may send an ERROR: then the others have to wait for that.
    while (this.#whenSent.length > 0 && this.flush()) this.#whenSent.shift()!();
  }

  /** The one receive loop. A receive that loses a race would take the next datagram with it. */
  async #listen(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      try {
        // A function that never returns is never optimized well, so others do the work.
        const [bytes, from] = await this.#socket.receive(this.#buffer);
        failures = 0;
        if (!this.flush()) await this.#sending;
        this.#handle(bytes, from as Deno.NetAddr);
        if (this.#queue.length > 0) await (this.#sending ??= this.#send());
      } catch (error) {
        if (this.#closed) return;
        // One datagram can make a receive fail; only a socket that always fails is broken.
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

/** The system's error code. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof Deno.errors.AddrInUse) return "EADDRINUSE";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  if (error instanceof Deno.errors.AddrNotAvailable) return "EADDRNOTAVAIL";
  return systemCode(error);
}
