/**
 * One request, granted: its file, its machine, what is known of its client, and the record it
 * leaves. Pure.
 *
 * The machine repeats its flights by itself; here it is decided when it may. A client that was
 * never heard gets one packet for each request and no repeats, since its address may be forged. A
 * client that has asked for the same file from another port is thought to have restarted: its old
 * transfer ends quietly and soon, unless something is heard of it after all.
 *
 * While a handler is waited for there is no machine yet. Whatever becomes of the wait, the transfer
 * ends once: it begins, or is refused, or its client gives up.
 */

import {
  type Address,
  CancelledError,
  encodePacket,
  ErrorCode,
  type Machine,
  maxWindowsizeFor,
  Opcode,
  type Packet,
  packetIn,
  PeerSilentError,
  type RequestPacket,
  TftpError,
} from "../protocol/mod.ts";
import { formatAddress } from "../engine/address.ts";
import { Driver, type Outcome } from "../engine/driver.ts";
import { abandonAfter } from "../engine/ends.ts";
import { UnreachableError } from "../engine/errors.ts";
import type { Peer } from "../engine/network.ts";
import type { Recipient } from "../engine/port.ts";
import { ClientPresence, type Repeated } from "./client_presence.ts";
import type { OpenedFile } from "./opened_file.ts";
import { Opening } from "./opening.ts";
import { isSameRequest, ServedRequest } from "./served_request.ts";
import { recordOf, ReplacedError } from "./transfer_result.ts";
import type { TransferSettings } from "./transfer_settings.ts";
import { validates } from "./validated_addresses.ts";

/** A first answer that nothing came back for is kept this long. */
const UNHEARD_MS = 60_000;

/** A transfer whose client seems to have restarted is kept this long. */
const SUPERSEDED_MS = 5000;

export class Transfer implements Recipient {
  readonly client: Peer;
  readonly request: RequestPacket;
  /** Whether the outcome is known; a Receiver may still dally. */
  settled = false;
  readonly #settings: TransferSettings;
  readonly #asked: ServedRequest;
  readonly #opening: Opening;
  readonly presence: ClientPresence;
  file: OpenedFile | undefined;
  /** Absent until the file is open. */
  #driver: Driver | undefined;
  /** The other transfer of the same request, while it is open which of the two goes on. */
  #newer: Transfer | undefined;
  #replaced = false;

  /**
   * Asks for the file. Throws a local {@linkcode TftpError} for what is refused at once: its code
   * and message are the answer.
   */
  constructor(request: RequestPacket, settings: TransferSettings) {
    const { client, clock, plainly } = settings;
    this.client = client;
    this.request = request;
    this.#settings = settings;
    this.presence = new ClientPresence(clock.nowMs());
    this.#asked = new ServedRequest(plainly ? { ...request, options: [] } : request, settings);
    this.#opening = new Opening(this.#asked, settings);
    this.file = this.#opening.file;
  }

  /** Whether anything was heard of the client since its request. */
  get heard(): boolean {
    return this.presence.heard;
  }

  /** Whether it has not got beyond its first packets. */
  get isOpening(): boolean {
    return this.presence.isOpening;
  }

  /** Whether the handler is waited for. */
  get isWaiting(): boolean {
    return this.#opening.isWaiting;
  }

  /** What moves the file, once that is open. */
  get machine(): Machine | undefined {
    return this.file?.machine;
  }

  /** The address that it is answered from. */
  get local(): Address {
    return this.#settings.socket.address;
  }

  /** The part of its port's receive buffer that a window of this transfer may fill. */
  get receiveShare(): number {
    if (this.request.opcode === Opcode.RRQ || !this.file) return 0;
    const { blksize, windowsize } = this.file.machine.agreement;
    return windowsize / maxWindowsizeFor(blksize, this.#settings.receiveBufferBytes);
  }

  /** How long nothing was heard of the client, while it was its turn. */
  silentMs(nowMs: number): number {
    return this.presence.silentMs(nowMs);
  }

  /** Sends the first answer, as soon as the file is open. */
  start(): void {
    if (this.file) return this.#begin(this.file);
    this.#opening.wait({
      opened: (file) => {
        this.file = file;
        this.presence.waitsSince(this.#settings.clock.nowMs());
        this.#settings.heardOf();
        this.#begin(file);
      },
      failed: (refusal) => this.#refuse(refusal),
    });
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    if (!this.#driver) return this.#receiveWaiting(packetIn(bytes));
    const isHeard = validates(bytes);
    if (isHeard) this.#hear(nowMs);
    this.#driver.receive(bytes, nowMs);
    if (!isHeard || !this.isOpening) return;
    this.presence.moved(this.file!.machine.bytes);
    this.#settings.heardOf();
  }

  unsendable(error: Error): void {
    if (this.#driver) this.#driver.unsendable(error);
    else if (error instanceof UnreachableError && error.isFinal) this.#giveUp(error);
  }

  /** Whether a request is word for word this one. */
  isAskedBy(request: RequestPacket): boolean {
    return isSameRequest(request, this.request);
  }

  isSameFile(opcode: number, filename: string): boolean {
    return opcode === this.request.opcode && filename === this.request.filename;
  }

  /** The same request has come again from the same port. */
  repeated(nowMs: number): Repeated {
    this.presence.asked(nowMs);
    if (this.settled) return "restart";
    if (this.file) return this.presence.repeated(nowMs, this.file.machine);
    // While we are the slow one, a repeat shows that the client is there.
    this.presence.waitsSince(nowMs);
    this.#settings.heardOf();
    return "ignore";
  }

  /** Sends the first answer once more: an OACK, ACK 0 or DATA 1. */
  answerAgain(): void {
    this.presence.answered(this.#settings.clock.nowMs());
    if (this.file) this.#driver?.act(this.file.machine.answerAgain());
  }

  /** The client has asked for the same file from another port. */
  supersede(by: Address): void {
    if (this.settled) return;
    this.presence.superseded = { by, sinceMs: this.#settings.clock.nowMs() };
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
    this.#leave(error, (driver) => driver.replace(error));
  }

  /** The same at once: what comes late does not find it any more. */
  drop(error: Error): void {
    this.#leave(error, (driver) => driver.drop(error));
  }

  /** Stops, and tells the client why. */
  cancel(reason: string): void {
    if (this.#driver) return this.#driver.cancel(reason);
    if (this.settled) return;
    const packet = { opcode: Opcode.ERROR, code: ErrorCode.NotDefined, message: reason } as const;
    this.#settings.socket.send(encodePacket(packet), this.client);
    this.#giveUp(new CancelledError(reason));
  }

  #begin(file: OpenedFile): void {
    const { socket, clock, begun, ended } = this.#settings;
    this.#driver = new Driver({
      ...file,
      ...{ socket, clock, ended, peer: this.client },
      mayRepeat: (nowMs) => this.#mayRepeat(nowMs),
      settled: (outcome) => this.#settle(outcome),
    });
    begun();
    this.#driver.start();
    this.presence.answered(clock.nowMs());
  }

  /** While the file is waited for, all that counts is whether the client still waits. */
  #receiveWaiting(packet: Packet | undefined): void {
    if (packet?.opcode !== Opcode.ERROR) return;
    this.#giveUp(new TftpError("peer", packet.code, packet.message));
  }

  #leave(error: Error, leave: (driver: Driver) => void): void {
    this.#replaced = true;
    this.#settings.throttle?.release();
    if (this.#driver) leave(this.#driver);
    else this.#giveUp(error);
  }

  /** The handler has refused, or has taken too long. */
  #refuse(refusal: TftpError): void {
    this.settled = true;
    this.#asked.cancel();
    this.#settings.refused(refusal);
    this.#settings.ended();
  }

  /** Nobody waits for the file any more. */
  #giveUp(error: Error): void {
    if (this.settled) return;
    this.#opening.cancel();
    this.#finish(error);
    this.#settings.ended();
  }

  #hear(nowMs: number): void {
    if (!this.heard) {
      if (this.file?.machine.retransmits === 0) this.presence.measure(nowMs);
      this.#settings.validated.validate(this.client.hostname, nowMs);
    }
    this.presence.hear(nowMs);
    const newer = this.#newer;
    if (!newer) return;
    this.#newer = undefined;
    this.#settings.wentOn(newer);
    newer.replace(new ReplacedError("the client continued with its first request"));
  }

  #mayRepeat(nowMs: number): boolean {
    const { superseded } = this.presence;
    if (superseded) {
      // Whichever of two the client hears first is the one: it may take as long as any answer.
      const patienceMs = this.#newer ? UNHEARD_MS : SUPERSEDED_MS;
      if (nowMs - superseded.sinceMs >= patienceMs) {
        const from = formatAddress(superseded.by);
        this.replace(new ReplacedError(`the client started again from ${from}`));
        return false;
      }
      // Another client behind the same address may still wait for what was lost.
      if (this.#newer) return false;
    }
    const { validated, policy } = this.#settings;
    if (this.heard || validated.has(this.client.hostname, nowMs)) return true;
    const silentMs = this.presence.unaskedMs(nowMs);
    if (silentMs >= Math.min(UNHEARD_MS, policy.idleTimeoutMs)) {
      this.replace(new PeerSilentError("answer", silentMs, false));
    }
    return false;
  }

  #settle({ error, note }: Outcome): void {
    const { source, sink } = this.file!;
    source?.close();
    this.#finish(error && sink ? abandonAfter(error, sink) : error, note);
  }

  #finish(error: Error | undefined, note?: string): void {
    const { startedMs, rttMs } = this.presence;
    this.settled = true;
    if (error) this.#asked.cancel();
    const elapsedMs = this.#settings.clock.nowMs() - startedMs;
    const { client } = this;
    const [request, machine, replaced] = [this.#asked, this.file?.machine, this.#replaced];
    this.#settings.settled(
      recordOf({ client, request, machine, replaced, error, note, elapsedMs, rttMs }),
    );
  }
}
