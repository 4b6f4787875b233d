/**
 * Decides about a request: it is ignored as a repeat, becomes a transfer, or is refused. It checks
 * in this order whether the client may, whether there is room, and whether the file can be opened.
 * Pure.
 */

import {
  type Address,
  CancelledError,
  ErrorCode,
  Opcode,
  PeerSilentError,
  type RequestPacket,
  TftpError,
} from "../protocol/mod.ts";
import { plainHostname } from "../engine/address.ts";
import type { Clock } from "../engine/clock.ts";
import type { Handler } from "../engine/handler.ts";
import type { Peer } from "../engine/network.ts";
import type { TidPool } from "../engine/tid_pool.ts";
import { admitsWriting } from "./access_list.ts";
import type { LoggedTransfer } from "./log_record.ts";
import { timingFor } from "./opened_file.ts";
import { maxPerClientOf, namingFor, rewritten, type ServePolicy } from "./policy.ts";
import { type RateLimiter, RateLimits, TokenBucket } from "./rate_limit.ts";
import { Throttle } from "./throttle.ts";
import { Transfer } from "./transfer.ts";
import type { TransferGroup } from "./transfer_group.ts";
import { TransferTable } from "./transfer_table.ts";
import { ReplacedError } from "./transfer_result.ts";
import type { TransferOwner, TransferSettings } from "./transfer_settings.ts";
import type { UploadQuota } from "./upload_quota.ts";
import { ValidatedAddresses } from "./validated_addresses.ts";

/** Suggestions per second for misspelt names: each one reads a folder. */
const HINTS_PER_SECOND = 20;

/** From so many times `maxTransfers` on, a replaced transfer ends at once. */
const LINGERING_FACTOR = 2;

export interface AdmissionSettings {
  readonly handler: Handler;
  readonly clock: Clock;
  readonly quota: UploadQuota;
  readonly policy: ServePolicy;
  /** Makes the counter for `rate`, where several threads share it. @default {this thread alone} */
  shareRate?(bytesPerSecond: number): RateLimiter;
  /** How long the last ACK of an upload is repeated, in milliseconds. @default {12000} */
  readonly dallyMs?: number;
  /** Called when the file of a transfer is open, before its first answer leaves. */
  begun?(transfer: Transfer): void;
  /** Called when a transfer has settled, or when its client gave up before the file was open. */
  settled(record: LoggedTransfer, transfer: Transfer): void;
  /** Called when a transfer is over and forgotten. */
  ended(transfer: Transfer): void;
  /** Called for an internal error. */
  internalError(error: unknown): void;
}

/** Which port answers a request, and how. */
export interface AdmissionRoute {
  readonly pool: TidPool;
  /** Called for a refusal that comes later than the request. */
  refused(refusal: TftpError): void;
}

export class Admission implements TransferOwner {
  readonly transfers = new TransferTable();
  readonly validated = new ValidatedAddresses();
  readonly #settings: AdmissionSettings;
  readonly #hints: TokenBucket;
  #limits: RateLimits;
  #transferSettings: TransferSettings;

  constructor(settings: AdmissionSettings) {
    this.#settings = settings;
    this.#limits = this.#limitsOf(settings.policy);
    this.#transferSettings = this.#settingsFor(settings.policy);
    this.#hints = new TokenBucket(HINTS_PER_SECOND, settings.clock.nowMs());
  }

  get policy(): ServePolicy {
    return this.#transferSettings.policy;
  }

  /** Running transfers keep what they were granted. */
  set policy(policy: ServePolicy) {
    this.#limits = this.#limitsOf(policy);
    this.#transferSettings = this.#settingsFor(policy);
  }

  /**
   * Decides, and sends the first answer now or later. Throws a local {@linkcode TftpError} for an
   * immediate refusal.
   */
  admit(request: RequestPacket, client: Peer, route: AdmissionRoute): void {
    const { pool } = route;
    const running = this.transfers.get(client);
    if (running?.isAskedBy(request)) {
      switch (running.repeated(this.#settings.clock.nowMs())) {
        case "ignore":
          return;
        case "answer again":
          return running.answerAgain();
        case "answer without options":
          // From the same port, a client that did read the OACK would take a short DATA 1 for the
          // whole file.
          if (pool.isSingle) return running.answerAgain();
          return this.#beginBeside(running, request, route, { withoutOptions: true });
        case "restart":
          if (!pool.isSingle) return this.#beginBeside(running, request, route);
      }
    }
    // A client that requests something else no longer needs the old transfer or its last ACK.
    if (running) this.#replace(running, new CancelledError("The client started another transfer"));
    this.#begin(request, client, route);
  }

  /**
   * Starts a second transfer beside one whose client seems to have restarted. If the client goes on
   * with the old one after all, the request was only late, and the new transfer ends.
   */
  #beginBeside(
    running: Transfer,
    request: RequestPacket,
    route: AdmissionRoute,
    how?: { withoutOptions: boolean },
  ): void {
    this.transfers.release(running);
    const isFull = this.#holdsTooMany;
    const newer = this.#begin(request, running.client, route, how);
    if (isFull) running.drop(new ReplacedError("the client started again"));
    else running.giveWay(newer);
  }

  /** An existing name that may have been meant, unless many names were wrong recently. */
  hint(request: RequestPacket, client: Address): string | undefined {
    const { handler, clock } = this.#settings;
    const nowMs = clock.nowMs();
    // Only what was suggested counts: names that were wrong before must not delay the next hints.
    if (this.#hints.spend(0, nowMs) > 1000) return undefined;
    this.#hints.spend(1, nowMs);
    return handler.probableName?.(request.filename, namingFor(this.policy, client.hostname));
  }

  #limitsOf(policy: ServePolicy): RateLimits {
    const { shareRate } = this.#settings;
    return new RateLimits(policy, shareRate);
  }

  #settingsFor(policy: ServePolicy): TransferSettings {
    const { handler, clock, quota, dallyMs } = this.#settings;
    const { validated } = this;
    const bytesPerSecond = this.#limits.lowest;
    const timing = timingFor(policy);
    return {
      ...{ handler, clock, quota, dallyMs, policy, validated, bytesPerSecond, timing },
      owner: this,
    };
  }

  #begin(
    packet: RequestPacket,
    client: Peer,
    { pool, refused }: AdmissionRoute,
    { withoutOptions } = { withoutOptions: false },
  ): Transfer {
    this.#mustMayWrite(packet, client);
    const isDownload = packet.opcode === Opcode.RRQ;
    const { hostname } = client;
    const filename = rewritten(this.policy, packet.filename, {
      direction: isDownload ? "get" : "put",
      client: plainHostname(hostname),
    });
    this.#makeRoom(client);
    const port = pool.choose(client, { upload: !isDownload });
    if (!port) throw busy();
    const limits = this.#limits;
    const throttle = limits.any ? new Throttle(limits, hostname, this.#settings.clock) : undefined;
    const transfer = new Transfer(
      { packet, client, port, filename, withoutOptions, throttle, refused },
      this.#transferSettings,
    );
    this.transfers.notePortChange(packet, client);
    this.transfers.add(transfer);
    port.add(client, transfer);
    transfer.start();
    return transfer;
  }

  // What transfers tell: see TransferOwner.

  begun(transfer: Transfer): void {
    transfer.port.unheardShare += transfer.receiveShare;
    this.#settings.begun?.(transfer);
  }

  heard(transfer: Transfer): void {
    transfer.port.unheardShare -= transfer.receiveShare;
    transfer.port.heardShare += transfer.receiveShare;
  }

  active(transfer: Transfer): void {
    this.transfers.update(transfer);
  }

  wentOn(transfer: Transfer, newer: Transfer): void {
    this.transfers.release(newer);
    this.transfers.add(transfer);
  }

  settled(transfer: Transfer, record: LoggedTransfer): void {
    // A download ends now; an upload goes on repeating its last ACK.
    if (transfer.request.opcode === Opcode.WRQ) this.transfers.update(transfer);
    if (transfer.heard) transfer.port.heardShare -= transfer.receiveShare;
    else transfer.port.unheardShare -= transfer.receiveShare;
    this.#settings.settled(record, transfer);
  }

  ended(transfer: Transfer): void {
    transfer.port.remove(transfer.client, transfer);
    this.transfers.remove(transfer);
    this.#settings.ended(transfer);
  }

  internalError(error: unknown): void {
    this.#settings.internalError(error);
  }

  #mustMayWrite({ opcode }: RequestPacket, { hostname }: Address): void {
    if (opcode === Opcode.RRQ || admitsWriting(this.policy.access, hostname)) return;
    throw new TftpError(
      "local",
      ErrorCode.AccessViolation,
      "Uploads are not allowed from this address",
    );
  }

  /** A full table must not shut out others: the transfer with the least sign of its client ends. */
  #makeRoom({ hostname }: Address): void {
    const own = this.transfers.of(hostname);
    if (own) this.#makeRoomIn(own, maxPerClientOf(this.policy));
    this.#makeRoomIn(this.transfers.counted, this.policy.maxTransfers);
  }

  #makeRoomIn(group: TransferGroup, limit: number): void {
    if (group.size < limit) return;
    const nowMs = this.#settings.clock.nowMs();
    const least = group.leastPresent(limit, nowMs);
    if (!least) throw busy();
    this.#replace(
      least,
      least.isWaiting
        ? new CancelledError("Others needed its place while its file was being opened")
        : new PeerSilentError("answer", least.silentMs(nowMs), least.heard),
    );
  }

  /** Ends a transfer without an ERROR; late packets still reach it for a moment. */
  #replace(transfer: Transfer, error: Error): void {
    this.transfers.release(transfer);
    if (this.#holdsTooMany) transfer.drop(error);
    else transfer.replace(error);
  }

  /** Whether too many are held for one to linger: each keeps its file open. */
  get #holdsTooMany(): boolean {
    return this.transfers.held >= LINGERING_FACTOR * this.policy.maxTransfers;
  }
}

function busy(): TftpError {
  return new TftpError("local", ErrorCode.NotDefined, "Server is busy, try again");
}
