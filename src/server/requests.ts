/**
 * Datagrams at the listening ports that belong to no transfer: finds the requests of clients that
 * are allowed, and answers the rest. Pure.
 */

import {
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
import { addressKey, formatAddress } from "../engine/address.ts";
import type { Clock } from "../engine/clock.ts";
import { ErrorLimiter } from "../engine/error_limiter.ts";
import type { Peer } from "../engine/network.ts";
import type { Port } from "../engine/port.ts";
import { admits } from "./access_list.ts";
import type { Admission } from "./admission.ts";
import { DeferredRequests } from "./deferred_requests.ts";
import { describeError, type LogRecord } from "./log_record.ts";
import { RequestQueue, TOO_MANY_REQUESTS } from "./request_queue.ts";

/** Refusals in a row for one address: a boot ROM asks for dozens of files that do not exist. */
const REFUSAL_BURST = 1000;

/** After how long one more is allowed. */
const REFUSAL_REFILL_MS = 5;

export interface RequestsSettings {
  readonly admission: Admission;
  readonly clock: Clock;
  readonly singlePort: boolean;
  /** Whether the listening sockets can hold so many requests that no queue is needed. */
  readonly eager: boolean;
  /**
   * Takes a request that may become a transfer. To refuse, it throws a `TftpError`, or calls
   * `refused` later.
   */
  admit(asked: ReceivedRequest, refused: (error: TftpError) => void): void;
  log(record: LogRecord): void;
}

/** A datagram at a listening port. */
interface Arrival {
  readonly bytes: Uint8Array;
  readonly from: Peer;
  readonly port: Port;
}

/** A request, and the port that it came to. */
export interface ReceivedRequest {
  readonly request: RequestPacket;
  readonly from: Peer;
  readonly port: Port;
}

export class Requests {
  #closed = false;
  readonly #settings: RequestsSettings;
  readonly #queue: RequestQueue<Arrival>;
  readonly #deferred: DeferredRequests<ReceivedRequest>;
  readonly #limiter = new ErrorLimiter();
  readonly #refusals = new ErrorLimiter({ burst: REFUSAL_BURST, refillMs: REFUSAL_REFILL_MS });

  constructor(settings: RequestsSettings) {
    this.#settings = settings;
    const { clock } = settings;
    this.#queue = new RequestQueue((arrival) => this.#guarded(() => this.#take(arrival)), clock);
    this.#deferred = new DeferredRequests(
      (asked) => this.#guarded(() => this.#admit(asked)),
      clock,
    );
  }

  /** Number of requests in the queue. */
  get waiting(): number {
    return this.#queue.size + this.#deferred.size;
  }

  /** Addresses whose ERRORs are counted. */
  get remembered(): number {
    return this.#limiter.size + this.#refusals.size;
  }

  /** Accepts no more requests. */
  close(): void {
    this.#closed = true;
    this.#queue.close();
    this.#deferred.close();
  }

  /** A datagram at a listening port: it is queued, so that the next can be received. */
  receive(bytes: Uint8Array, from: Peer, port: Port): void {
    // RFC 768: port 0 means that no answer is wanted, and none can be sent there.
    if (from.port === 0) return this.#drop(from, "sent from port 0");
    // A datagram that is too long to be a request is not queued.
    if (this.#settings.eager || bytes.length > MAX_REQUEST_BYTES) {
      return this.#guarded(() => this.#take({ bytes, from, port }));
    }
    if (this.#queue.enqueue({ bytes: bytes.slice(), from, port })) return;
    this.#drop(from, TOO_MANY_REQUESTS);
  }

  /** Only requests belong at a listening port. */
  #take({ bytes, from, port }: Arrival): void {
    const { policy, transfers } = this.#settings.admission;
    // RFC 1123 §4.2.3.5: a request to a broadcast address is ignored.
    if (from.broadcast && !policy.broadcast) return this.#drop(from, "sent to a broadcast address");
    if (!admits(policy.access, from.hostname)) return this.#deny({ bytes, from, port });
    // An answer means nothing here, so it is not read any further.
    if (isAnswer(bytes)) return this.#refuseAnswer(bytes, from, port);
    let packet: Packet;
    try {
      packet = decodePacket(bytes);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      return this.#refuseInvalid(error, from, port);
    }
    switch (packet.opcode) {
      case Opcode.RRQ:
      case Opcode.WRQ: {
        if (this.#closed) break;
        const asked = { request: packet, from, port };
        if (transfers.get(from)?.settled === false) this.#deferred.defer(addressKey(from), asked);
        else this.#admit(asked);
        break;
      }
      case Opcode.ERROR: {
        // Before its first answer, a client knows no other port to send its ERROR to.
        const transfer = transfers.get(from);
        if (transfer?.isWaiting) return transfer.receive(bytes, this.#settings.clock.nowMs());
        // RFC 1350 §7: an ERROR is never answered.
        return this.#drop(from, "ERROR for an unknown transfer");
      }
    }
  }

  /** DATA, ACK or OACK: with a single port, a stranger may have meant a transfer. */
  #refuseAnswer(bytes: Uint8Array, from: Peer, port: Port): void {
    const isOack = bytes[1] === Opcode.OACK;
    if (this.#settings.singlePort && !isOack) return this.tellStranger(bytes, from, port);
    this.#sendErrorWithinLimit(from, port, {
      code: ErrorCode.IllegalOperation,
      reason: `${isOack ? "OACK" : "DATA or ACK"} at the listening port`,
    });
  }

  /** RFC 1350 §4: a packet of no transfer gets ERROR 5; an ERROR gets no answer. */
  tellStranger(bytes: Uint8Array, from: Peer, port: Port): void {
    if (bytes.length < 4 || bytes[1] === Opcode.ERROR || from.port === 0) return;
    this.#sendErrorWithinLimit(from, port, {
      code: ErrorCode.UnknownTid,
      reason: "packet for an unknown transfer",
    });
  }

  #admit(asked: ReceivedRequest): void {
    try {
      this.#settings.admit(asked, (error) => this.#refuse(asked, error));
    } catch (error) {
      if (!(error instanceof TftpError)) throw error;
      this.#refuse(asked, error);
    }
  }

  #refuse({ request, from, port }: ReceivedRequest, error: TftpError): void {
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
    this.#sendError(from, port, { code, message });
  }

  /** An address that is not allowed: ERROR 2 for its requests, or no answer. */
  #deny({ bytes, from, port }: Arrival): void {
    const message = "This address may not fetch or send files here";
    if (!isRequest(bytes)) return this.#drop(from, message);
    // An address that keeps asking must not fill the log either, and costs no decoding.
    if (!this.#limiter.allows(from.hostname, this.#settings.clock.nowMs())) return;
    const request = requestIn(bytes);
    if (!request) return this.#drop(from, message);
    const code = ErrorCode.AccessViolation;
    this.#settings.log({ kind: "refused", ...detailsOf(request, from), code, message });
    if (this.#settings.admission.policy.denySilently) return;
    this.#sendError(from, port, { code, message });
  }

  /**
   * Invalid packets: they get an ERROR, unless it is unknown what they were or they were an ERROR.
   */
  #refuseInvalid(error: PacketError, from: Peer, port: Port): void {
    if (error.opcode === undefined || error.opcode === Opcode.ERROR) {
      return this.#drop(from, error.message, { malformed: true });
    }
    const { message: reason } = error;
    this.#sendErrorWithinLimit(from, port, {
      code: ErrorCode.IllegalOperation,
      reason,
      malformed: true,
    });
  }

  /** Answers an invalid packet with a short ERROR, within the limit of its address. */
  #sendErrorWithinLimit(
    from: Peer,
    port: Port,
    { code, reason, ...how }: { code: number; reason: string; malformed?: true },
  ): void {
    this.#drop(from, reason, how);
    if (!this.#limiter.allows(from.hostname, this.#settings.clock.nowMs())) return;
    this.#sendError(from, port, { code, message: errorSentence(code) });
  }

  #drop(from: Peer, reason: string, how: { malformed?: true } = {}): void {
    this.#settings.log({ kind: "dropped", client: formatAddress(from), reason, ...how });
  }

  #sendError(
    to: Peer,
    port: Port,
    { code, message }: { code: number; message: string },
  ): void {
    port.socket.send(encodePacket({ opcode: Opcode.ERROR, code, message }), to);
  }

  /** An internal error at one request must not stop the others. */
  #guarded(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#settings.log({ kind: "error", message: describeError(error) });
    }
  }
}

/** Whether the opcode of a packet is that of DATA, ACK or OACK. */
function isAnswer(bytes: Uint8Array): boolean {
  if (bytes.length < 4 || bytes[0] !== 0) return false;
  return bytes[1] === Opcode.DATA || bytes[1] === Opcode.ACK || bytes[1] === Opcode.OACK;
}

function isRequest(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && (bytes[1] === Opcode.RRQ || bytes[1] === Opcode.WRQ);
}

function requestIn(bytes: Uint8Array): RequestPacket | undefined {
  const packet = packetIn(bytes);
  return packet?.opcode === Opcode.RRQ || packet?.opcode === Opcode.WRQ ? packet : undefined;
}

function detailsOf(request: RequestPacket, from: Peer) {
  return {
    client: formatAddress(from),
    direction: request.opcode === Opcode.RRQ ? "get" : "put",
    filename: request.filename,
    mode: request.mode.toLowerCase(),
  } as const;
}
