/** The listening ports: which datagrams are requests of clients that are listened to. */

import {
  type Address,
  decodePacket,
  encodePacket,
  ErrorCode,
  errorSentence,
  MAX_REQUEST_BYTES,
  Opcode,
  type Packet,
  PacketError,
  packetIn,
  type RequestPacket,
  TftpError,
} from "../protocol/mod.ts";
import type { Clock } from "../engine/clock.ts";
import { ErrorLimiter } from "../engine/error_limiter.ts";
import type { Port } from "../engine/port.ts";
import { admits } from "./access_list.ts";
import { Antechamber } from "./antechamber.ts";
import type { Admission } from "./admission.ts";
import { Doorman, TOO_MANY_REQUESTS } from "./doorman.ts";
import { describeError, type LogRecord } from "./log_record.ts";
import { addressKey, formatAddress } from "../engine/address.ts";

/**
 * Refusals that one address gets in a row: a boot ROM asks for dozens of files that are not there.
 */
const REFUSAL_BURST = 1000;

/** How soon one more is allowed. */
const REFUSAL_REFILL_MS = 5;

export interface FrontDoorSettings {
  readonly admission: Admission;
  readonly clock: Clock;
  readonly singlePort: boolean;
  /** Takes a request that may become a transfer. */
  admit(request: RequestPacket, from: Address, port: Port): Promise<void>;
  log(record: LogRecord): void;
}

/** A datagram at a listening port. */
interface Visitor {
  readonly bytes: Uint8Array;
  readonly from: Address;
  readonly port: Port;
}

export class FrontDoor {
  #closed = false;
  readonly #doorman = new Doorman<Visitor>(({ bytes, from, port }) =>
    this.#receive(bytes, from, port).catch((error) => this.#trouble(error))
  );
  readonly #antechamber = new Antechamber<[RequestPacket, Address, Port]>((visitor) =>
    this.#admit(...visitor).catch((error) => this.#trouble(error))
  );
  readonly #settings: FrontDoorSettings;
  readonly #limiter = new ErrorLimiter();
  readonly #refusals = new ErrorLimiter({ burst: REFUSAL_BURST, refillMs: REFUSAL_REFILL_MS });

  constructor(settings: FrontDoorSettings) {
    this.#settings = settings;
  }

  /** Addresses whose ERRORs are counted. */
  get remembered(): number {
    return this.#limiter.size + this.#refusals.size;
  }

  /** No request is let in any more. */
  close(): void {
    this.#closed = true;
    this.#doorman.close();
    this.#antechamber.close();
  }

  /** A datagram at a listening port: it waits for its turn, so that the next can be received. */
  knock(bytes: Uint8Array, from: Address, port: Port): Promise<void> | void {
    // What is too long to be a request is not worth the room.
    if (bytes.length > MAX_REQUEST_BYTES) return this.#receive(bytes, from, port);
    if (this.#doorman.announce({ bytes: bytes.slice(), from, port })) return;
    this.#drop(from, TOO_MANY_REQUESTS);
  }

  /** Only requests belong at a listening port. */
  async #receive(bytes: Uint8Array, from: Address, port: Port): Promise<void> {
    if (!admits(this.#settings.admission.policy.access, from.hostname)) {
      return await this.#turnAway(bytes, from, port);
    }
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
        if (this.#closed) break;
        if (this.#settings.admission.transfers.get(from)?.settled === false) {
          this.#antechamber.hold(addressKey(from), [packet, from, port]);
        } else await this.#admit(packet, from, port);
        break;
      case Opcode.ERROR:
        // RFC 1350 §7: an ERROR is never answered.
        this.#drop(from, "ERROR of no transfer");
        break;
      case Opcode.OACK:
        await this.#tell(from, port, {
          code: ErrorCode.IllegalOperation,
          reason: "OACK at the listening port",
        });
        break;
      default:
        if (this.#settings.singlePort) return await this.tellStranger(bytes, from, port);
        await this.#tell(from, port, {
          code: ErrorCode.IllegalOperation,
          reason: "DATA or ACK at the listening port",
        });
    }
  }

  /** RFC 1350 §4: what belongs to no transfer gets ERROR 5; an ERROR gets nothing. */
  async tellStranger(bytes: Uint8Array, from: Address, port: Port): Promise<void> {
    if (bytes.length < 4 || bytes[1] === Opcode.ERROR) return;
    await this.#tell(from, port, { code: ErrorCode.UnknownTid, reason: "packet of no transfer" });
  }

  async #admit(request: RequestPacket, from: Address, port: Port): Promise<void> {
    try {
      await this.#settings.admit(request, from, port);
    } catch (error) {
      if (!(error instanceof TftpError)) throw error;
      await this.#refuse(request, from, { port, error });
    }
  }

  async #refuse(
    request: RequestPacket,
    from: Address,
    { port, error }: { port: Port; error: TftpError },
  ): Promise<void> {
    const { code, message } = error;
    const hint = code === ErrorCode.FileNotFound
      ? this.#settings.admission.hint(request, from)
      : undefined;
    this.#settings.log({
      kind: "refused",
      ...detailsOf(request, from),
      code,
      message,
      ...(error.cause ? { cause: describeError(error.cause) } : {}),
      ...(hint === undefined ? {} : { hint }),
    });
    if (!this.#refusals.allows(from.hostname, this.#settings.clock.nowMs())) return;
    await this.#sendError(from, port, { code, message });
  }

  /** An address that is not listened to: ERROR 2 for its requests, or nothing at all. */
  async #turnAway(bytes: Uint8Array, from: Address, port: Port): Promise<void> {
    const message = "Not an address that is served";
    const request = requestIn(bytes);
    if (!request) return this.#drop(from, message);
    // A stranger that goes on asking must not fill the log either.
    if (!this.#limiter.allows(from.hostname, this.#settings.clock.nowMs())) return;
    const code = ErrorCode.AccessViolation;
    this.#settings.log({ kind: "refused", ...detailsOf(request, from), code, message });
    if (this.#settings.admission.policy.quietDeny) return;
    await this.#sendError(from, port, { code, message: errorSentence(code) });
  }

  /** Bytes that are no packet: a broken request is told so, most of the rest too, rarely. */
  async #refuseGarbage(error: PacketError, from: Address, port: Port): Promise<void> {
    if (error.opcode === undefined || error.opcode === Opcode.ERROR) {
      return this.#drop(from, error.message);
    }
    await this.#tell(from, port, { code: ErrorCode.IllegalOperation, reason: error.message });
  }

  /** Answers nonsense with a short ERROR, unless this address had its share of them. */
  async #tell(
    from: Address,
    port: Port,
    { code, reason }: { code: number; reason: string },
  ): Promise<void> {
    this.#drop(from, reason);
    if (!this.#limiter.allows(from.hostname, this.#settings.clock.nowMs())) return;
    await this.#sendError(from, port, { code, message: errorSentence(code) });
  }

  #drop(from: Address, reason: string): void {
    this.#settings.log({ kind: "dropped", client: formatAddress(from), reason });
  }

  async #sendError(
    to: Address,
    port: Port,
    { code, message }: { code: number; message: string },
  ): Promise<void> {
    const bytes = encodePacket({ opcode: Opcode.ERROR, code, message });
    try {
      await port.endpoint.send(bytes, to);
    } catch (error) {
      this.#settings.log({ kind: "trouble", message: `No ERROR sent: ${describeError(error)}` });
    }
  }

  #trouble(error: unknown): void {
    this.#settings.log({ kind: "trouble", message: describeError(error) });
  }
}

function requestIn(bytes: Uint8Array): RequestPacket | undefined {
  const packet = packetIn(bytes);
  return packet?.opcode === Opcode.RRQ || packet?.opcode === Opcode.WRQ ? packet : undefined;
}

function detailsOf(request: RequestPacket, from: Address) {
  return {
    client: formatAddress(from),
    direction: request.opcode === Opcode.RRQ ? "get" : "put",
    filename: request.filename,
    mode: request.mode.toLowerCase(),
  } as const;
}
