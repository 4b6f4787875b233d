/** `tftp serve`: a folder, offered until a signal comes. */

import { join, resolve } from "@std/path";
import { ErrorCode, LocalFileError, type LogRecord, serve, type Server } from "../mod.ts";
import type { ServeCommand } from "./command.ts";
import { hostPort, quoted } from "./format.ts";
import { Interrupt } from "./interrupt.ts";
import { levelOf, LOG_LEVELS, type LogLevel, logLine } from "./log_line.ts";
import {
  bind,
  missing,
  missingToListen,
  type Need,
  needDatagrams,
  read,
  refuseWithout,
  write,
} from "./permission.ts";
import { printError, printOut } from "./print.ts";

/** How many names of the folder are looked at for one to suggest. */
const MAX_LOOKED_AT = 1000;

/** @returns the exit code, once the server has stopped. */
export async function runServe(command: ServeCommand): Promise<number> {
  needDatagrams();
  const uploads = command.uploads === "off" ? [] : [write(command.root)];
  const files = [read(command.root), ...uploads];
  refuseWithout([...await missingToListen(sockets(command)), ...await missing(files)]);
  const root = await realFolder(command.root);
  const interrupt = new Interrupt();
  try {
    const server = start(command, root);
    interrupt.signal.addEventListener("abort", () => server.shutdown(), { once: true });
    await announce(server, root, command.uploads);
    await server.finished;
    printOut(["tftp: stopped"]);
    return 0;
  } finally {
    interrupt.close();
  }
}

/** The sockets of a server, of which Deno is asked one by one. */
function sockets({ addresses, port, singlePort }: ServeCommand): Need[] {
  const hosts = addresses.length === 0 ? ["::"] : addresses;
  return hosts.flatMap((host) => [bind(host, port), ...singlePort ? [] : [bind(host, 0)]]);
}

function start(command: ServeCommand, root: string): Server {
  const { port, addresses, uploads, singlePort } = command;
  return serve({
    root,
    port,
    uploads,
    singlePort,
    ...(addresses.length === 0 ? {} : { addresses }),
    log: (record) => writeLog(record, command.log),
  });
}

function writeLog(record: LogRecord, level: LogLevel): void {
  if (LOG_LEVELS.indexOf(levelOf(record)) > LOG_LEVELS.indexOf(level)) return;
  try {
    (record.kind === "trouble" ? printError : printOut)([logLine(record, new Date())]);
  } catch {
    // A log that nobody reads any more, or a full disk under it, must not stop the server.
  }
}

async function realFolder(path: string): Promise<string> {
  try {
    if ((await Deno.stat(path)).isDirectory) return resolve(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw fault(`there is no folder ${quoted(path)} to serve; create it first`, path);
    }
    throw error;
  }
  throw fault(`${quoted(path)} is not a folder; serve the one that holds it`, path);
}

function fault(message: string, path: string): LocalFileError {
  return new LocalFileError(message, path, ErrorCode.NotDefined);
}

/** Where the server is, and a line to try, with a file that is really there. */
async function announce(
  server: Server,
  root: string,
  uploads: ServeCommand["uploads"],
): Promise<void> {
  const policy = {
    off: "read only",
    new: "new files may be uploaded",
    overwrite: "files may be uploaded and replaced",
  }[uploads];
  printOut(
    server.addresses.map(({ hostname, port }) =>
      `tftp: serving ${root} on ${hostPort(hostname, port)} (${policy})`
    ),
  );
  const where = reachable(server.addresses);
  const program = Deno.build.standalone ? "tftp" : "deno task";
  printOut([
    `tftp: try, in another terminal: ${program} get ${where} ${await anyFile(root) ?? "FILE"}`,
    "tftp: Ctrl-C stops the server",
  ]);
}

/** One of the addresses as a client on this machine would type it, IPv4 if there is a choice. */
function reachable(addresses: Server["addresses"]): string {
  const easy = addresses.map(({ hostname, port }) => {
    const isWildcard = hostname === "0.0.0.0" || hostname === "::";
    return hostPort(isWildcard ? "127.0.0.1" : hostname, port);
  });
  return easy.find((address) => !address.startsWith("[")) ?? easy[0] ?? "HOST";
}

/** A file of the folder, not empty, whose name needs no quoting in any shell. */
async function anyFile(root: string): Promise<string | undefined> {
  let looked = 0;
  try {
    for await (const entry of Deno.readDir(root)) {
      const plain = entry.isFile && /^\w[\w.-]*$/.test(entry.name);
      if (plain && (await Deno.stat(join(root, entry.name))).size > 0) return entry.name;
      if (++looked === MAX_LOOKED_AT) return undefined;
    }
  } catch {
    // A folder that may be entered but not listed serves all the same.
  }
  return undefined;
}
