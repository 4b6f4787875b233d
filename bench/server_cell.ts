/** Measures a cell of servers: all of them run, and take turns. */

import { join } from "@std/path";
import type { RunningPeer } from "../tests/helpers/process/peers.ts";
import type { Results } from "./bars.ts";
import type { ServerCell } from "./cells.ts";
import { type Contender, startContender } from "./contenders.ts";
import { type Figures, type Run, summarize } from "./figures.ts";
import { sameBytes } from "./folder.ts";
import { endServer } from "./leftovers.ts";
import { type Load, runLoad } from "./load.ts";
import { Meter } from "./meter.ts";
import { hasHadEnough, inRounds } from "./turns.ts";

/** V8 compiles code that runs often; before that, a measurement would be of something else. */
const WARM_UP_RUNS = 2;

/** So much of a load is enough for that. */
const WARM_UP_AT_ONCE = 50;
const WARM_UP_MIB = 100;
const WARM_UP_FILES = 10_000;

export interface Bench {
  /** The compiled tftpload. */
  program: string;
  /** The served folder. */
  folder: string;
  contenders: readonly Contender[];
  rounds: number;
  /** A server of few transfers a second gets fewer, so that no run takes much longer than this. */
  runSeconds: number;
}

/** A server that runs. */
interface Process {
  server: RunningPeer;
  meter: Meter;
}

interface Entry {
  contender: Contender;
  /** They take turns. */
  processes: Process[];
  load: Load;
  runs: Run[];
}

export async function measureServers(cell: ServerCell, bench: Bench): Promise<Results> {
  const entries: Entry[] = [];
  const results = new Map<string, Figures>();
  try {
    for (const contender of bench.contenders) {
      const entry = await begin(cell, contender, bench);
      if (typeof entry === "string") results.set(contender.name, { values: {}, failure: entry });
      else entries.push(entry);
    }
    for (const entry of entries) await warmUp(cell, entry, bench);
    await inRounds(entries, bench.rounds, (entry) => takeTurn(cell, entry, bench));
    for (const entry of entries) {
      results.set(entry.contender.name, await figuresOf(cell, entry, bench));
    }
    return results;
  } finally {
    for (const entry of entries) await end(entry);
  }
}

/** A contender that runs, or why it does not: then the others are measured nevertheless. */
async function begin(
  cell: ServerCell,
  contender: Contender,
  bench: Bench,
): Promise<Entry | string> {
  const entry: Entry = { contender, processes: [], load: cell.load, runs: [] };
  const wanted = cell.load.atOnce === undefined ? contender.processes ?? 1 : 1;
  try {
    while (entry.processes.length < wanted) {
      entry.processes.push(await start(cell, contender, bench));
    }
    return entry;
  } catch (error) {
    await end(entry);
    return `does not start: ${(error as Error).message.trim().split("\n").at(-1)}`;
  }
}

async function start(cell: ServerCell, contender: Contender, { folder }: Bench): Promise<Process> {
  const { pinned, crowd = false, load } = cell;
  const most = crowd && load.atOnce !== undefined ? { atOnce: load.atOnce } : {};
  const server = await startContender(contender, { root: folder, pinned, ...most });
  return { server, meter: new Meter(server.pid, { forks: contender.forks ?? false }) };
}

async function end({ processes }: Entry): Promise<void> {
  for (const { server, meter } of processes) {
    await endServer(server);
    meter.close();
  }
}

async function warmUp(cell: ServerCell, entry: Entry, bench: Bench): Promise<void> {
  const { atOnce = 1, transfers } = cell.load;
  const enough = cell.load.file === "mebibyte" ? WARM_UP_MIB : WARM_UP_FILES;
  const few = {
    ...cell.load,
    transfers: Math.min(transfers, enough),
    atOnce: Math.min(atOnce, WARM_UP_AT_ONCE),
  };
  let fitting = transfers;
  for (const process of entry.processes) {
    for (let run = 0; run < WARM_UP_RUNS; run++) {
      const { seconds, transfers: done } = await runOn(process, few, { cell, bench });
      fitting = Math.ceil(done / seconds * bench.runSeconds);
    }
    process.meter.forgetPeak();
  }
  entry.load = { ...cell.load, transfers: Math.max(atOnce, Math.min(transfers, fitting)) };
}

async function takeTurn(cell: ServerCell, entry: Entry, bench: Bench): Promise<void> {
  const { processes, runs } = entry;
  // One that has failed would only fail again, after as long a wait.
  if (runs.some((run) => run.complaint !== "")) return;
  if (hasHadEnough(runs.map((run) => run.seconds))) return;
  const process = processes[runs.length % processes.length]!;
  runs.push(await runOn(process, entry.load, { cell, bench }));
}

async function runOn(
  { server, meter }: Process,
  load: Load,
  { cell, bench }: { cell: ServerCell; bench: Bench },
): Promise<Run> {
  const run = await runLoad(load, server, { ...bench, meter, pinned: cell.pinned });
  if (load.put && run.failed === 0) {
    const arrived = join(bench.folder, "upload-0");
    const same = await sameBytes(arrived, join(bench.folder, load.file));
    await Deno.remove(arrived);
    if (!same) return { ...run, failed: run.transfers, complaint: "wrong bytes" };
  }
  return run;
}

async function figuresOf(cell: ServerCell, entry: Entry, bench: Bench): Promise<Figures> {
  const { contender, processes, load, runs } = entry;
  if (!contender.forks) {
    return summarize(runs, Math.max(...processes.map(({ meter }) => meter.peakMb())));
  }
  const failed = runs.some((run) => run.complaint !== "");
  if (!cell.memory || failed) return summarize(runs);
  const [process] = processes;
  const once = () => runOn(process!, load, { cell, bench });
  return summarize(runs, await process!.meter.familyPeakMb(once));
}
