/**
 * One request, granted: its file, its machine, what is known of its client, and the record it
 * leaves.
 *
 * The machine repeats its flights by itself; here it is decided when it may. A client that was
 * never heard gets one packet for each request and no repeats, since its address may be forged. A
 * client that has asked for the same file from another port is thought to have begun anew: its old
 * transfer ends quietly and soon, unless something is heard of it after all.
 */

import {
  type Address,
  encodePacket,
  maxWindowsizeFor,
  Opcode,
  PeerSilentError,
  type RequestPacket,
  TftpError,
} from "../protocol/mod.ts";
import type { Clock, Ticking } from "../engine/clock.ts";
import { Drive } from "../engine/driver.ts";
import { abandonAfter } from "../engine/ends.ts";
import type { Endpoint } from "../net/endpoint.ts";
import type { Recipient } from "../engine/port.ts";
import { type Cargo, type CargoSettings, openCargo } from "./cargo.ts";
import type { TransferRecord, TransferResult } from "./log_record.ts";
import type { ProvedAddresses } from "./proved_addresses.ts";
import { formatAddress } from "../engine/address.ts";

/** A first answer that nothing came back for is kept this long. */
const UNPROVED_MS = 15_000;

/** A transfer whose client seems to have begun anew is kept this long. */
const SUPERSEDED_MS = 5000;

/** An OACK or ACK 0 is not sent again for requests that come closer together than this. */
const ANSWER_GUARD_MS = 50;

/**
 * The same for DATA 1. Boot ROMs that ask twice within milliseconds hang on DATA that comes twice.
 */
const DATA_GUARD_MS = 250;

/** An OACK that was sent twice, and is older than this, is one that the client can't read. */
const UNREAD_OACK_MS = 1000;

/** A client that asks again for what it is being sent, after as much silence, has begun anew. */
const RESTART_MS = 1000;

/** What to do about a request that comes again. */
export type Repeated = "ignore" | "answer again" | "answer plainly" | "begin anew";

export interface ServedTransferSettings extends CargoSettings {
  readonly client: Address;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly proved: ProvedAddresses;
  /** Grant no options: the client has not understood an OACK. */
  readonly plainly?: boolean;
}

export class ServedTransfer implements Recipient {
  readonly client: Address;
  readonly request: RequestPacket;
  readonly drive: Drive;
  /** Settles with what there is to say of the transfer, when it is whole or has failed. */
  readonly record: Promise<TransferRecord>;
  /** Whether the outcome is known; a Receiver may still dally. */
  settled = false;
  readonly #settings: ServedTransferSettings;
  readonly #cargo: Cargo;
  readonly #clock: Clock;
  readonly #startedMs: number;
  #answeredMs = Infinity;
  #answers = 0;
  #heardMs = -Infinity;
  #rttMs: number | undefined;
  #supersededMs: number | undefined;
  #supersededBy = "";
  /** The plain answer to the same request, while this one's OACK may still be on its way. */
  #plainer: ServedTransfer | undefined;
  #retired = false;

  /**
   * Opens the file. Throws a local {@linkcode TftpError}, whose code and message are the answer.
   */
  constructor(request: RequestPacket, settings: ServedTransferSettings) {
    const { client, endpoint, clock, plainly } = settings;
    this.client = client;
    this.request = request;
    this.#settings = settings;
    this.#clock = clock;
    this.#startedMs = clock.nowMs();
    this.#cargo = openCargo(plainly ? { ...request, options: [] } : request, settings);
    const gated = new GatedClock(clock, (nowMs) => this.#mayRepeat(nowMs));
    this.drive = new Drive({ ...this.#cargo, endpoint, clock: gated, peer: client });
    this.record = this.#conclude();
  }

  /** Whether anything was heard of the client since its request. */
  get heard(): boolean {
    return this.#heardMs > -Infinity;
  }

  /** The part of its port's receive buffer that a window of this transfer may fill. */
  get receiveShare(): number {
    if (this.request.opcode === Opcode.RRQ) return 0;
    const { blksize, windowsize } = this.#cargo.machine.agreement;
    return windowsize / maxWindowsizeFor(blksize);
  }

  /** How long nothing was heard of the client. */
  silentMs(nowMs: number): number {
    return nowMs - Math.max(this.#heardMs, this.#startedMs);
  }

  /** Sends the first answer; settles when it has left. */
  async start(): Promise<void> {
    await this.drive.start();
    this.#answeredMs = this.#clock.nowMs();
    this.#answers = 1;
  }

  /** A datagram of the client's, for this transfer. */
  deliver(bytes: Uint8Array, nowMs: number): Promise<void> | void {
    if (bytes[1] === Opcode.DATA || bytes[1] === Opcode.ACK || bytes[1] === Opcode.ERROR) {
      this.#hear(nowMs);
    }
    return this.drive.deliver(bytes, nowMs);
  }

  /** Whether a request is word for word this one. */
  isAskedBy({ opcode, filename, mode, options }: RequestPacket): boolean {
    return this.isSameFile(opcode, filename) && mode === this.request.mode &&
      JSON.stringify(options) === JSON.stringify(this.request.options);
  }

  isSameFile(opcode: number, filename: string): boolean {
    return opcode === this.request.opcode && filename === this.request.filename;
  }

  /** The same request has come again from the same port. */
  repeated(nowMs: number): Repeated {
    if (this.settled) return "begin anew";
    if (this.heard) return nowMs - this.#heardMs < RESTART_MS ? "ignore" : "begin anew";
    const sinceMs = nowMs - this.#answeredMs;
    const { granted } = this.#cargo.machine.agreement;
    const isData = this.request.opcode === Opcode.RRQ && granted.length === 0;
    if (this.#answers === 0 || sinceMs < (isData ? DATA_GUARD_MS : ANSWER_GUARD_MS)) {
      return "ignore";
    }
    const isUnread = granted.length > 0 && this.#answers + this.#cargo.machine.retransmits > 1 &&
      nowMs - this.#startedMs >= UNREAD_OACK_MS && sinceMs >= DATA_GUARD_MS;
    return isUnread ? "answer plainly" : "answer again";
  }

  /** Sends the first answer once more: an OACK, ACK 0 or DATA 1. */
  async answerAgain(): Promise<void> {
    const { machine } = this.#cargo;
    const { granted: options } = machine.agreement;
    const bytes = options.length > 0
      ? encodePacket({ opcode: Opcode.OACK, options })
      : this.request.opcode === Opcode.WRQ
      ? encodePacket({ opcode: Opcode.ACK, block: 0 })
      : machine.dataBytes(1);
    this.#answers++;
    this.#answeredMs = this.#clock.nowMs();
    // A datagram that can't be sent is a datagram lost.
    await this.#settings.endpoint.send(bytes, this.client).catch(() => {});
  }

  /** The client has asked for the same file from another port. */
  supersede(by: Address): void {
    if (this.settled) return;
    this.#supersededMs = this.#clock.nowMs();
    this.#supersededBy = formatAddress(by);
  }

  /**
   * The client has asked again as if it could not read the OACK, and now has a plain answer too.
   * This one keeps silent, but if its OACK was only late, it is the one that goes on.
   */
  standBy(plainer: ServedTransfer): void {
    this.supersede(plainer.client);
    this.#plainer = plainer;
  }

  /** Ends without a word to the client, which waits for nothing here. */
  retire(error: Error): void {
    this.#retired = true;
    this.#settings.throttle?.release();
    this.drive.retire(error);
  }

  #hear(nowMs: number): void {
    if (!this.heard) {
      const { machine } = this.#cargo;
      if (this.#answers === 1 && machine.retransmits === 0) this.#rttMs = nowMs - this.#answeredMs;
      this.#settings.proved.prove(this.client.hostname, nowMs);
    }
    this.#heardMs = nowMs;
    this.#supersededMs = undefined;
    this.#plainer?.retire(new RetiredError("the client took the options after all"));
    this.#plainer = undefined;
  }

  #mayRepeat(nowMs: number): boolean {
    if (this.#retired) return true;
    if (this.#supersededMs !== undefined) {
      if (nowMs - this.#supersededMs >= SUPERSEDED_MS) {
        this.retire(new RetiredError(`the client began anew from ${this.#supersededBy}`));
      }
      // Another client behind the same address may still wait for what was lost.
      if (this.#plainer) return this.#retired;
    }
    if (this.heard || this.#settings.proved.has(this.client.hostname, nowMs)) return true;
    const silentMs = nowMs - this.#startedMs;
    if (silentMs >= Math.min(UNPROVED_MS, this.#settings.policy.idleTimeoutMs)) {
      this.retire(new PeerSilentError("answer", silentMs, false));
    }
    return false;
  }

  async #conclude(): Promise<TransferRecord> {
    const { error, note, elapsedMs } = await this.drive.outcome;
    this.settled = true;
    const { source, sink, machine } = this.#cargo;
    source?.close();
    const failure = error && sink ? abandonAfter(error, sink) : error;
    const { filename } = this.request;
    const result = this.#result(failure);
    return {
      result,
      client: formatAddress(this.client),
      direction: this.request.opcode === Opcode.RRQ ? "get" : "put",
      filename,
      ...(this.#settings.filename === filename ? {} : { rewritten: this.#settings.filename }),
      mode: this.request.mode.toLowerCase(),
      bytes: machine.bytes,
      elapsedMs,
      agreement: machine.agreement,
      retransmits: machine.retransmits + Math.max(0, this.#answers - 1),
      ...(this.#rttMs === undefined ? {} : { rttMs: this.#rttMs }),
      ...(failure ? { error: failure } : {}),
      ...(note === undefined ? {} : { note }),
    };
  }

  #result(error: Error | undefined): TransferResult {
    if (!error) return "done";
    if (this.#retired && error instanceof RetiredError) return "retired";
    return isProbe(error, this.request.opcode, this.#cargo) ? "probe" : "failed";
  }
}

/** A transfer that its own client has given up for another. */
export class RetiredError extends Error {
  override name = "RetiredError";
}

/** Boot firmware asks for a file's size with an RRQ, and calls it off once the OACK has told it. */
function isProbe(error: Error, opcode: number, { machine }: Cargo): boolean {
  const calledOff = error instanceof TftpError && error.side === "peer" &&
    (error.code === 0 || error.code === 8);
  return calledOff && opcode === Opcode.RRQ && machine.bytes === 0 &&
    machine.agreement.granted.length > 0;
}

/** A clock that lets a drive see its deadlines only while it may act on them. */
class GatedClock implements Clock, Ticking {
  readonly #clock: Clock;
  readonly #isOpen: (nowMs: number) => boolean;
  #ticking: Ticking | undefined;

  constructor(clock: Clock, isOpen: (nowMs: number) => boolean) {
    this.#clock = clock;
    this.#isOpen = isOpen;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  add(ticking: Ticking): void {
    this.#ticking = ticking;
    this.#clock.add(this);
  }

  remove(): void {
    this.#clock.remove(this);
  }

  tick(nowMs: number): number | void {
    if (this.#isOpen(nowMs)) return this.#ticking?.tick(nowMs);
  }
}
