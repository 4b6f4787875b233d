/** How a client of others opens: it repeats its request and becomes what the answer makes of it. */

import {
  type Action,
  type Agreement,
  type Blocks,
  confirm,
  type Machine,
  NOTHING,
  Opcode,
  type Packet,
  PeerSilentError,
  PLAIN_AGREEMENT,
  type RequestPacket,
  TftpError,
} from "../../../src/protocol/mod.ts";

export interface PeerOpeningSettings {
  readonly waitMs: number;
  readonly retries: number;
  /** Makes the receiver or sender that follows. */
  become(agreement: Agreement): Machine;
}

export class PeerOpening implements Machine {
  readonly #request: RequestPacket;
  readonly #settings: PeerOpeningSettings;
  #transfer: Machine | undefined;
  #ended = false;
  #repeats = 0;
  #deadlineMs = Infinity;

  constructor(request: RequestPacket, settings: PeerOpeningSettings) {
    this.#request = request;
    this.#settings = settings;
  }

  get answered(): boolean {
    return this.#transfer !== undefined;
  }

  get blocks(): Blocks | undefined {
    return this.#transfer?.blocks;
  }

  get done(): boolean {
    return this.#transfer?.done ?? this.#ended;
  }

  get agreement(): Agreement | undefined {
    return this.#transfer?.agreement;
  }

  get bytes(): number {
    return this.#transfer?.bytes ?? 0;
  }

  get retransmits(): number {
    return this.#transfer?.retransmits ?? 0;
  }

  get deadlineMs(): number {
    return this.#transfer?.deadlineMs ?? this.#deadlineMs;
  }

  start(nowMs: number): readonly Action[] {
    this.#deadlineMs = nowMs + this.#settings.waitMs;
    return [{ kind: "send", packet: this.#request }];
  }

  receive(packet: Packet, nowMs: number): readonly Action[] {
    if (this.#transfer) return this.#transfer.receive(packet, nowMs);
    if (this.#ended) return NOTHING;
    const reads = this.#request.opcode === Opcode.RRQ;
    switch (packet.opcode) {
      case Opcode.OACK:
        return this.#become(confirm(this.#request.options, packet.options)).start(nowMs);
      case Opcode.DATA:
        if (!reads || packet.block !== 1) return NOTHING;
        return this.#become(PLAIN_AGREEMENT).receive(packet, nowMs);
      case Opcode.ACK:
        if (reads || packet.block !== 0) return NOTHING;
        return this.#become(PLAIN_AGREEMENT).start(nowMs);
      case Opcode.ERROR:
        return this.#fail(new TftpError("peer", packet.code, packet.message));
      default:
        return NOTHING;
    }
  }

  timeout(nowMs: number): readonly Action[] {
    if (this.#transfer) return this.#transfer.timeout(nowMs);
    if (this.#ended) return NOTHING;
    if (this.#repeats++ >= this.#settings.retries) {
      return this.#fail(new PeerSilentError("answer", 0, false));
    }
    return this.start(nowMs);
  }

  loaded(length: number, nowMs: number): readonly Action[] {
    return this.#transfer?.loaded(length, nowMs) ?? NOTHING;
  }

  abort(error: Error, code: number, message: string): readonly Action[] {
    return this.#transfer?.abort(error, code, message) ?? this.#fail(error);
  }

  unreachable(error: Error): readonly Action[] {
    return this.#transfer?.unreachable(error) ?? this.#fail(error);
  }

  #become(agreement: Agreement): Machine {
    this.#transfer = this.#settings.become(agreement);
    return this.#transfer;
  }

  #fail(error: Error): readonly Action[] {
    this.#ended = true;
    this.#deadlineMs = Infinity;
    return [{ kind: "fail", error }];
  }
}
