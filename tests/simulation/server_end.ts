/**
 * The server of a simulation: the product's own rules and driver on a simulated machine. Another's
 * server is a machine of its kind, with as few rules as most have: a repeated request is ignored
 * while its transfer runs, another request ends it, and what belongs to no transfer gets ERROR 5.
 */

import {
  type Address,
  decodePacket,
  encodePacket,
  ErrorCode,
  type Machine,
  Opcode,
  type RequestPacket,
  TftpError,
} from "../../src/protocol/mod.ts";
import { type AddressKey, addressKey } from "../../src/engine/address.ts";
import { Driver } from "../../src/engine/driver.ts";
import type { DatagramHandler } from "../../src/engine/network.ts";
import type { Handler, Opened } from "../../src/engine/handler.ts";
import { Later } from "../../src/engine/later.ts";
import { DEFAULT_POLICY } from "../../src/server/policy.ts";
import { ServerCore } from "../../src/server/server_core.ts";
import type { Transfer } from "../../src/server/transfer.ts";
import { UploadQuota } from "../../src/server/upload_quota.ts";
import { End } from "./end.ts";
import { Monitor } from "./monitor.ts";
import { Node, type Surroundings, textOf } from "./node.ts";
import type { MemorySink, MemorySource } from "./storage.ts";

export interface ServerPlan {
  source(): MemorySource;
  sink(): MemorySink;
  /** Makes the machine of another's server; ours where it is left out. */
  answer?(request: RequestPacket, sink: MemorySink | undefined): Machine;
  /** How long our server bears silence; its usual time where it is left out. */
  readonly idleTimeoutMs?: number;
  readonly dallyMs?: number;
  /** How long the next opening takes, if it is no matter of a moment, and whether it refuses. */
  lateOpening?(): { readonly forMs: number; readonly refuses: boolean } | undefined;
}

/** What a handler has opened. */
interface Opening {
  readonly source?: MemorySource;
  readonly sink?: MemorySink;
}

export class ServerEnd {
  /** One end per transfer. */
  readonly ends: End[] = [];
  readonly node: Node;
  /** Our server; undefined when it is another's. */
  readonly core: ServerCore | undefined;
  readonly #plan: ServerPlan;
  readonly #world: Surroundings;
  readonly #monitor = new Monitor();
  /** All that was opened, early or late. */
  readonly opened: Opening[] = [];
  /** Transfers that settled though their file was never open. */
  readonly #unbegun = new Set<Transfer>();
  /** Transfers that have ended. */
  readonly #gone = new Set<Transfer>();
  readonly #byTransfer = new Map<Transfer, End>();
  readonly #transfers: { readonly transfer: Transfer; readonly end: End }[] = [];
  readonly #drivers: Driver[] = [];

  constructor(plan: ServerPlan, world: Surroundings) {
    this.#plan = plan;
    this.#world = world;
    this.node = new Node("server", world, this.#monitor);
    if (plan.answer) this.#listenAsAnother();
    else this.core = this.#listen();
  }

  /** Cancels the transfer that began last. */
  cancel(reason: string): void {
    this.#world.watch.note("server", "cancelled");
    this.node.run(() => {
      const last = this.#transfers.at(-1);
      if (last && !last.end.ended) last.transfer.cancel(reason);
      this.#drivers.at(-1)?.cancel(reason);
    });
  }

  #listen(): ServerCore {
    const { idleTimeoutMs = DEFAULT_POLICY.idleTimeoutMs, dallyMs } = this.#plan;
    const core = new ServerCore({
      network: this.node,
      handler: this.#handler,
      quota: new UploadQuota("", () => this.node.clock.nowMs()),
      policy: { ...DEFAULT_POLICY, uploads: "overwrite", idleTimeoutMs },
      singlePort: false,
      ...(dallyMs === undefined ? {} : { dallyMs }),
      log: (record) => {
        if (record.kind === "error") this.#world.watch.violation("server", record.message);
      },
      broken: () => {},
      begun: (transfer) => this.#begun(transfer),
      settled: ({ error, note }, transfer) => {
        const end = this.#byTransfer.get(transfer);
        if (!end) return this.#settledUnbegun(transfer, error);
        end.settle({ ...(error ? { error } : {}), ...(note === undefined ? {} : { note }) });
      },
      ended: (transfer) => {
        const end = this.#byTransfer.get(transfer);
        this.#byTransfer.delete(transfer);
        this.#expect(end !== undefined || !this.#gone.has(transfer), "a transfer ended twice");
        this.#gone.add(transfer);
        end?.end();
      },
    });
    core.listen({ hostname: "server", port: 69 });
    return core;
  }

  #settledUnbegun(transfer: Transfer, error: Error | undefined): void {
    this.#expect(error !== undefined, "a transfer is whole though its file was never open");
    const isFirst = !this.#unbegun.has(transfer) && !this.#gone.has(transfer);
    this.#expect(isFirst, "a transfer settled twice, or after its end");
    this.#unbegun.add(transfer);
  }

  #expect(condition: boolean, what: string): void {
    if (!condition) this.#world.watch.violation("server", what);
  }

  #begun(transfer: Transfer): void {
    const { local, client } = transfer;
    const machine = transfer.machine!;
    const isNew = !this.#byTransfer.has(transfer) && !this.#gone.has(transfer) &&
      !this.#unbegun.has(transfer);
    this.#expect(isNew, "a transfer began twice, or after its end");
    const where = { address: textOf(local), peer: textOf(client) };
    const end = new End({ ...where, machine, ...this.opened.at(-1) }, this.#world);
    this.ends.push(end);
    this.#byTransfer.set(transfer, end);
    this.#transfers.push({ transfer, end });
    this.#monitor.add(end, local, client);
  }

  get #handler(): Handler {
    return {
      open: ({ direction }) => {
        const late = this.#plan.lateOpening?.();
        if (!late) return this.#open(direction);
        const later = new Later<Opened>();
        const { time } = this.#world;
        time.at(time.nowMs + late.forMs, () => {
          if (late.refuses) later.reject(new TftpError("local", ErrorCode.FileNotFound));
          else later.resolve(this.#open(direction));
        });
        return later;
      },
    };
  }

  #open(direction: "get" | "put"): Opened {
    const opening = direction === "get"
      ? { source: this.#plan.source() }
      : { sink: this.#plan.sink() };
    this.opened.push(opening);
    return opening.source ?? opening.sink!;
  }

  #listenAsAnother(): void {
    const running = new Map<AddressKey, { request: RequestPacket; end: End; driver: Driver }>();
    const knock = (bytes: Uint8Array, from: Address) => {
      const packet = decodePacket(bytes);
      if (packet.opcode !== Opcode.RRQ && packet.opcode !== Opcode.WRQ) return;
      const known = running.get(addressKey(from));
      if (known && !known.end.outcome) {
        const { opcode, filename } = known.request;
        if (opcode === packet.opcode && filename === packet.filename) return;
        known.driver.drop(new Error("The client started another transfer"));
      }
      running.set(addressKey(from), { request: packet, ...this.#answer(packet, from) });
    };
    this.node.bind({ hostname: "server", port: 69 }, handlerOf(knock));
  }

  #answer(request: RequestPacket, client: Address): { end: End; driver: Driver } {
    const reads = request.opcode === Opcode.RRQ;
    const ends = reads ? {} : { sink: this.#plan.sink() };
    const machine = this.#plan.answer!(request, ends.sink);
    const socket = this.node.bind(
      { hostname: "server", port: 0 },
      handlerOf((bytes, from, nowMs) => {
        const isClient = from.hostname === client.hostname && from.port === client.port;
        const isStray = !isClient || end.ended;
        if (isStray && bytes[1] !== Opcode.ERROR) socket.send(UNKNOWN_TID, from);
        if (isClient) driver.receive(bytes, nowMs);
      }),
    );
    const where = { address: textOf(socket.address), peer: textOf(client) };
    const end = new End({ ...where, machine, ...ends }, this.#world);
    this.ends.push(end);
    this.#monitor.add(end, socket.address, client);
    const driver = new Driver({ machine, socket, clock: this.node.clock, peer: client, ...ends }, {
      noteSettled: ({ error, note }) =>
        end.settle({ ...(error ? { error } : {}), ...(note === undefined ? {} : { note }) }),
      noteEnded: () => end.end(),
    });
    this.#drivers.push(driver);
    driver.start();
    return { end, driver };
  }
}

/** What a stranger is told (RFC 1350 §4). */
const UNKNOWN_TID = encodePacket({
  opcode: Opcode.ERROR,
  code: ErrorCode.UnknownTid,
  message: "Unknown transfer ID",
});

function handlerOf(receive: DatagramHandler["receive"]): DatagramHandler {
  return {
    receive,
    unsendable() {},
    failed(error) {
      throw error;
    },
    broken() {},
  };
}
