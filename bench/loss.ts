/**
 * The command behind `deno task bench:loss`: our client and server and the peers that are on this
 * machine, side by side over bad networks. Writes the tables of docs/bad-networks.md.
 *
 *     --only=NAME   measure and write this table only (lockstep, windows, mixed, uploads)
 *
 * It takes half an hour, most of which is spent waiting for peers: a transfer that has not
 * ended after half a minute is cut off.
 */

import { type BenchClient, type BenchServer, findClients, findServers } from "./loss/ends.ts";
import { type Case, measure, type Measured } from "./loss/measure.ts";
import { measureUploads } from "./loss/uploads.ts";

const MIB = 1 << 20;
const LIMIT_SECONDS = 30;
/** Ours run with each of these; the table shows the median. */
const SEEDS = [1, 2, 3, 4, 5];
const PAGE = new URL("../docs/bad-networks.md", import.meta.url);

const clients = findClients();
const servers = findServers();

interface Row {
  readonly label: string;
  readonly client: BenchClient;
  readonly server: BenchServer;
  readonly direction: "get" | "put";
  readonly blksize: number;
  readonly windowsize: number;
}

/** A row, if both of its ends are on this machine. */
function row(names: readonly [string, string], how: Partial<Row> = {}): Row[] {
  const client = clients.find(({ name }) => name === names[0]);
  const server = servers.find(({ name }) => name === names[1]);
  if (!client || !server) return [];
  const { direction = "get", blksize = 1428, windowsize = 1 } = how;
  const ends = direction === "get" ? `${names[0]} ← ${names[1]}` : `${names[0]} → ${names[1]}`;
  const window = windowsize > 1 ? `, windowsize ${windowsize}` : "";
  return [{ client, server, direction, blksize, windowsize, label: `${ends}${window}` }];
}

async function median(test: Omit<Case, "seed">, seeds: readonly number[]): Promise<Measured> {
  const all: Measured[] = [];
  for (const seed of seeds) all.push(await measure({ ...test, seed }));
  all.sort((a, b) => a.seconds - b.seconds);
  return all.find(({ failure }) => failure !== undefined) ?? all[Math.floor(all.length / 2)]!;
}

function cell({ seconds, cut, failure }: Measured): string {
  if (failure !== undefined) return `failed: ${failure.split("\n")[0]}`;
  return cut ? `> ${LIMIT_SECONDS} s` : `${seconds.toFixed(2)} s`;
}

interface Network {
  readonly name: string;
  readonly delayMs: number;
  readonly loss: number;
}

/** A table of rows by networks. */
async function table(rows: readonly Row[], networks: readonly Network[], bytes: number) {
  const lines = [
    `| | ${networks.map(({ name }) => name).join(" | ")} |`,
    `| --- | ${networks.map(() => "---:").join(" | ")} |`,
  ];
  for (const { label, ...ends } of rows) {
    const isOurs = ends.client.name === "ours" || ends.server.name === "ours";
    const cells: string[] = [];
    for (const { delayMs, loss } of networks) {
      const test = { ...ends, bytes, link: { delayMs, loss }, limitSeconds: LIMIT_SECONDS };
      const measured = await median(test, isOurs ? SEEDS : SEEDS.slice(0, 1));
      cells.push(cell(measured));
    }
    lines.push(`| ${label} | ${cells.join(" | ")} |`);
    print(lines.at(-1)!);
  }
  return lines.join("\n");
}

function lossOf(percents: readonly number[], delayMs: number): Network[] {
  return percents.map((percent) => ({ name: `${percent} %`, delayMs, loss: percent / 100 }));
}

function lockstep(): Promise<string> {
  const rows = [
    ...row(["ours", "ours"]),
    ...row(["ours", "ours"], { direction: "put" }),
    ...row(["busybox", "in.tftpd"]),
    ...row(["atftp", "atftpd"]),
    ...row(["curl", "in.tftpd"]),
    ...row(["npm tftp", "npm tftp"]),
  ];
  return table(rows, lossOf([0, 0.1, 1], 0), 10 * MIB);
}

function windows(): Promise<string> {
  const rows = [
    ...row(["ours", "ours"], { windowsize: 32 }),
    ...row(["ours", "ours"], { windowsize: 32, direction: "put" }),
    ...[8, 32, 64].flatMap((windowsize) => row(["atftp", "atftpd"], { windowsize })),
    ...[4, 32].flatMap((windowsize) => row(["npm tftp", "npm tftp"], { windowsize })),
  ];
  return table(rows, lossOf([0, 1, 5], 10), 10 * MIB);
}

/** Every peer with the one it is mostly used with, and each of them with us. */
function mixed(): Promise<string> {
  const windowsize = 8;
  const rows = [
    ...row(["tftp-hpa", "in.tftpd"], { blksize: 512 }),
    ...row(["tftp-hpa", "ours"], { blksize: 512 }),
    ...["curl", "busybox"].flatMap((name) => [...row([name, "in.tftpd"]), ...row([name, "ours"])]),
    ...row(["curl", "dnsmasq"]),
    ...["in.tftpd", "dnsmasq"].flatMap((name) => row(["ours", name])),
    ...row(["atftp", "atftpd"]),
    ...row(["atftp", "ours"]),
    ...row(["ours", "atftpd"]),
    ...row(["npm tftp", "npm tftp"]),
    ...row(["npm tftp", "ours"]),
    ...row(["ours", "npm tftp"]),
    ...row(["atftp", "atftpd"], { windowsize }),
    ...row(["atftp", "ours"], { windowsize }),
    ...row(["ours", "atftpd"], { windowsize }),
    ...row(["npm tftp", "npm tftp"], { windowsize }),
    ...row(["npm tftp", "ours"], { windowsize }),
    ...row(["ours", "npm tftp"], { windowsize }),
    ...row(["curl", "in.tftpd"], { direction: "put" }),
    ...row(["curl", "ours"], { direction: "put" }),
    ...row(["ours", "in.tftpd"], { direction: "put" }),
    ...row(["atftp", "atftpd"], { direction: "put" }),
    ...row(["atftp", "ours"], { direction: "put" }),
    ...row(["ours", "atftpd"], { direction: "put" }),
  ];
  return table(rows, lossOf([0, 1], 0), MIB);
}

const TABLES: Readonly<Record<string, () => Promise<string>>> = {
  lockstep,
  windows,
  mixed,
  uploads: measureUploads,
};

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Puts a table between its two marks on the page. */
async function file(name: string, text: string): Promise<void> {
  const page = await Deno.readTextFile(PAGE);
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [head, tail] = [page.indexOf(begin), page.indexOf(end)];
  if (head < 0 || tail < head) throw new Error(`The page has no place for "${name}"`);
  const fresh = `${page.slice(0, head + begin.length)}\n\n${text}\n\n${page.slice(tail)}`;
  await Deno.writeTextFile(PAGE, fresh);
}

if (import.meta.main) {
  const only = Deno.args[0]?.replace("--only=", "");
  for (const [name, measureTable] of Object.entries(TABLES)) {
    if (only !== undefined && name !== only) continue;
    print(`\n${name}`);
    await file(name, await measureTable());
  }
}
