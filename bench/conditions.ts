/** The machine, the versions, and every command line, so that anybody can repeat a figure. */

import { basename } from "@std/path";
import { FLOOR, isPeer } from "./bars.ts";
import { SERVER_CELLS } from "./cells.ts";
import { PEERS } from "./contenders.ts";
import { loadFlags } from "./load.ts";
import type { Options } from "./options.ts";
import { table } from "./page.ts";
import { type Field, fieldOf } from "./tasks.ts";

const AT = { host: "HOST", port: 6969 };

export function conditions(tree: string, options: Options): string {
  const field = fieldOf(tree, {});
  const cpu = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? "?";
  const missing = PEERS.map(({ name }) => name)
    .filter((name) => isPeer(name) && field.servers.every((server) => server.name !== name));
  return [
    "## Conditions\n",
    `${cpu}, ${navigator.hardwareConcurrency} cores, Linux ${Deno.osRelease()}, ` +
    `Deno ${Deno.version.deno}. Medians of ${options.rounds} runs, of 3 where they are long.` +
    (missing.length > 0 ? ` Not installed: ${missing.join(", ")}.` : "") + "\n",
    table(["server", "version", "command"], serverRows(tree, field)),
    table(["cell", "load"], loadRows(tree)),
    table(["client", "version", "command"], clientRows(tree, field)),
  ].join("\n");
}

function serverRows(tree: string, { servers }: Field): string[][] {
  return servers.map(({ name, version, command }) => [
    name,
    name === FLOOR ? "" : version() ?? "",
    plain(tree, command("FOLDER", AT)),
  ]);
}

function loadRows(tree: string): string[][] {
  return SERVER_CELLS.map(({ id, pinned, load }) => {
    const station = pinned ? ["taskset", "-c", "0"] : [];
    const flags = loadFlags(load, { ...AT, folder: "FOLDER" });
    return [`\`${id}\``, plain(tree, [...station, "tftpload", ...flags])];
  });
}

function clientRows(tree: string, { clients }: Field): string[][] {
  const errand = { ...AT, remote: "REMOTE", local: "FOLDER/LOCAL", windows: false };
  return clients.map(({ name, version, command }) => [
    name,
    version() ?? "",
    plain(tree, command({ ...errand, direction: "get" })),
  ]);
}

/** A command without the paths of this machine, but for that of the C library. */
function plain(tree: string, command: readonly string[]): string {
  const words = command.map((word) => {
    if (word.startsWith(tree)) return word.slice(tree.length);
    if (word.startsWith("/")) return basename(word);
    const shown = word.replaceAll(tree, "");
    return shown.replaceAll(tree.replace(/\/$/, ""), "CHECKOUT");
  });
  return `\`${words.join(" ")}\``;
}
