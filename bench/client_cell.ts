/** Measures clients: whole processes, from the start to the exit, taking turns. */

import { join } from "@std/path";
import { run } from "../tests/helpers/process/cli.ts";
import { type Bar, OURS, type Results } from "./bars.ts";
import type { Client, Errand } from "./clients.ts";
import { type Contender, startContender, stationed } from "./contenders.ts";
import { type Figures, median } from "./figures.ts";
import { sameBytes } from "./folder.ts";
import { endServer } from "./leftovers.ts";
import { hasHadEnough, inRounds } from "./turns.ts";

export interface ClientCell {
  id: string;
  title: string;
  direction: "get" | "put";
  /** The name of the server. */
  server: string;
  /** Blocks of 1468 bytes in windows of 16, among clients that have windows. */
  windows: boolean;
  /** The file of the folder that is moved. */
  file: string;
  /** It is time that counts, not bytes. */
  startUp?: boolean;
  quick?: boolean;
  must: readonly Bar[];
  aim: readonly Bar[];
}

function atDefaults(direction: "get" | "put", server: string): ClientCell {
  return {
    id: `client-${direction}-${server}`,
    title: `${direction} 32 MiB, ${server}`,
    direction,
    server,
    windows: false,
    file: "client",
    quick: server === "atftpd" && direction === "get",
    must: [{ metric: "mbps", of: OURS, times: 1 }],
    aim: [{ metric: "mbps", of: OURS, times: 3 }],
  };
}

function inWindows(direction: "get" | "put"): ClientCell {
  return {
    id: `client-${direction}-1468-w16`,
    title: `${direction} 256 MiB 1468 w16, atftpd`,
    direction,
    server: "atftpd",
    windows: true,
    file: "large",
    must: [{ metric: "mbps", times: 1, than: ["atftp"] }],
    aim: [{ metric: "mbps", times: 1.5, than: ["atftp"] }],
  };
}

export const CLIENT_CELLS: readonly ClientCell[] = [
  atDefaults("get", "atftpd"),
  atDefaults("put", "atftpd"),
  atDefaults("get", "in.tftpd"),
  atDefaults("put", "in.tftpd"),
  inWindows("get"),
  inWindows("put"),
  {
    id: "client-start",
    title: "get 1 KiB, atftpd",
    direction: "get",
    server: "atftpd",
    windows: false,
    file: "kibibyte",
    startUp: true,
    quick: true,
    must: [],
    aim: [],
  },
];

export interface ClientBench {
  /** The served folder. */
  folder: string;
  server: Contender;
  clients: readonly Client[];
  rounds: number;
}

export async function measureClients(cell: ClientCell, bench: ClientBench): Promise<Results> {
  const server = await startContender(bench.server, { root: bench.folder, pinned: true });
  const times = new Map<Client, number[]>(bench.clients.map((client) => [client, []]));
  const failures = new Map<Client, string>();
  try {
    const takeTurn = async (client: Client): Promise<void> => {
      const seconds = times.get(client)!;
      if (failures.has(client) || hasHadEnough(seconds)) return;
      const outcome = await moveOnce(cell, client, { ...bench, at: server });
      if (typeof outcome === "string") failures.set(client, outcome);
      else seconds.push(outcome);
    };
    // The first round fills the caches of the file system and does not count.
    await inRounds(bench.clients, 1, takeTurn);
    for (const client of bench.clients) times.set(client, []);
    await inRounds(bench.clients, bench.rounds, takeTurn);
  } finally {
    await endServer(server);
  }
  const { size } = await Deno.stat(join(bench.folder, cell.file));
  const results = new Map<string, Figures>();
  for (const [client, seconds] of times) {
    const failure = failures.get(client);
    const metric = cell.startUp ? "ms" : "mbps";
    const perRound = seconds.map((each) => cell.startUp ? each * 1e3 : size / each / 1e6);
    const figures = { values: { [metric]: median(perRound) }, rounds: { [metric]: perRound } };
    results.set(client.name, failure === undefined ? figures : { values: {}, failure });
  }
  return results;
}

/** Seconds, or what went wrong. */
async function moveOnce(
  cell: ClientCell,
  client: Client,
  { folder, at }: { folder: string; at: { host: string; port: number } },
): Promise<number | string> {
  const copy = join(folder, "copy");
  const original = join(folder, cell.file);
  const { direction, windows } = cell;
  const names = direction === "get"
    ? { remote: cell.file, local: copy }
    : { remote: "copy", local: original };
  const { host, port } = at;
  const errand: Errand = { direction, windows, host, port, ...names };
  const [program, args] = stationed(true, client.command(errand));
  const startedMs = performance.now();
  const { code, stdout, stderr } = await run(program, { args });
  const seconds = (performance.now() - startedMs) / 1e3;
  if (code !== 0) return `exit code ${code}: ${(stdout + stderr).trim()}`;
  // A server may still be closing its file when the client has gone.
  const same = await sameBytes(copy, original);
  await Deno.remove(copy).catch(() => {});
  return same ? seconds : "wrong bytes";
}
