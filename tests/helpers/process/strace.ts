/**
 * Which files a program opened and which addresses it used, as the kernel saw it: a parser for
 * strace.
 */

import { isCi } from "./peers.ts";

/** The arguments that trace a program into a log. With `-D` the child is the program itself. */
export function straceArgs(log: string, program: string, args: readonly string[]): string[] {
  return ["-D", "-f", "-y", "-s", "64", "-o", log, "-e", "trace=file,network", program, ...args];
}

/** Whether strace can't be used here. In continuous integration it must be there. */
export function lacksStrace(): boolean {
  if (isCi()) return false;
  try {
    const command = new Deno.Command("strace", { args: ["-f", "true"], stderr: "null" });
    if (command.outputSync().success) return false;
  } catch {
    // Told below, with the other reason: a machine that lets nobody trace.
  }
  Deno.stderr.writeSync(new TextEncoder().encode("sandbox: strace can't be used here\n"));
  return true;
}

/** A traced run. */
export interface Trace {
  /** Real paths of files that were opened, in order, before the first socket was bound. */
  openedAtStart: string[];
  /** The same, afterwards. */
  opened: string[];
  /** Addresses that sockets were bound to. */
  bound: string[];
  /** Addresses that anything was sent or connected to. */
  reached: string[];
}

/** Reads a log of strace. */
export function readTrace(log: string): Trace {
  const trace: Trace = { openedAtStart: [], opened: [], bound: [], reached: [] };
  for (const line of joined(log)) {
    const call = /^\d+ +(\w+)\(/.exec(line)?.[1] ?? "";
    const address = /inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]+)"/.exec(line)?.[1];
    const opened = /= \d+<([^>]+)>/.exec(line)?.[1];
    if (/^(open|openat|openat2|creat)$/.test(call) && opened !== undefined) {
      (trace.bound.length === 0 ? trace.openedAtStart : trace.opened).push(opened);
    } else if (call === "bind" && address !== undefined) trace.bound.push(address);
    else if (/^(connect|send)/.test(call) && address !== undefined) trace.reached.push(address);
    else if (/^(connect|send)/.test(call) && /sun_path/.test(line)) trace.reached.push(line);
  }
  return trace;
}

/** Lines of calls that another thread interrupted, put together again. */
function joined(log: string): string[] {
  const open = new Map<string, string>();
  const lines: string[] = [];
  for (const line of log.split("\n")) {
    const [, process = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    if (rest.endsWith(" <unfinished ...>")) {
      open.set(process, line.replace(/ <unfinished \.\.\.>$/, ""));
    } else if (resumed !== undefined) lines.push((open.get(process) ?? "") + resumed);
    else lines.push(line);
  }
  return lines;
}
