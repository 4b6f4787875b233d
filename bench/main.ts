/**
 * Measures this server and client beside those of others, in turns, and judges the figures.
 *
 *     deno task bench                 everything, into docs/performance.md
 *     deno task bench --quick         the most telling cells, to the screen
 *     deno task bench --only CELL…    some cells, to the screen; --list names them
 *     --rounds N                      how often each contender has its turn
 *     --beside DIR                    an older checkout of this project as one more contender
 */

import { fromFileUrl, join } from "@std/path";
import { NATIVE, OURS, type Results } from "./bars.ts";
import { buildC } from "./build.ts";
import { conditions } from "./conditions.ts";
import { type BenchFolder, fillFolder, makeFolder } from "./folder.ts";
import { endOnSignals } from "./leftovers.ts";
import { type Options, parseOptions } from "./options.ts";
import { type Outcome, replaceFigures, report } from "./page.ts";
import { type Task, tasksOf } from "./tasks.ts";

const TREE = fromFileUrl(new URL("../", import.meta.url));
const PAGE = join(TREE, "docs", "performance.md");

/** Measures what the options want, with a word about each cell on standard error. */
async function measureAll(wanted: readonly Task[], options: Options): Promise<Outcome[]> {
  using memory = await makeFolder({ disk: false });
  if (!memory.inMemory) say("No folder in memory can be had here: uploads will wait for a disk.");
  await fillFolder(memory.path, options);
  const outcomes: Outcome[] = [];
  for (const task of wanted) {
    const startedMs = performance.now();
    if (task.disk) {
      using disk = await makeFolder({ disk: true });
      await fillFolder(disk.path, options);
      outcomes.push({ ...task, results: await measureOne(task, disk) });
    } else outcomes.push({ ...task, results: await measureOne(task, memory) });
    say(`${task.id}: ${seconds(startedMs)}`);
  }
  return outcomes;
}

/** A cell that can't be measured counts as missed; the others are still measured. */
async function measureOne(task: Task, folder: BenchFolder): Promise<Results> {
  try {
    return await task.measure(folder);
  } catch (error) {
    const failure = `not measured: ${(error as Error).message}`;
    say(`${task.id}: ${failure}`);
    return new Map([OURS, NATIVE].map((name) => [name, { values: {}, failure }]));
  }
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1e3).toFixed(1)} s`;
}

function say(words: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${words}\n`));
}

async function main(options: Options): Promise<void> {
  const all = tasksOf(TREE, await buildC("tftpload"), options);
  if (options.list) return say(all.map(({ id }) => id).join("\n"));
  const unknown = options.only.filter((id) => all.every((task) => task.id !== id));
  if (unknown.length > 0) throw new RangeError(`No such cell: ${unknown.join(", ")}; see --list`);
  const wanted = all.filter(({ id, quick }) =>
    options.only.length > 0 ? options.only.includes(id) : quick || !options.quick
  );
  endOnSignals();
  const startedMs = performance.now();
  const outcomes = await measureAll(wanted, options);
  say(`all: ${seconds(startedMs)}`);
  const text = report(outcomes);
  if (wanted.length < all.length) return void Deno.stdout.writeSync(new TextEncoder().encode(text));
  const figures = `${text}\n${conditions(TREE, options)}`;
  await Deno.writeTextFile(PAGE, replaceFigures(await Deno.readTextFile(PAGE), figures));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE] }).output();
  say(`Written: docs/performance.md`);
}

if (import.meta.main) {
  await main(parseOptions(Deno.args));
  // The signals that are listened for would keep it alive.
  Deno.exit();
}
