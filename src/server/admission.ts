/**
 * What becomes of a request: nothing, because it has come before; a transfer; or a refusal. In this
 * order it is asked whether the client may, whether there is room, and whether the file can be had.
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
import type { Port } from "../engine/port.ts";
import type { TidPool } from "../engine/tid_pool.ts";
import { admitsWriting } from "./access_list.ts";
import type { TransferRecord } from "./log_record.ts";
import { maxPerClientOf, namingFor, rewritten, type ServePolicy } from "./policy.ts";
import { type RateLimiter, RateLimits, TokenBucket } from "./rate_limit.ts";
import { Throttle } from "./throttle.ts";
import { Transfer } from "./transfer.ts";
import type { TransferGroup } from "./transfer_group.ts";
import { TransferTable } from "./transfer_table.ts";
import { ReplacedError } from "./transfer_result.ts";
import type { UploadQuota } from "./upload_quota.ts";
import { ValidatedAddresses } from "./validated_addresses.ts";

/** Misses per second that a name is suggested for: it takes a look through a folder. */
const HINTS_PER_SECOND = 20;

/** How many times `maxTransfers` are held before none may linger after it was replaced. */
const LINGERING_FACTOR = 2;

export interface AdmissionSettings {
  readonly handler: Handler;
  readonly clock: Clock;
  readonly quota: UploadQuota;
  readonly policy: ServePolicy;
  /** Makes what counts for `rate`, where several threads share it. @default {this one alone} */
  shareRate?(bytesPerSecond: number): RateLimiter;
  /** How long the last ACK of an upload is repeated. @default {10000} */
  readonly dallyMs?: number;
  /** Hears of a transfer whose file is open, before its first answer leaves. */
  begun?(transfer: Transfer): void;
  /**
   * Hears of a transfer that has settled: one that has begun, or one whose client gave up before
   * its file was open.
   */
  settled(record: TransferRecord, transfer: Transfer): void;
  /** Hears of a transfer that is over, and forgotten. */
  ended(transfer: Transfer): void;
  /** Hears of a mistake of the program. */
  trouble(error: unknown): void;
}

/** Where a request is answered from, and how. */
export interface AdmissionRoute {
  readonly pool: TidPool;
  /** Hears of a refusal that comes later than the request. */
  refused(refusal: TftpError): void;
}

interface Beginning extends AdmissionRoute {
  /** Grant no options. */
  readonly plainly: boolean;
}

export class Admission {
  readonly transfers = new TransferTable();
  readonly validated = new ValidatedAddresses();
  readonly #settings: AdmissionSettings;
  readonly #hints: TokenBucket;
  #policy: ServePolicy;
  #limits: RateLimits;

  constructor(settings: AdmissionSettings) {
    this.#settings = settings;
    this.#policy = settings.policy;
    this.#limits = this.#limitsOf(settings.policy);
    this.#hints = new TokenBucket(HINTS_PER_SECOND, settings.clock.nowMs());
  }

  get policy(): ServePolicy {
    return this.#policy;
  }

  /** Transfers that run keep what they were granted. */
  set policy(policy: ServePolicy) {
    this.#policy = policy;
    this.#limits = this.#limitsOf(policy);
  }

  /**
   * Decides, and sends the first answer, or sees to it that it will leave. Throws a local
   * {@linkcode TftpError} that refuses at once.
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
        case "answer plainly":
          // From one port, a short DATA 1 would look like the whole file to a client that has the
          // OACK after all.
          if (pool.isSingle) return running.answerAgain();
          return this.#beginBeside(running, request, { ...route, plainly: true });
        case "restart":
          if (!pool.isSingle) {
            return this.#beginBeside(running, request, { ...route, plainly: false });
          }
      }
    }
    // A client that asks for something else waits for nothing here, not even for a last ACK.
    if (running) this.#replace(running, new CancelledError("The client started another transfer"));
    this.#begin(request, client, { ...route, plainly: false });
  }

  /**
   * Begins again beside a transfer whose client seems to need that: should it be heard on the old
   * one after all, the request was only late, and the new one is given up.
   */
  #beginBeside(running: Transfer, request: RequestPacket, how: Beginning): void {
    this.transfers.release(running);
    const isFull = this.#holdsTooMany;
    const newer = this.#begin(request, running.client, how);
    if (isFull) running.drop(new ReplacedError("the client started again"));
    else running.giveWay(newer);
  }

  /** A name that may have been meant, unless too many were wrong lately. */
  hint(request: RequestPacket, client: Address): string | undefined {
    if (this.#hints.spend(1, this.#settings.clock.nowMs()) > 1000) return undefined;
    const { handler } = this.#settings;
    return handler.probableName?.(request.filename, namingFor(this.#policy, client.hostname));
  }

  #limitsOf(policy: ServePolicy): RateLimits {
    const { shareRate } = this.#settings;
    return new RateLimits(policy, shareRate);
  }

  #begin(request: RequestPacket, client: Peer, how: Beginning): Transfer {
    this.#mustMayWrite(request, client);
    const filename = rewritten(this.#policy, request.filename, {
      direction: request.opcode === Opcode.RRQ ? "get" : "put",
      client: plainHostname(client.hostname),
    });
    this.#makeRoom(client);
    const port = how.pool.choose(client, { upload: request.opcode === Opcode.WRQ });
    if (!port) throw busy();
    const transfer = this.#open(request, client, { ...how, port, filename });
    this.transfers.supersede(request, client);
    this.transfers.add(transfer);
    port.add(client, transfer);
    transfer.start();
    return transfer;
  }

  #open(
    request: RequestPacket,
    client: Peer,
    { port, plainly, filename, refused }: Beginning & { port: Port; filename: string },
  ): Transfer {
    const { handler, clock, quota, dallyMs, begun, settled, ended, trouble } = this.#settings;
    const { hostname } = client;
    const limits = this.#limits;
    const { socket } = port;
    const transfer: Transfer = new Transfer(request, {
      ...{ handler, clock, quota, client, filename, plainly, validated: this.validated },
      ...{ socket, receiveBufferBytes: socket.receiveBufferBytes },
      ...{ policy: this.#policy, refused, trouble },
      windowShare: () => Math.max(0, 1 - port.promised),
      bytesPerSecond: limits.lowest,
      ...(dallyMs === undefined ? {} : { dallyMs }),
      ...(limits.any ? { throttle: new Throttle(limits, hostname, clock) } : {}),
      begun: () => {
        port.promised += transfer.receiveShare;
        begun?.(transfer);
      },
      wentOn: (newer) => {
        this.transfers.release(newer);
        this.transfers.add(transfer);
      },
      heardOf: () => this.transfers.update(transfer),
      settled: (record) => {
        this.transfers.update(transfer);
        port.promised -= transfer.receiveShare;
        settled(record, transfer);
      },
      ended: () => {
        port.remove(client, transfer);
        this.transfers.remove(transfer);
        ended(transfer);
      },
    });
    return transfer;
  }

  #mustMayWrite({ opcode }: RequestPacket, { hostname }: Address): void {
    if (opcode === Opcode.RRQ || admitsWriting(this.#policy.access, hostname)) return;
    throw new TftpError(
      "local",
      ErrorCode.AccessViolation,
      "Uploads are not allowed from this address",
    );
  }

  /** A full table must not shut out others: who shows least that it is there gives way. */
  #makeRoom({ hostname }: Address): void {
    const own = this.transfers.of(hostname);
    if (own) this.#makeRoomIn(own, maxPerClientOf(this.#policy));
    this.#makeRoomIn(this.transfers.counted, this.#policy.maxTransfers);
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

  /** Ends a transfer without a word; what comes late for it still finds it for a moment. */
  #replace(transfer: Transfer, error: Error): void {
    this.transfers.release(transfer);
    if (this.#holdsTooMany) transfer.drop(error);
    else transfer.replace(error);
  }

  /** Whether so many are held that none may linger: each holds its file open. */
  get #holdsTooMany(): boolean {
    return this.transfers.held >= LINGERING_FACTOR * this.#policy.maxTransfers;
  }
}

function busy(): TftpError {
  return new TftpError("local", ErrorCode.NotDefined, "Server is busy, try again");
}
