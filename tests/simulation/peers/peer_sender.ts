/**
 * A sender as others have written it: it holds the whole file, always goes back to the block
 * after an acknowledged one, and its waits are always the same. With the Sorcerer's Apprentice
 * fault it answers every ACK with DATA, however old the ACK is.
 */

import {
  type Action,
  type Agreement,
  type Machine,
  nearestIndex,
  NOTHING,
  type OackPacket,
  Opcode,
  type Packet,
  PeerSilentError,
  type Rollover,
  TftpError,
} from "../../../src/protocol/mod.ts";
import { SendWindow } from "../../../src/protocol/send_window.ts";

export interface PeerSenderManner {
  readonly apprentice: boolean;
  readonly waitMs: number;
  readonly retries: number;
}

export interface PeerSenderSettings {
  readonly manner: PeerSenderManner;
  readonly content: Uint8Array;
  /** The block number after 65535, whatever was agreed. */
  readonly rollover: Rollover;
  readonly oack?: OackPacket;
}

export class PeerSender implements Machine {
  readonly agreement: Agreement;
  readonly retransmits = 0;
  bytes = 0;
  done = false;
  deadlineMs = Infinity;
  readonly blocks: SendWindow;
  readonly #settings: PeerSenderSettings;
  readonly #last: number;
  #base: number;
  #next = 1;
  #repeats = 0;
  #rewound = false;

  constructor(agreement: Agreement, settings: PeerSenderSettings) {
    this.agreement = agreement;
    this.#settings = settings;
    const { blksize, windowsize } = agreement;
    const { content, rollover } = settings;
    this.blocks = new SendWindow({ blksize, windowsize, rollover, content });
    this.#base = settings.oack ? 0 : 1;
    this.#last = Math.floor(settings.content.length / agreement.blksize) + 1;
  }

  start(nowMs: number): readonly Action[] {
    return this.#window(nowMs);
  }

  receive(packet: Packet, nowMs: number): readonly Action[] {
    if (this.done) return NOTHING;
    if (packet.opcode === Opcode.ERROR) {
      this.#end();
      return [{ kind: "fail", error: new TftpError("peer", packet.code, packet.message) }];
    }
    if (packet.opcode !== Opcode.ACK) return NOTHING;
    const index = nearestIndex(packet.block, this.#base, this.#settings.rollover);
    if (index >= this.#next || index < 0) return NOTHING;
    if (index < this.#base) return this.#again(index, nowMs);
    this.#base = index + 1;
    this.#repeats = 0;
    this.#rewound = false;
    if (index === this.#last) {
      this.#end();
      return [{ kind: "finish" }];
    }
    return this.#window(nowMs);
  }

  timeout(nowMs: number): readonly Action[] {
    if (this.done) return NOTHING;
    if (this.#repeats++ < this.#settings.manner.retries) return this.#window(nowMs);
    this.#end();
    return [{ kind: "fail", error: new PeerSilentError("acknowledgement", 0, this.#next > 1) }];
  }

  loaded(): readonly Action[] {
    return NOTHING;
  }

  abort(error: Error, code: number, message: string): readonly Action[] {
    this.#end();
    return [
      { kind: "send", packet: { opcode: Opcode.ERROR, code, message } },
      { kind: "fail", error },
    ];
  }

  unreachable(error: Error): readonly Action[] {
    this.#end();
    return [{ kind: "fail", error }];
  }

  #again(index: number, nowMs: number): readonly Action[] {
    if (this.#base === 0) return NOTHING;
    if (this.#settings.manner.apprentice) {
      const first = index + 1;
      const last = Math.min(index + this.agreement.windowsize, this.#last, this.#next - 1);
      return [{ kind: "data", first, last }];
    }
    if (this.agreement.windowsize === 1 || index < this.#base - 1 || this.#rewound) return NOTHING;
    this.#rewound = true;
    return this.#window(nowMs);
  }

  #window(nowMs: number): readonly Action[] {
    this.deadlineMs = nowMs + this.#settings.manner.waitMs;
    if (this.#base === 0) return [{ kind: "send", packet: this.#settings.oack! }];
    const last = Math.min(this.#base + this.agreement.windowsize - 1, this.#last);
    this.#next = Math.max(this.#next, last + 1);
    return [{ kind: "data", first: this.#base, last }];
  }

  #end(): void {
    this.done = true;
    this.deadlineMs = Infinity;
  }
}
