/** A real server of two workers over a folder of its own. */

import type { LogRecord } from "../../../src/mod.ts";
import {
  serveByWorkers,
  type ServerOfWorkers,
  type WorkersOptions,
} from "../../../src/server/workers.ts";
import { TempFolder } from "./temp_folder.ts";
import { until } from "../sim/within.ts";

export class WorkersFolder implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly server: ServerOfWorkers;
  readonly records: LogRecord[];

  private constructor(folder: TempFolder, server: ServerOfWorkers, records: LogRecord[]) {
    this.folder = folder;
    this.server = server;
    this.records = records;
  }

  /** Serves an empty folder on a free port of 127.0.0.1. */
  static async open(options: Partial<WorkersOptions> = {}): Promise<WorkersFolder> {
    const folder = new TempFolder();
    const records: LogRecord[] = [];
    const server = await serveByWorkers({
      root: folder.path,
      port: 0,
      addresses: ["127.0.0.1"],
      workers: 2,
      ...options,
      log: (record) => records.push(record),
    });
    return new WorkersFolder(folder, server, records);
  }

  /** Where a client with any address of this machine's finds it. */
  get door(): Deno.NetAddr {
    return this.server.addresses[0] as Deno.NetAddr;
  }

  /** Records of a kind, once there are so many. */
  async recorded<Kind extends LogRecord["kind"]>(kind: Kind, count: number) {
    const found = () =>
      this.records.filter((record): record is Extract<LogRecord, { kind: Kind }> =>
        record.kind === kind
      );
    await until(() => found().length >= count, `${kind} ${count} of the log`);
    return found();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
    this.folder[Symbol.dispose]();
  }
}
