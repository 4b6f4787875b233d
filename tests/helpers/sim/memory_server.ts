/**
 * The rules of the server with a network, files and time in memory. Nothing waits, so a flood of
 * minutes takes a moment, and every figure is exact.
 */

import { assertEquals } from "@std/assert";
import {
  type Address,
  encodePacket,
  ErrorCode,
  type Packet,
  packetIn,
  TftpError,
} from "../../../src/protocol/mod.ts";
import type { Sink, Source } from "../../../src/engine/source_sink.ts";
import type { FileRequest, Handler, Opened } from "../../../src/engine/handler.ts";
import type { PortRange } from "../../../src/server/listen.ts";
import type { LogRecord } from "../../../src/server/log_record.ts";
import { DEFAULT_POLICY, type ServePolicy } from "../../../src/server/policy.ts";
import { Sampler, type ThreadSample } from "../../../src/server/sampler.ts";
import { ServerCore } from "../../../src/server/server_core.ts";
import { UploadQuota } from "../../../src/server/upload_quota.ts";
import { MemoryNetwork, type MemorySocket, MemorySource } from "./memory_network.ts";

/** A packet that the server has sent. */
export interface Answer {
  readonly packet: Packet;
  readonly from: MemorySocket;
}

/** Files that count how many of them are open. */
class CountedFiles implements Handler {
  /** Descriptors that a server on a disk would hold. */
  descriptors = 0;
  /** Temporary files that it would have made and not removed. */
  temporary = 0;
  readonly content: ReadonlyMap<string, Uint8Array>;

  constructor(content: Record<string, Uint8Array>) {
    this.content = new Map(Object.entries(content));
  }

  open(request: FileRequest): Opened {
    return request.direction === "get" ? this.#read(request.name) : this.#write();
  }

  #read(name: string): Source {
    const bytes = this.content.get(name);
    if (!bytes) throw new TftpError("local", ErrorCode.FileNotFound);
    this.descriptors++;
    const source = new MemorySource(bytes);
    source.close = once(() => this.descriptors--);
    return source;
  }

  #write(): Sink {
    this.descriptors++;
    this.temporary++;
    const close = once(() => {
      this.descriptors--;
      this.temporary--;
    });
    return { write() {}, commit: close, abandon: close };
  }
}

/** The resources and tables of a server. */
export interface Holdings {
  readonly descriptors: number;
  readonly temporaryFiles: number;
  readonly rows: number;
  readonly clients: number;
  readonly routes: number;
  readonly timers: number;
}

export interface MemoryServerOptions {
  readonly singlePort?: boolean;
  readonly portRange?: PortRange;
  /** Whether all records are kept; those of mistakes always are. @default {true} */
  readonly keepRecords?: boolean;
  /** Stands between the server and its files. */
  handler?(files: Handler): Handler;
  /** Whether it can be asked how far its transfers are. @default {false} */
  readonly watched?: boolean;
}

export class MemoryServer {
  readonly network = new MemoryNetwork();
  readonly files: CountedFiles;
  readonly core: ServerCore;
  readonly records: LogRecord[] = [];
  /** What each client was sent and has not taken, by {@linkcode keyOf}; others' is lost. */
  readonly #inboxes = new Map<string, Answer[]>();
  readonly #listener: MemorySocket;
  readonly #sampler = new Sampler();

  constructor(
    content: Record<string, Uint8Array>,
    policy: Partial<ServePolicy> = {},
    { singlePort = false, keepRecords = true, portRange, handler, watched = false }:
      MemoryServerOptions = {},
  ) {
    this.files = new CountedFiles(content);
    const { clock } = this.network;
    this.core = new ServerCore({
      network: this.network,
      handler: handler?.(this.files) ?? this.files,
      quota: new UploadQuota("", () => clock.nowMs()),
      policy: { ...DEFAULT_POLICY, uploads: "overwrite", ...policy },
      singlePort,
      log: (record) => {
        if (keepRecords || record.kind === "error") this.records.push(record);
      },
      broken: () => {},
      ...(watched
        ? {
          begun: (transfer) => this.#sampler.begun(transfer, clock.nowMs()),
          settled: (record, transfer) => this.#sampler.settled(record, transfer),
        }
        : {}),
    });
    this.core.listen({ hostname: "10.0.0.1", port: 69 }, portRange);
    for (const socket of this.network.sockets) {
      socket.carry = (bytes, to) => {
        const packet = packetIn(bytes.slice());
        if (packet) this.#inboxes.get(keyOf(to))?.push({ packet, from: socket });
      };
    }
    this.#listener = this.network.sockets[0]!;
  }

  get holdings(): Holdings {
    return {
      descriptors: this.files.descriptors,
      temporaryFiles: this.files.temporary,
      rows: this.core.status.transfers,
      clients: this.core.status.clients,
      routes: this.core.routes,
      timers: this.network.clock.listeners,
    };
  }

  /** A datagram arrives, at the listening port unless another is named. */
  deliver(content: Packet | Uint8Array, from: Address, at = this.#listener): void {
    at.deliver(content, from);
  }

  /** From now on, what is sent to this client is kept for it. */
  listen(client: Address): void {
    this.#inboxes.set(keyOf(client), []);
  }

  /** The next packet that the client was sent, if there is one. */
  take(client: Address): Answer | undefined {
    return this.#inboxes.get(keyOf(client))?.shift();
  }

  /** What is sent to this client is no longer kept. */
  forget(client: Address): void {
    this.#inboxes.delete(keyOf(client));
  }

  /** Turns without time in between, until the queue of requests is empty. */
  turns(count = 200): void {
    for (let turn = 0; turn < count; turn++) this.network.clock.turn();
  }

  /** Moves time forward in steps. */
  pass(ms: number, stepMs = 10): void {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.network.clock.advance(Math.min(stepMs, ms - passed));
    }
  }

  /** How far its transfers are. */
  sample(): ThreadSample {
    const { status: { clients }, waiting } = this.core;
    const rest = { clients, waiting, cacheHits: 0, cacheMisses: 0 };
    return this.#sampler.sample(this.network.clock.nowMs(), rest);
  }

  /** Asserts that no internal error was logged. */
  assertSound(): void {
    assertEquals(this.records.filter(({ kind }) => kind === "error"), []);
  }
}

export function keyOf({ hostname, port }: Address): string {
  return `${hostname} ${port}`;
}

/** The bytes of a packet, to be changed. */
export function bytesOf(packet: Packet): Uint8Array {
  return encodePacket(packet);
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
