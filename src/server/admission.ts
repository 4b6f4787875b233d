/**
 * What becomes of a request: nothing, because it has come before; a transfer; or a refusal. In this
 * order it is asked whether the client may, whether there is room, and whether the file can be had.
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
import type { Clock } from "../engine/clock.ts";
import type { Port } from "../engine/port.ts";
import type { ServedRoot } from "../files/served_root.ts";
import type { TidPool } from "../engine/tid_pool.ts";
import { admitsWriting } from "./access_list.ts";
import { namingFor, rewritten, type ServePolicy } from "./policy.ts";
import { ProvedAddresses } from "./proved_addresses.ts";
import { RateLimits, TokenBucket } from "./rate_limit.ts";
import { ServedTransfer } from "./served_transfer.ts";
import { Throttle } from "./throttle.ts";
import { TransferTable } from "./transfer_table.ts";
import type { UploadQuota } from "./upload_quota.ts";
import { plainHostname } from "../engine/address.ts";

/** Misses per second that a name is suggested for: it takes a look through a folder. */
const HINTS_PER_SECOND = 20;

/** A transfer that nobody has answered for so long makes room when there is none. */
const YIELDS_AFTER_MS = 1000;

export interface AdmissionSettings {
  readonly root: ServedRoot;
  readonly clock: Clock;
  readonly quota: UploadQuota;
  readonly policy: ServePolicy;
  /** Hears of a transfer before its first answer leaves. */
  begun(transfer: ServedTransfer, port: Port): void;
}

export class Admission {
  readonly transfers = new TransferTable();
  readonly proved = new ProvedAddresses();
  readonly #settings: AdmissionSettings;
  readonly #hints: TokenBucket;
  #policy: ServePolicy;
  #limits: RateLimits;

  constructor(settings: AdmissionSettings) {
    this.#settings = settings;
    this.#policy = settings.policy;
    this.#limits = new RateLimits(settings.policy);
    this.#hints = new TokenBucket(HINTS_PER_SECOND, settings.clock.nowMs());
  }

  get policy(): ServePolicy {
    return this.#policy;
  }

  /** Transfers that run keep what they were granted. */
  set policy(policy: ServePolicy) {
    this.#policy = policy;
    this.#limits = new RateLimits(policy);
  }

  /** Settles when the first answer has left. Throws a local {@linkcode TftpError} that refuses. */
  async admit(request: RequestPacket, client: Address, pool: TidPool): Promise<void> {
    const running = this.transfers.get(client);
    if (running?.isAskedBy(request)) {
      switch (running.repeated(this.#settings.clock.nowMs())) {
        case "ignore":
          return;
        case "answer again":
          return await running.answerAgain();
        case "answer plainly":
          // From one port, a short DATA 1 would look like the whole file to a client that has the
          // OACK after all.
          if (pool.isSingle) return await running.answerAgain();
          this.transfers.yield(running);
          running.standBy(await this.#begin(request, client, { pool, plainly: true }));
          return;
      }
    }
    // A client that begins anew waits for nothing else, not even for a last ACK.
    if (running) this.#yield(running, new CancelledError("The client began another transfer"));
    await this.#begin(request, client, { pool, plainly: false });
  }

  /** A name that may have been meant, unless too many were wrong lately. */
  hint(request: RequestPacket, client: Address): string | undefined {
    if (this.#hints.spend(1, this.#settings.clock.nowMs()) > 1000) return undefined;
    const { root } = this.#settings;
    return root.probableName(request.filename, namingFor(this.#policy, client.hostname));
  }

  async #begin(
    request: RequestPacket,
    client: Address,
    { pool, plainly }: { pool: TidPool; plainly: boolean },
  ): Promise<ServedTransfer> {
    this.#mustMayWrite(request, client);
    const filename = rewritten(this.#policy, request.filename, {
      direction: request.opcode === Opcode.RRQ ? "get" : "put",
      client: plainHostname(client.hostname),
    });
    this.#makeRoom(client);
    const port = pool.choose(client, { upload: request.opcode === Opcode.WRQ });
    if (!port) throw busy();
    const { root, clock, quota } = this.#settings;
    const { hostname } = client;
    const limits = this.#limits;
    const transfer = new ServedTransfer(request, {
      ...{ root, clock, quota, client, hostname, filename, plainly, proved: this.proved },
      policy: this.#policy,
      endpoint: port.endpoint,
      windowShare: Math.max(0, 1 - port.promised),
      bytesPerSecond: limits.lowest,
      ...(limits.any ? { throttle: new Throttle(limits, hostname, clock) } : {}),
    });
    for (const older of this.transfers.sameFile(request, client)) older.supersede(client);
    this.transfers.add(transfer);
    this.#settings.begun(transfer, port);
    await transfer.start();
    return transfer;
  }

  #mustMayWrite({ opcode }: RequestPacket, { hostname }: Address): void {
    if (opcode === Opcode.RRQ || admitsWriting(this.#policy.access, hostname)) return;
    throw new TftpError("local", ErrorCode.AccessViolation, "Uploads are not for this address");
  }

  #makeRoom({ hostname }: Address): void {
    const { maxTransfers, maxPerClient } = this.#policy;
    if (this.transfers.countOf(hostname) >= maxPerClient) throw busy();
    if (this.transfers.size < maxTransfers) return;
    // Requests with forged addresses must not shut out the others.
    const unheard = this.transfers.oldestUnheard();
    const silentMs = unheard?.silentMs(this.#settings.clock.nowMs()) ?? 0;
    if (!unheard || silentMs < YIELDS_AFTER_MS) throw busy();
    this.#yield(unheard, new PeerSilentError("answer", silentMs, false));
  }

  /** Ends a transfer without a word; what comes late for it still finds it for a moment. */
  #yield(transfer: ServedTransfer, error: Error): void {
    this.transfers.yield(transfer);
    transfer.retire(error);
  }
}

function busy(): TftpError {
  return new TftpError("local", ErrorCode.NotDefined, "Server is busy, try again");
}
