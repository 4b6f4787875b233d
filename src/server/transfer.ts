/**
 * One granted request: its file, its machine, what is known of its client, and its log record.
 * Pure.
 *
 * The machine retransmits by itself; here it is decided when it may. A client that was never heard
 * from gets one packet for each request and no retransmissions, since its address may be forged. A
 * client that requests the same file from another port has probably restarted: its old transfer
 * ends soon and without an ERROR, unless a packet for it arrives after all.
 *
 * While the handler is waited for there is no machine yet. Such a transfer ends once, too: it
 * starts, is refused, or its client gives up.
 */

import {
  type Address,
  CancelledError,
  encodePacket,
  ErrorCode,
  maxWindowsizeFor,
  Opcode,
  type Packet,
  packetIn,
  PeerSilentError,
  type RequestPacket,
  TftpError,
} from "../protocol/mod.ts";
import { formatAddress } from "../engine/address.ts";
import { Driver, type DriverOwner } from "../engine/driver.ts";
import { Link } from "../engine/linked_list.ts";
import type { Outcome } from "../engine/performer.ts";
import { abandonAfter, closeTelling } from "../engine/source_sink.ts";
import { UnreachableError } from "../engine/errors.ts";
import type { Peer } from "../engine/network.ts";
import type { Port, Recipient } from "../engine/port.ts";
import { ClientPresence, type Repeated } from "./client_presence.ts";
import type { OpenedFile } from "./opened_file.ts";
import { Opening } from "./opening.ts";
import { isSameRequest, ServedRequest } from "./served_request.ts";
import { recordOf, ReplacedError } from "./transfer_result.ts";
import type { AdmittedRequest, TransferSettings } from "./transfer_settings.ts";
import { validates } from "./validated_addresses.ts";

/** How long a first answer is kept that got no reply. */
const UNANSWERED_MS = 60_000;

/** How long a transfer is kept whose client seems to have restarted. */
const REPLACED_MS = 5000;

export class Transfer implements Recipient, DriverOwner {
  readonly client: Peer;
  /** The port that answers. */
  readonly port: Port;
  readonly request: RequestPacket;
  /** Its place among all transfers, and among those of its client. */
  readonly link = new Link<Transfer>(this);
  readonly clientLink = new Link<Transfer>(this);
  /** Whether the result is known; a Receiver may still dally. */
  settled = false;
  readonly #settings: TransferSettings;
  readonly #fileRequest: ServedRequest;
  readonly #opening: Opening;
  readonly presence: ClientPresence;
  file: OpenedFile | undefined;
  /** Absent until the file is open. */
  #driver: Driver | undefined;
  /** The other transfer of the same request, until it is clear which of the two goes on. */
  #newer: Transfer | undefined;
  #replaced = false;

  /** Asks for the file. Throws a local {@linkcode TftpError} to refuse at once. */
  constructor(admitted: AdmittedRequest, settings: TransferSettings) {
    this.client = admitted.client;
    this.port = admitted.port;
    this.request = admitted.packet;
    this.#settings = settings;
    this.presence = new ClientPresence(settings.clock.nowMs());
    this.#fileRequest = new ServedRequest(admitted, settings.policy);
    this.#opening = new Opening(this.#fileRequest, settings);
    this.file = this.#opening.file;
  }

  /** Whether the client has sent anything since its request. */
  get heard(): boolean {
    return this.presence.heard;
  }

  /** Whether the handler has yet to answer. */
  get isWaiting(): boolean {
    return this.#opening.isWaiting;
  }

  /** The machine of the file, once that is open. */
  get machine(): OpenedFile["machine"] | undefined {
    return this.file?.machine;
  }

  /** The local address that answers. */
  get local(): Address {
    return this.port.socket.address;
  }

  /** The part of its port's receive buffer that a window of this transfer may fill. */
  get receiveShare(): number {
    if (this.request.opcode === Opcode.RRQ || !this.file) return 0;
    const { blksize, windowsize } = this.file.machine.agreement;
    return windowsize / maxWindowsizeFor(blksize, this.port.socket.receiveBufferBytes);
  }

  /** How long the client has been silent while it was its turn. */
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
        this.#settings.owner.active(this);
        this.#begin(file);
      },
      failed: (refusal) => this.#refuse(refusal),
    });
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    if (!this.#driver) return this.#receiveWaiting(packetIn(bytes));
    const isHeard = validates(bytes);
    if (isHeard) this.#notePacket(nowMs);
    this.#driver.receive(bytes, nowMs);
    if (!isHeard || !this.presence.isOpening) return;
    this.presence.moved(this.file!.machine.bytes);
    this.#settings.owner.active(this);
  }

  unsendable(error: Error): void {
    if (this.#driver) this.#driver.unsendable(error);
    else if (error instanceof UnreachableError && error.isFinal) this.#giveUp(error);
  }

  /** Whether a request is identical to that of this transfer. */
  isAskedBy(request: RequestPacket): boolean {
    return isSameRequest(request, this.request);
  }

  isSameFile(opcode: number, filename: string): boolean {
    return opcode === this.request.opcode && filename === this.request.filename;
  }

  /** The same request has come again from the same port. */
  repeated(nowMs: number): Repeated {
    this.presence.noteRequest(nowMs);
    if (this.settled) return this.presence.repeatedLate(nowMs);
    if (this.file) return this.presence.repeated(nowMs, this.file.machine);
    // While this side is slow, a repeat shows that the client is still there.
    this.presence.waitsSince(nowMs);
    this.#settings.owner.active(this);
    return "ignore";
  }

  /** Sends the first answer again: an OACK, ACK 0 or DATA 1. */
  answerAgain(): void {
    this.presence.answered(this.#settings.clock.nowMs());
    if (this.file) this.#driver?.act(this.file.machine.answerAgain());
  }

  /** The client has requested the same file from another port. */
  notePortChange(by: Address): void {
    if (this.settled) return;
    this.presence.portChange = { by, sinceMs: this.#settings.clock.nowMs() };
  }

  /**
   * The client has restarted, or could not read the OACK, and now has a second transfer. This one
   * sends nothing more. But if a packet for it arrives, the request was only late, and this one
   * goes on.
   */
  giveWay(newer: Transfer): void {
    this.notePortChange(newer.client);
    if (!this.settled) this.#newer = newer;
  }

  /** Ends without an ERROR: the client no longer needs it. */
  replace(error: Error): void {
    this.#leave(error, (driver) => driver.replace(error));
  }

  /** The same at once: late packets do not reach it any more. */
  drop(error: Error): void {
    this.#leave(error, (driver) => driver.drop(error));
  }

  /** Stops, and sends the reason to the client. */
  cancel(reason: string): void {
    if (this.#driver) return this.#driver.cancel(reason);
    if (this.settled) return;
    const packet = { opcode: Opcode.ERROR, code: ErrorCode.NotDefined, message: reason } as const;
    this.port.socket.send(encodePacket(packet), this.client);
    this.#giveUp(new CancelledError(reason));
  }

  /** Called by the driver: whether something may be repeated now. */
  mayRepeat(nowMs: number): boolean {
    const { portChange } = this.presence;
    if (portChange) {
      // The transfer that the client answers first goes on; that may take as long as any answer.
      const patienceMs = this.#newer ? UNANSWERED_MS : REPLACED_MS;
      if (nowMs - portChange.sinceMs >= patienceMs) {
        const from = formatAddress(portChange.by);
        this.replace(new ReplacedError(`the client started again from ${from}`));
        return false;
      }
      // Another client behind the same address may still wait for what was lost.
      if (this.#newer) return false;
    }
    const { validated, policy } = this.#settings;
    if (this.heard || validated.has(this.client.hostname, nowMs)) return true;
    const silentMs = this.presence.sinceRequestMs(nowMs);
    if (silentMs >= Math.min(UNANSWERED_MS, policy.idleTimeoutMs)) {
      this.replace(new PeerSilentError("answer", silentMs, false));
    }
    return false;
  }

  /** Called by the driver: the transfer is complete or has failed. */
  noteSettled({ error, note }: Outcome): void {
    const { source, sink } = this.file!;
    if (source) closeTelling(source, this.#settings.owner);
    this.#finish(error && sink ? abandonAfter(error, sink) : error, note);
  }

  /** Called by the driver: it is over. */
  noteEnded(): void {
    this.#settings.owner.ended(this);
  }

  #begin({ machine, source, sink }: OpenedFile): void {
    const { clock, owner } = this.#settings;
    const { client: peer, port: { socket } } = this;
    this.#driver = new Driver({ machine, source, sink, socket, clock, peer }, this);
    owner.begun(this);
    this.#driver.start();
    this.presence.answered(clock.nowMs());
  }

  /** While the file is waited for, only one thing matters: whether the client still waits. */
  #receiveWaiting(packet: Packet | undefined): void {
    if (packet?.opcode !== Opcode.ERROR) return;
    this.#giveUp(new TftpError("peer", packet.code, packet.message));
  }

  #leave(error: Error, leave: (driver: Driver) => void): void {
    this.#replaced = true;
    this.#fileRequest.admitted.throttle?.release();
    if (this.#driver) leave(this.#driver);
    else this.#giveUp(error);
  }

  /** The handler has refused, or took too long. */
  #refuse(refusal: TftpError): void {
    this.settled = true;
    this.#fileRequest.cancel();
    this.#fileRequest.admitted.refused(refusal);
    this.noteEnded();
  }

  /** The client no longer waits for the file. */
  #giveUp(error: Error): void {
    if (this.settled) return;
    this.#opening.cancel();
    this.#finish(error);
    this.noteEnded();
  }

  #notePacket(nowMs: number): void {
    if (!this.heard) {
      if (this.file?.machine.retransmits === 0) this.presence.measure(nowMs);
      this.#settings.validated.validate(this.client.hostname, nowMs);
      this.#settings.owner.heard(this);
    }
    this.presence.notePacket(nowMs);
    const newer = this.#newer;
    if (!newer) return;
    this.#newer = undefined;
    this.#settings.owner.wentOn(this, newer);
    newer.replace(new ReplacedError("the client continued with its first request"));
  }

  #finish(error: Error | undefined, note?: string): void {
    const { client, machine, presence: { rttMs } } = this;
    this.settled = true;
    if (error) this.#fileRequest.cancel();
    const elapsedMs = this.presence.settled(this.#settings.clock.nowMs());
    const [request, replaced] = [this.#fileRequest, this.#replaced];
    const record = recordOf({ client, request, machine, replaced, error, note, elapsedMs, rttMs });
    this.#settings.owner.settled(this, record);
  }
}
