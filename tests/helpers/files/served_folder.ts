/** A real server in the test's own process, over a folder of its own. */

import type { LogRecord, Network, ServeOptions, Server, TransferRecord } from "../../../src/mod.ts";
import { serve } from "../../../src/mod.ts";
import { TempFolder } from "./temp_folder.ts";
import { endOf, testNetwork, testServerNetwork } from "../net/test_network.ts";
import { within } from "../sim/within.ts";

export class ServedFolder implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly server: Server;
  readonly records: LogRecord[] = [];
  readonly #network: Network;
  #notify = () => {};
  #seen = 0;

  /** Serves an empty folder on a free port of 127.0.0.1. */
  constructor(options: Partial<ServeOptions> = {}) {
    this.#network = options.network ?? testServerNetwork();
    this.server = serve({
      root: this.folder.path,
      port: 0,
      addresses: ["127.0.0.1"],
      ...options,
      network: this.#network,
      log: (record) => {
        this.records.push(record);
        this.#notify();
      },
    });
  }

  get port(): number {
    return this.server.addresses[0]!.port;
  }

  /** What a client needs to ask this server. */
  get target(): { host: string; port: number; network: Network } {
    return { host: "127.0.0.1", port: this.port, network: testNetwork() };
  }

  /** The next transfer that ends, or has ended and was not returned yet. */
  async nextTransfer(): Promise<TransferRecord> {
    for (;;) {
      while (this.#seen < this.records.length) {
        const record = this.records[this.#seen++]!;
        if (record.kind === "transfer") return record;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#notify = resolve;
      await within(promise, "the record of a transfer");
    }
  }

  /** Internal errors of the server, which no client may cause. */
  get errors(): string[] {
    return this.records.flatMap((record) => record.kind === "error" ? [record.message] : []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
    await endOf(this.#network);
    this.folder[Symbol.dispose]();
  }
}
