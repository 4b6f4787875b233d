/**
 * Measures this server and client beside those of others, in turns, and judges the figures.
 *
 *     deno task bench                 everything, into docs/performance.md
 *     deno task bench --quick         the most telling cells, within two minutes, to the screen
 *     deno task bench --only CELL…    some cells, to the screen; --list names them
 *     --rounds N                      how often each contender has its turn
 *     --beside DIR                    another checkout of this project as one more contender
 */

import { basename, fromFileUrl, join } from "@std/path";
import type { Results } from "./bars.ts";
import { buildC } from "./build.ts";
import { SERVER_CELLS } from "./cells.ts";
import { CLIENT_CELLS, measureClients } from "./client_cell.ts";
import { ourClient, PEER_CLIENTS } from "./clients.ts";
import { ours, oursByWorkers, PEERS } from "./contenders.ts";
import { type BenchFolder, fillFolder, makeFolder } from "./folder.ts";
import { GROWTH_CELLS } from "./growth_cell.ts";
import { loadFlags } from "./load.ts";
import { type Options, parseOptions } from "./options.ts";
import { groupTable, type Outcome, replaceFigures, table, verdictTable } from "./page.ts";
import { measureServers } from "./server_cell.ts";

const TREE = fromFileUrl(new URL("../", import.meta.url));
const PAGE = join(TREE, "docs", "performance.md");

/** Threads of the server that has several. */
const WORKERS = 2;

/** A cell of any kind, ready to be measured. */
interface Task extends Omit<Outcome, "results"> {
  id: string;
  quick: boolean;
  disk: boolean;
  measure(folder: BenchFolder): Promise<Results>;
}

function tasks(program: string, { rounds, quick, beside }: Options): Task[] {
  const before = beside === undefined ? [] : [beside];
  const contenders = [
    ours(TREE),
    oursByWorkers(TREE, WORKERS),
    ...before.map((tree) => ours(tree, "ours beside")),
    ...PEERS,
  ].filter((contender) => contender.version() !== undefined);
  const clients = [
    ourClient(TREE),
    ...before.map((tree) => ourClient(tree, "ours beside")),
    ...PEER_CLIENTS,
  ].filter((client) => client.version() !== undefined);
  const servers = SERVER_CELLS.map((cell): Task => ({
    ...cell,
    quick: cell.quick ?? false,
    disk: cell.disk ?? false,
    measure: ({ path }) =>
      measureServers(cell, {
        program,
        folder: path,
        rounds,
        runSeconds: quick ? 1 : 2,
        contenders: contenders.filter(({ name, forCrowds }) =>
          name.startsWith("ours") && (!forCrowds || cell.load.atOnce !== undefined) ||
          cell.against.includes(name)
        ),
      }),
  }));
  const moves = CLIENT_CELLS.map((cell): Task => ({
    ...cell,
    group: "clients, pinned",
    quick: cell.quick ?? false,
    disk: false,
    measure({ path }) {
      const server = contenders.find(({ name }) => name === cell.server);
      const able = clients.filter(({ windows }) => windows || !cell.windows);
      if (server === undefined) return Promise.resolve(new Map());
      return measureClients(cell, { folder: path, server, clients: able, rounds });
    },
  }));
  const growths = GROWTH_CELLS.map((cell): Task => ({
    ...cell,
    group: "growth",
    quick: false,
    disk: false,
    measure: ({ path }) => cell.measure({ program, folder: path, tree: TREE }),
  }));
  return [...servers, ...moves, ...growths];
}

/** Measures what the options want, with a word about each cell on standard error. */
async function measureAll(wanted: readonly Task[], options: Options): Promise<Outcome[]> {
  await using memory = await makeFolder({ disk: false });
  if (!memory.inMemory) say("No folder in memory can be had here: uploads will wait for a disk.");
  await fillFolder(memory.path, options);
  const outcomes: Outcome[] = [];
  for (const task of wanted) {
    const startedMs = performance.now();
    if (task.disk) {
      await using disk = await makeFolder({ disk: true });
      await fillFolder(disk.path, options);
      outcomes.push({ ...task, results: await task.measure(disk) });
    } else outcomes.push({ ...task, results: await task.measure(memory) });
    say(`${task.id}: ${((performance.now() - startedMs) / 1e3).toFixed(1)} s`);
  }
  return outcomes;
}

function report(outcomes: readonly Outcome[]): string {
  const groups = [...new Set(outcomes.map(({ group }) => group))];
  return [
    `## Must and aim\n\n${verdictTable(outcomes)}`,
    `## All figures\n`,
    ...groups.map((group) => groupTable(group, outcomes)),
  ].join("\n");
}

/** The machine, the versions, and every command line, so that anybody can repeat a figure. */
function conditions(options: Options): string {
  const cpu = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? "?";
  const present = PEERS.filter((peer) => peer.version() !== undefined);
  const missing = PEERS.filter((peer) => peer.version() === undefined).map(({ name }) => name);
  const at = { host: "HOST", port: 6969 };
  const servers = [ours(TREE), oursByWorkers(TREE, WORKERS), ...present].map((contender) => [
    contender.name,
    contender.version() ?? "",
    `\`${plain(contender.command("FOLDER", at))}\``,
  ]);
  const loads = SERVER_CELLS.map(({ id, pinned, load }) => [
    `\`${id}\``,
    `\`${
      plain([
        ...(pinned ? ["taskset", "-c", "0"] : []),
        "tftpload",
        ...loadFlags(load, { ...at, folder: "FOLDER" }),
      ])
    }\``,
  ]);
  const errand = { host: "HOST", port: 6969, remote: "REMOTE", local: "LOCAL", windows: false };
  const moves = [ourClient(TREE), ...PEER_CLIENTS].filter((one) => one.version() !== undefined)
    .map((client) => [
      client.name,
      client.version() ?? "",
      `\`${plain(client.command({ ...errand, direction: "get" }))}\``,
    ]);
  return [
    "## Conditions\n",
    `${cpu}, ${navigator.hardwareConcurrency} cores, Linux ${Deno.osRelease()}, ` +
    `Deno ${Deno.version.deno}. Medians of ${options.rounds} runs.` +
    (missing.length > 0 ? ` Not installed: ${missing.join(", ")}.` : "") + "\n",
    table(["server", "version", "command"], servers),
    table(["cell", "load"], loads),
    table(["client", "version", "command"], moves),
  ].join("\n");
}

/** A command without the paths of this machine. */
function plain(command: readonly string[]): string {
  return command.map((word) => {
    if (word === TREE || word.startsWith(TREE)) return word.slice(TREE.length);
    return word.startsWith("/") ? basename(word) : word.replaceAll(TREE, "");
  }).join(" ");
}

function say(words: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${words}\n`));
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  const all = tasks(await buildC("tftpload"), options);
  if (options.list) say(all.map(({ id }) => id).join("\n"));
  else {
    const wanted = all.filter(({ id, quick }) =>
      options.only.length > 0 ? options.only.includes(id) : quick || !options.quick
    );
    const outcomes = await measureAll(wanted, options);
    const text = report(outcomes);
    if (wanted.length < all.length) Deno.stdout.writeSync(new TextEncoder().encode(text));
    else {
      const page = replaceFigures(Deno.readTextFileSync(PAGE), text + "\n" + conditions(options));
      Deno.writeTextFileSync(PAGE, page);
      await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE] }).output();
      say(`Written: docs/performance.md`);
    }
  }
}
