/** Measures what does not stay flat: memory with the size of a file, cost with the clients. */

import { join } from "@std/path";
import { type Bar, OURS, type Results } from "./bars.ts";
import { ourClient } from "./clients.ts";
import { type Contender, startContender, stationed } from "./contenders.ts";
import { type Figures, format } from "./figures.ts";
import { writeSparse } from "./folder.ts";
import { endServer } from "./leftovers.ts";
import { runLoad } from "./load.ts";
import { Meter, peakMbOf } from "./meter.ts";
import { ours, oursNative } from "./ours.ts";

export interface GrowthCell {
  id: string;
  title: string;
  measure(bench: GrowthBench): Promise<Results>;
  must: readonly Bar[];
  aim: readonly Bar[];
}

export interface GrowthBench {
  /** The compiled tftpload. */
  program: string;
  /** The served folder. */
  folder: string;
  /** The checkout that is measured. */
  tree: string;
}

const SMALL = 256 * 1024 ** 2;
const LARGE = 4 * 1024 ** 3;

/** How often a client's memory is looked at: its last peak is lost when it has ended. */
const LOOK_EVERY_MS = 20;

const FLAT: Pick<GrowthCell, "must" | "aim"> = {
  must: [{ metric: "growthMb", of: OURS, limit: 10 }],
  aim: [{ metric: "growthMb", of: OURS, limit: 1 }],
};

export const GROWTH_CELLS: readonly GrowthCell[] = [
  {
    id: "growth-serve",
    title: "serve 4 GiB, 8192 w8",
    measure: ofServers(growthOfServer),
    ...FLAT,
  },
  {
    id: "growth-get",
    title: "get 4 GiB",
    measure: (bench) => ofClient(growthOfClient("get", bench)),
    ...FLAT,
  },
  {
    id: "growth-put",
    title: "put 4 GiB",
    measure: (bench) => ofClient(growthOfClient("put", bench)),
    ...FLAT,
  },
  {
    id: "cost",
    title: "CPU per GB, 1000 clients beside fewer",
    measure: ofServers(costOfClients),
    must: [{ metric: "times", of: OURS, limit: 1.3 }],
    aim: [{ metric: "times", of: OURS, limit: 1.05 }],
  },
];

/** The same of each of our servers. */
function ofServers(
  measure: (contender: Contender, bench: GrowthBench) => Promise<Figures>,
): GrowthCell["measure"] {
  return async (bench) => {
    const results = new Map<string, Figures>();
    for (const contender of [ours(bench.tree), oursNative(bench.tree)]) {
      if (contender.version() === undefined) continue;
      results.set(contender.name, await measure(contender, bench));
    }
    return results;
  };
}

async function growthOfServer(
  contender: Contender,
  { program, folder }: GrowthBench,
): Promise<Figures> {
  const server = await startContender(contender, { root: folder, pinned: false });
  const meter = new Meter(server.pid, { forks: false });
  try {
    const peaks: number[] = [];
    for (const size of [SMALL, SMALL, LARGE]) {
      await writeSparse(join(folder, "sparse"), size);
      const load = { blksize: 8192, windowsize: 8, file: "sparse", transfers: 1 };
      const { complaint } = await runLoad(load, server, { program, folder, meter, pinned: false });
      if (complaint !== "") return failed(complaint);
      peaks.push(meter.peakMb());
    }
    return growth(peaks[1]!, peaks[2]!);
  } finally {
    await endServer(server);
    meter.close();
    await Deno.remove(join(folder, "sparse"));
  }
}

async function ofClient(figures: Promise<Figures>): Promise<Results> {
  return new Map([[OURS, await figures]]);
}

async function growthOfClient(
  direction: "get" | "put",
  { folder, tree }: GrowthBench,
): Promise<Figures> {
  const server = await startContender(ours(tree), { root: folder, pinned: false });
  try {
    const peaks: number[] = [];
    for (const size of [SMALL, LARGE]) {
      const [remote, local] = ["sparse", "copy"].map((name) => join(folder, name));
      const source = direction === "get" ? remote! : local!;
      await writeSparse(source, size);
      const { host, port } = server;
      const errand = { direction, host, port, remote: "sparse", local: local!, windows: false };
      peaks.push(await peakOfCommand(ourClient(tree).command(errand)));
      const arrived = await Deno.stat(direction === "get" ? local! : remote!);
      await Deno.remove(remote!);
      await Deno.remove(local!);
      if (arrived.size !== size) return failed(`${arrived.size} of ${size} bytes`);
    }
    return growth(peaks[0]!, peaks[1]!);
  } finally {
    await endServer(server);
  }
}

/** Runs a command and watches its memory. */
async function peakOfCommand(command: readonly string[]): Promise<number> {
  const [program, args] = stationed(false, command);
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "null" }).spawn();
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, peakMbOf(child.pid) ?? 0);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  const { success } = await child.status;
  clearInterval(timer);
  if (!success) throw new Error(`${command.join(" ")} failed`);
  return peak;
}

/** The same thousand mebibytes, fetched by ever more clients at once. */
async function costOfClients(
  contender: Contender,
  { program, folder }: GrowthBench,
): Promise<Figures> {
  const server = await startContender(contender, { root: folder, pinned: false });
  const meter = new Meter(server.pid, { forks: false });
  const settings = { program, folder, meter, pinned: false };
  const costs: number[] = [];
  const counts = [1, 10, 100, 1000];
  try {
    const load = { blksize: 1468, file: "mebibyte", transfers: 1000 };
    await runLoad({ ...load, atOnce: 10 }, server, settings);
    for (const atOnce of counts) {
      const run = await runLoad({ ...load, atOnce }, server, settings);
      if (run.complaint !== "") return failed(`${atOnce} clients: ${run.complaint}`);
      costs.push((run.cpuSeconds ?? NaN) / run.bytes * 1e9);
    }
  } finally {
    await endServer(server);
    meter.close();
  }
  const each = costs.map((cost, index) => `${counts[index]}: ${format("cpuPerGb", cost)}`);
  // One client alone is dear for another reason: every packet of its wakes somebody.
  return {
    values: { times: costs.at(-1)! / Math.min(...costs) },
    detail: `CPU s/GB at ${each.join(", ")}`,
  };
}

function growth(before: number, after: number): Figures {
  const detail = `peak ${format("peakMb", before)} → ${format("peakMb", after)} MB`;
  return { values: { growthMb: Math.max(0, after - before) }, detail };
}

function failed(failure: string): Figures {
  return { values: {}, failure };
}
