/** Every cell, ready to be measured, with those who take part in it. */

import { BEFORE, OURS, type Results } from "./bars.ts";
import { SERVER_CELLS, type ServerCell } from "./cells.ts";
import { CLIENT_CELLS, type ClientCell, measureClients } from "./client_cell.ts";
import { type Client, ourClient, ourNativeClient, PEER_CLIENTS } from "./clients.ts";
import { type Contender, PEERS } from "./contenders.ts";
import type { BenchFolder } from "./folder.ts";
import { GROWTH_CELLS } from "./growth_cell.ts";
import type { Options } from "./options.ts";
import { byWorkers, ours, oursNative } from "./ours.ts";
import type { Outcome } from "./page.ts";
import { measureServers } from "./server_cell.ts";

/** Threads of a server that has several. */
const WORKERS = 2;

/** A cell of any kind. */
export interface Task extends Omit<Outcome, "results"> {
  id: string;
  quick: boolean;
  disk: boolean;
  measure(folder: BenchFolder): Promise<Results>;
}

/** Who takes part: those that are installed. */
export interface Field {
  servers: readonly Contender[];
  clients: readonly Client[];
}

/** Ours and the peers; the older checkout stands next to what it is compared with. */
export function fieldOf(tree: string, { beside }: Pick<Options, "beside">): Field {
  const native = oursNative(tree);
  const servers = [
    ours(tree),
    ...(beside === undefined ? [] : [ours(beside, BEFORE)]),
    native,
    byWorkers(ours(tree), WORKERS),
    byWorkers(native, WORKERS),
    ...PEERS,
  ];
  const clients = [
    ourClient(tree),
    ...(beside === undefined ? [] : [ourClient(beside, BEFORE)]),
    ourNativeClient(tree),
    ...PEER_CLIENTS,
  ];
  return { servers: servers.filter(isInstalled), clients: clients.filter(isInstalled) };
}

function isInstalled({ version }: Contender | Client): boolean {
  return version() !== undefined;
}

/** All cells; `program` is the compiled tftpload. */
export function tasksOf(tree: string, program: string, options: Options): Task[] {
  const field = fieldOf(tree, options);
  return [
    ...SERVER_CELLS.map((cell) => taskOfServers(cell, field, { program, ...options })),
    ...CLIENT_CELLS.map((cell) => taskOfClients(cell, field, options)),
    ...GROWTH_CELLS.map((cell): Task => ({
      ...cell,
      group: "growth",
      quick: false,
      disk: false,
      measure: ({ path }) => cell.measure({ program, folder: path, tree }),
    })),
  ];
}

function taskOfServers(
  cell: ServerCell,
  { servers }: Field,
  { program, rounds, quick }: Options & { program: string },
): Task {
  const { against, load: { atOnce } } = cell;
  const contenders = servers.filter(({ name, forCrowds = false }) =>
    name.startsWith(OURS) ? !forCrowds || atOnce !== undefined : against.includes(name)
  );
  const runSeconds = quick ? 1 : 2;
  return {
    ...cell,
    kept: cell.group === "small files" ? "tps" : "mbps",
    quick: cell.quick ?? false,
    disk: cell.disk ?? false,
    measure: ({ path }) =>
      measureServers(cell, { program, folder: path, rounds, runSeconds, contenders }),
  };
}

function taskOfClients(cell: ClientCell, { servers, clients }: Field, { rounds }: Options): Task {
  return {
    ...cell,
    group: "clients, pinned",
    kept: cell.startUp ? "ms" : "mbps",
    quick: cell.quick ?? false,
    disk: false,
    measure({ path }) {
      const server = servers.find(({ name }) => name === cell.server);
      if (server === undefined) return Promise.resolve(new Map());
      const able = clients.filter(({ windows }) => windows || !cell.windows);
      return measureClients(cell, { folder: path, server, clients: able, rounds });
    },
  };
}
