/**
 * One request, granted: its file, its machine, what is known of its client, and the record it
 * leaves. Pure.
 *
 * The machine repeats its flights by itself; here it is decided when it may. A client that was
 * never heard gets one packet for each request and no repeats, since its address may be forged. A
 * client that has asked for the same file from another port is thought to have restarted: its old
 * transfer ends quietly and soon, unless something is heard of it after all.
 */

import {
  type Address,
  type Machine,
  maxWindowsizeFor,
  Opcode,
  PeerSilentError,
  type RequestPacket,
} from "../protocol/mod.ts";
import { formatAddress } from "../engine/address.ts";
import type { Clock } from "../engine/clock.ts";
import { Driver, type Outcome } from "../engine/driver.ts";
import { abandonAfter } from "../engine/ends.ts";
import type { Peer, Socket } from "../engine/network.ts";
import type { Recipient } from "../engine/port.ts";
import type { TransferRecord } from "./log_record.ts";
import { type OpenedFile, openFile, type OpenSettings } from "./opened_file.ts";
import { ReplacedError, resultOf } from "./transfer_result.ts";
import { type ValidatedAddresses, validates } from "./validated_addresses.ts";

/** A first answer that nothing came back for is kept this long. */
const UNHEARD_MS = 60_000;

/** A transfer whose client seems to have restarted is kept this long. */
const SUPERSEDED_MS = 5000;

/** An OACK or ACK 0 is not sent again for requests that come closer together than this. */
const ANSWER_GUARD_MS = 50;

/**
 * The same for DATA 1. Boot ROMs that ask twice within milliseconds hang on DATA that comes twice.
 */
const DATA_GUARD_MS = 250;

/** An OACK that was sent twice, and is older than this, is one that the client can't read. */
const UNREAD_OACK_MS = 1000;

/** A client that asks again for what it is being sent, after as much silence, has restarted. */
const RESTART_MS = 1000;

/** What to do about a request that comes again. */
export type Repeated = "ignore" | "answer again" | "answer plainly" | "restart";

export interface TransferSettings extends OpenSettings {
  readonly client: Peer;
  readonly socket: Socket;
  readonly clock: Clock;
  readonly validated: ValidatedAddresses;
  /** Grant no options: the client has not understood an OACK. */
  readonly plainly?: boolean;
  /** The client was heard of while the transfer {@linkcode Transfer.isOpening}. */
  heardOf(): void;
  /** The client has been heard again, so this is its transfer and not the newer one. */
  wentOn(newer: Transfer): void;
  /** Called once, with what there is to say of it, when it is whole or has failed. */
  settled(record: TransferRecord): void;
  /** Called once, after that, when it is over: a receiver may dally in between. */
  ended(): void;
}

export class Transfer implements Recipient {
  readonly client: Peer;
  readonly request: RequestPacket;
  /** Whether the outcome is known; a Receiver may still dally. */
  settled = false;
  readonly #settings: TransferSettings;
  readonly #file: OpenedFile;
  readonly #driver: Driver;
  readonly #startedMs: number;
  #answeredMs = Infinity;
  /** Whether it may still be no more than an opening. */
  #isOpening = true;
  #heardTimes = 0;
  /** When the request came last. */
  #askedMs: number;
  #heardMs = -Infinity;
  #rttMs: number | undefined;
  #supersededMs: number | undefined;
  #supersededBy: Address | undefined;
  /** The other transfer of the same request, while it is open which of the two goes on. */
  #newer: Transfer | undefined;
  #replaced = false;

  /**
   * Opens the file. Throws a local {@linkcode TftpError}, whose code and message are the answer.
   */
  constructor(request: RequestPacket, settings: TransferSettings) {
    const { client, socket, clock, plainly } = settings;
    this.client = client;
    this.request = request;
    this.#settings = settings;
    this.#startedMs = clock.nowMs();
    this.#askedMs = this.#startedMs;
    this.#file = openFile(plainly ? { ...request, options: [] } : request, settings);
    this.#driver = new Driver({
      ...this.#file,
      ...{ socket, clock, peer: client },
      mayRepeat: (nowMs) => this.#mayRepeat(nowMs),
      settled: (outcome) => this.#settle(outcome),
      ended: () => settings.ended(),
    });
  }

  /** Whether anything was heard of the client since its request. */
  get heard(): boolean {
    return this.#heardMs > -Infinity;
  }

  /**
   * Whether it has not got beyond its first packets: its client was heard of no more than once, or
   * has taken or sent nothing.
   */
  get isOpening(): boolean {
    return this.#isOpening;
  }

  /** What moves the file. */
  get machine(): Machine {
    return this.#file.machine;
  }

  /** The address that it is answered from. */
  get local(): Address {
    return this.#settings.socket.address;
  }

  /** The part of its port's receive buffer that a window of this transfer may fill. */
  get receiveShare(): number {
    if (this.request.opcode === Opcode.RRQ) return 0;
    const { blksize, windowsize } = this.#file.machine.agreement;
    return windowsize / maxWindowsizeFor(blksize, this.#settings.receiveBufferBytes);
  }

  /** How long nothing was heard of the client. */
  silentMs(nowMs: number): number {
    return nowMs - Math.max(this.#heardMs, this.#startedMs);
  }

  /** Sends the first answer. */
  start(): void {
    this.#driver.start();
    this.#answeredMs = this.#settings.clock.nowMs();
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    const isHeard = validates(bytes);
    if (isHeard) this.#hear(nowMs);
    this.#driver.receive(bytes, nowMs);
    if (isHeard && this.#isOpening) this.#open();
  }

  unsendable(error: Error): void {
    this.#driver.unsendable(error);
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
    this.#askedMs = nowMs;
    if (this.settled) return "restart";
    if (this.heard) return nowMs - this.#heardMs < RESTART_MS ? "ignore" : "restart";
    const sinceMs = nowMs - this.#answeredMs;
    const { agreement: { granted }, retransmits } = this.#file.machine;
    const isData = this.request.opcode === Opcode.RRQ && granted.length === 0;
    if (!(sinceMs >= (isData ? DATA_GUARD_MS : ANSWER_GUARD_MS))) return "ignore";
    const isUnread = granted.length > 0 && retransmits > 0 &&
      nowMs - this.#startedMs >= UNREAD_OACK_MS && sinceMs >= DATA_GUARD_MS;
    return isUnread ? "answer plainly" : "answer again";
  }

  /** Sends the first answer once more: an OACK, ACK 0 or DATA 1. */
  answerAgain(): void {
    this.#answeredMs = this.#settings.clock.nowMs();
    this.#driver.act(this.#file.machine.answerAgain());
  }

  /** The client has asked for the same file from another port. */
  supersede(by: Address): void {
    if (this.settled) return;
    this.#supersededMs = this.#settings.clock.nowMs();
    this.#supersededBy = by;
  }

  /**
   * The client has asked again, as if it had restarted or could not read the OACK, and has another
   * answer too. This one keeps silent, but if the request was only late, it is the one that goes
   * on.
   */
  giveWay(newer: Transfer): void {
    this.supersede(newer.client);
    if (!this.settled) this.#newer = newer;
  }

  /** Ends without a word to the client, which waits for nothing here. */
  replace(error: Error): void {
    this.#replaced = true;
    this.#settings.throttle?.release();
    this.#driver.replace(error);
  }

  /** The same at once: what comes late does not find it any more. */
  drop(error: Error): void {
    this.#replaced = true;
    this.#settings.throttle?.release();
    this.#driver.drop(error);
  }

  /** Stops, and tells the client why. */
  cancel(reason: string): void {
    this.#driver.cancel(reason);
  }

  #hear(nowMs: number): void {
    if (!this.heard) {
      const { machine } = this.#file;
      if (machine.retransmits === 0) this.#rttMs = nowMs - this.#answeredMs;
      this.#settings.validated.validate(this.client.hostname, nowMs);
    }
    this.#heardMs = nowMs;
    this.#supersededMs = undefined;
    const newer = this.#newer;
    if (!newer) return;
    this.#newer = undefined;
    this.#settings.wentOn(newer);
    newer.replace(new ReplacedError("the client continued with its first request"));
  }

  #open(): void {
    this.#isOpening = ++this.#heardTimes < 2 || this.#file.machine.bytes === 0;
    this.#settings.heardOf();
  }

  #mayRepeat(nowMs: number): boolean {
    if (this.#supersededMs !== undefined) {
      // Whichever of two the client hears first is the one: it may take as long as any answer.
      const patienceMs = this.#newer ? UNHEARD_MS : SUPERSEDED_MS;
      if (nowMs - this.#supersededMs >= patienceMs) {
        const from = formatAddress(this.#supersededBy!);
        this.replace(new ReplacedError(`the client started again from ${from}`));
        return false;
      }
      // Another client behind the same address may still wait for what was lost.
      if (this.#newer) return false;
    }
    if (this.heard || this.#settings.validated.has(this.client.hostname, nowMs)) return true;
    const silentMs = nowMs - this.#askedMs;
    if (silentMs >= Math.min(UNHEARD_MS, this.#settings.policy.idleTimeoutMs)) {
      this.replace(new PeerSilentError("answer", silentMs, false));
    }
    return false;
  }

  #settle({ error, note, elapsedMs }: Outcome): void {
    this.settled = true;
    const { source, sink, machine } = this.#file;
    source?.close();
    const failure = error && sink ? abandonAfter(error, sink) : error;
    const { filename } = this.request;
    this.#settings.settled({
      result: resultOf(failure, {
        opcode: this.request.opcode,
        machine,
        replaced: this.#replaced,
      }),
      client: formatAddress(this.client),
      direction: this.request.opcode === Opcode.RRQ ? "get" : "put",
      filename,
      ...(this.#settings.filename === filename ? {} : { rewritten: this.#settings.filename }),
      mode: this.request.mode.toLowerCase(),
      bytes: machine.bytes,
      elapsedMs,
      agreement: machine.agreement,
      retransmits: machine.retransmits,
      ...(this.#rttMs === undefined ? {} : { rttMs: this.#rttMs }),
      ...(failure ? { error: failure } : {}),
      ...(note === undefined ? {} : { note }),
    });
  }
}
