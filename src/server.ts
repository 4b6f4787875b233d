/**
 * The server: a front door that turns requests into transfers, the transfers that run, and a record
 * of each for whoever keeps the log. One process, one thread, many clients at once.
 */

import {
  type Address,
  CancelledError,
  decodePacket,
  encodePacket,
  ErrorCode,
  errorSentence,
  Opcode,
  type Packet,
  PacketError,
  type RequestPacket,
  TftpError,
} from "./protocol/mod.ts";
import { type Clock, SystemClock } from "./runtime/clock.ts";
import type { Drive } from "./runtime/drive.ts";
import { bindUdp, type Endpoint, formatAddress } from "./runtime/endpoint.ts";
import { ErrorLimiter } from "./runtime/error_limiter.ts";
import { NetworkError, systemCode } from "./runtime/errors.ts";
import { addressKey, Port } from "./runtime/port.ts";
import { ServedRoot } from "./runtime/served_root.ts";
import { POOL_PORTS, TidPool } from "./runtime/tid_pool.ts";
import { Antechamber } from "./server/antechamber.ts";
import { describeError, type LogRecord } from "./server/log_record.ts";
import { ServedTransfer, type UploadPolicy } from "./server/served_transfer.ts";

/** Transfers at once; beyond, clients are told to come again. */
export const MAX_TRANSFERS = 1000;

export interface ServeOptions {
  /** The folder whose files are served. */
  readonly root: string;
  /** 0 lets the system choose. @default {69} */
  readonly port?: number;
  /** Addresses to listen on. @default {["::"], or ["0.0.0.0"] where IPv6 is off} */
  readonly addresses?: readonly string[];
  /** Whether files may be sent here, and may replace others. @default {"off"} */
  readonly uploads?: UploadPolicy;
  /** Answer from the listening port itself, for firewalls and containers. @default {false} */
  readonly singlePort?: boolean;
  /** Puts something between the server and each of its sockets: a trace, a fault. */
  wrapEndpoint?(endpoint: Endpoint): Endpoint;
  /** Hears of everything worth a line. */
  log?(record: LogRecord): void;
}

/** A server that runs. */
export interface Server {
  /** Where it listens. */
  readonly addresses: readonly Address[];
  /** The served folder, links resolved. */
  readonly root: string;
  /** Settles after {@linkcode Server.shutdown}; rejects when a listening socket breaks. */
  readonly finished: Promise<void>;
  /** Takes no more requests, ends the running transfers with ERROR 0, and closes all sockets. */
  shutdown(): Promise<void>;
}

/**
 * Starts a server. Throws `NetworkError` when an address can't be bound and `LocalFileError` when
 * there is no such folder.
 */
export function serve(options: ServeOptions): Server {
  return new TftpServer(options);
}

class TftpServer implements Server {
  readonly addresses: readonly Address[];
  readonly root: string;
  readonly finished: Promise<void>;
  readonly #options: ServeOptions;
  readonly #root: ServedRoot;
  readonly #clock: Clock = new SystemClock();
  readonly #limiter = new ErrorLimiter();
  readonly #ports: Port[] = [];
  readonly #pools = new Map<Port, TidPool>();
  /** Every transfer that has not ended, by its client's address and port. */
  readonly #transfers = new Map<string, ServedTransfer>();
  /** The same, and those that newer ones of their clients have replaced. */
  readonly #drives = new Set<Drive>();
  readonly #antechamber = new Antechamber<[RequestPacket, Address, Port]>((visitor) =>
    this.#admit(...visitor).catch((error) => this.#trouble(error))
  );
  #closing = false;

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#root = new ServedRoot(options.root);
    this.root = this.#root.path;
    try {
      for (const endpoint of bindListeners(options)) this.#open(endpoint);
    } catch (error) {
      for (const port of this.#ports) port.close();
      throw error;
    }
    this.addresses = [...this.#pools.keys()].map((port) => port.endpoint.address);
    this.finished = Promise.all(this.#ports.map((port) => port.listen())).then(() => {});
  }

  async shutdown(): Promise<void> {
    this.#closing = true;
    this.#antechamber.close();
    const drives = [...this.#drives];
    await Promise.all(drives.map((drive) => drive.cancel("Server is shutting down")));
    await Promise.all(drives.map((drive) => drive.ended));
    for (const port of this.#ports) port.close();
    await this.finished;
  }

  /** A listening port and the pool it answers from. */
  #open(endpoint: Endpoint): void {
    const trouble = (error: unknown) => this.#trouble(error);
    const listener = new Port(endpoint, {
      listens: true,
      trouble,
      unrouted: (bytes, from, port) => this.#knock(bytes, from, port),
    });
    this.#ports.push(listener);
    if (this.#options.singlePort) {
      this.#pools.set(listener, new TidPool([listener]));
      return;
    }
    const pool = Array.from({ length: POOL_PORTS }, () => {
      const port = new Port(bindUdp(endpoint.address.hostname, 0, this.#options), {
        listens: false,
        trouble,
        unrouted: (bytes, from, port) => this.#tellStranger(bytes, from, port),
      });
      this.#ports.push(port);
      return port;
    });
    this.#pools.set(listener, new TidPool(pool));
  }

  /** A datagram at the front door. Only requests belong here. */
  async #knock(bytes: Uint8Array, from: Address, port: Port): Promise<void> {
    let packet: Packet;
    try {
      packet = decodePacket(bytes);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      await this.#refuseGarbage(error, from, port);
      return;
    }
    switch (packet.opcode) {
      case Opcode.RRQ:
      case Opcode.WRQ:
        if (this.#closing) break;
        if (this.#transfers.get(addressKey(from))?.settled === false) {
          this.#antechamber.hold(addressKey(from), [packet, from, port]);
        } else await this.#admit(packet, from, port);
        break;
      case Opcode.ERROR:
        // RFC 1350 §7: an ERROR is never answered.
        this.#log({ kind: "dropped", client: formatAddress(from), reason: "ERROR of no transfer" });
        break;
      case Opcode.OACK:
        await this.#tell(from, port, ErrorCode.IllegalOperation, "OACK at the listening port");
        break;
      default:
        if (this.#options.singlePort) await this.#tellStranger(bytes, from, port);
        else {await this.#tell(
            from,
            port,
            ErrorCode.IllegalOperation,
            "DATA or ACK at the listening port",
          );}
    }
  }

  async #admit(request: RequestPacket, from: Address, listener: Port): Promise<void> {
    const key = addressKey(from);
    const running = this.#transfers.get(key);
    if (running) {
      // The same request again: the first answer is on its way, or its flight will be repeated.
      if (!running.settled && running.answers(request)) return;
      // A client that begins anew waits for nothing else, not even for a last ACK.
      this.#transfers.delete(key);
      running.drive.retire(new CancelledError("The client began another transfer"));
    }
    try {
      if (this.#transfers.size >= MAX_TRANSFERS) {
        throw new TftpError("local", ErrorCode.NotDefined, "Server is busy, try again");
      }
      const port = this.#pools.get(listener)!.choose(from);
      if (!port) throw new TftpError("local", ErrorCode.NotDefined, "Server is busy, try again");
      const transfer = new ServedTransfer(request, {
        root: this.#root,
        client: from,
        endpoint: port.endpoint,
        clock: this.#clock,
        uploads: this.#options.uploads ?? "off",
      });
      await this.#run(transfer, key, port);
    } catch (error) {
      if (!(error instanceof TftpError)) throw error;
      await this.#refuse(request, from, listener, error);
    }
  }

  /** Runs a transfer without waiting for its end; settles when its first answer has left. */
  #run(transfer: ServedTransfer, key: string, port: Port): Promise<void> {
    const { drive, client } = transfer;
    this.#transfers.set(key, transfer);
    this.#drives.add(drive);
    port.add(client, drive);
    transfer.record.then((record) => this.#log({ kind: "transfer", ...record }));
    drive.ended.then(() => {
      port.remove(client, drive);
      this.#drives.delete(drive);
      if (this.#transfers.get(key) === transfer) this.#transfers.delete(key);
    });
    return drive.start();
  }

  async #refuse(
    request: RequestPacket,
    from: Address,
    port: Port,
    error: TftpError,
  ): Promise<void> {
    const { code, message } = error;
    this.#log({
      kind: "refused",
      client: formatAddress(from),
      direction: request.opcode === Opcode.RRQ ? "get" : "put",
      filename: request.filename,
      code,
      message,
      ...(error.cause ? { cause: describeError(error.cause) } : {}),
    });
    await this.#sendError(from, port, code, message);
  }

  /** Bytes that are no packet: a broken request is told so, most of the rest too, rarely. */
  async #refuseGarbage(error: PacketError, from: Address, port: Port): Promise<void> {
    if (error.opcode === undefined || error.opcode === Opcode.ERROR) {
      this.#log({ kind: "dropped", client: formatAddress(from), reason: error.message });
      return;
    }
    await this.#tell(from, port, ErrorCode.IllegalOperation, error.message);
  }

  /** RFC 1350 §4: what belongs to no transfer gets ERROR 5; an ERROR gets nothing. */
  async #tellStranger(bytes: Uint8Array, from: Address, port: Port): Promise<void> {
    if (bytes.length < 4 || bytes[1] === Opcode.ERROR) return;
    await this.#tell(from, port, ErrorCode.UnknownTid, "packet of no transfer");
  }

  /** Answers nonsense with a short ERROR, unless this address had its share of them. */
  async #tell(from: Address, port: Port, code: number, reason: string): Promise<void> {
    this.#log({ kind: "dropped", client: formatAddress(from), reason });
    if (!this.#limiter.allows(from.hostname, this.#clock.nowMs())) return;
    await this.#sendError(from, port, code, errorSentence(code));
  }

  async #sendError(to: Address, port: Port, code: number, message: string): Promise<void> {
    const bytes = encodePacket({ opcode: Opcode.ERROR, code, message });
    try {
      await port.endpoint.send(bytes, to);
    } catch (error) {
      this.#log({ kind: "trouble", message: `No ERROR sent: ${describeError(error)}` });
    }
  }

  #trouble(error: unknown): void {
    this.#log({ kind: "trouble", message: describeError(error) });
  }

  #log(record: LogRecord): void {
    this.#options.log?.(record);
  }
}

function bindListeners(options: ServeOptions): Endpoint[] {
  const port = options.port ?? 69;
  if (options.addresses?.length) {
    const bound: Endpoint[] = [];
    try {
      for (const address of options.addresses) bound.push(bindUdp(address, port, options));
      return bound;
    } catch (error) {
      for (const endpoint of bound) endpoint.close();
      throw error;
    }
  }
  try {
    return [bindUdp("::", port, options)];
  } catch (error) {
    // Where IPv6 is off, plain IPv4 is all there is; every other failure would be the same there.
    if (!(error instanceof NetworkError)) throw error;
    const code = systemCode(error.cause);
    if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") throw error;
    return [bindUdp("0.0.0.0", port, options)];
  }
}
