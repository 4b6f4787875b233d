/**
 * The CPU time and memory of a server, as the system counts them: CPU by a control group, which
 * includes ended children, or else by the process in /proc.
 */

import { join } from "@std/path";
import { childrenOf } from "./leftovers.ts";

/** `getconf CLK_TCK` on every Linux that runs Deno. */
const TICKS_PER_SECOND = 100;

/** How often the memory of a family of processes is added up. */
const SAMPLE_EVERY_MS = 200;

export class Meter {
  readonly #pid: number;
  readonly #forks: boolean;
  readonly #group: string | undefined;

  /** Measures a process that has no children yet; `forks` says that it will have. */
  constructor(pid: number, options: { forks: boolean }) {
    this.#pid = pid;
    this.#forks = options.forks;
    this.#group = makeGroup(pid);
  }

  /** Seconds of CPU so far; undefined where the children of a program can't be counted. */
  cpuSeconds(): number | undefined {
    if (this.#group !== undefined) {
      const usage = /^usage_usec (\d+)$/m.exec(read(join(this.#group, "cpu.stat")));
      return Number(usage?.[1]) / 1e6;
    }
    if (this.#forks) return undefined;
    const stat = read(`/proc/${this.#pid}/stat`);
    // The name stands in parentheses and may hold anything; utime and stime are 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** The most memory the process has held since {@linkcode Meter.forgetPeak}, in MB. */
  peakMb(): number {
    return peakMbOf(this.#pid) ?? 0;
  }

  /** Begins to look for the peak again. */
  forgetPeak(): void {
    Deno.writeTextFileSync(`/proc/${this.#pid}/clear_refs`, "5");
  }

  /**
   * The most memory the process and its children hold together while `operation` runs, in MB. What
   * they share counts for each of them. Looking costs time, so `operation` measures nothing else.
   */
  async familyPeakMb(operation: () => Promise<unknown>): Promise<number> {
    let peak = 0;
    const sample = () => {
      const family = [this.#pid, ...childrenOf(this.#pid)];
      peak = Math.max(peak, family.reduce((sum, pid) => sum + (statusMb(pid, "VmRSS") ?? 0), 0));
    };
    const timer = setInterval(sample, SAMPLE_EVERY_MS);
    try {
      await operation();
    } finally {
      clearInterval(timer);
    }
    return peak;
  }

  /** Forgets the control group, once the process has ended. */
  close(): void {
    try {
      if (this.#group !== undefined) Deno.removeSync(this.#group);
    } catch {
      // A child that lingers keeps it; it costs nothing.
    }
  }
}

/** The most memory a process has held in MB, or undefined when there is none of this number. */
export function peakMbOf(pid: number): number | undefined {
  return statusMb(pid, "VmHWM");
}

/**
 * How many datagrams this machine has thrown away so far because the buffer of their socket was
 * full, or because there was no memory for it.
 */
export function droppedDatagrams(): number {
  // Two lines: names, and numbers in the same order.
  const [names = [], numbers = []] = read("/proc/net/snmp").split("\n")
    .filter((line) => line.startsWith("Udp: ")).map((line) => line.split(" "));
  return ["RcvbufErrors", "MemErrors"]
    .reduce((sum, name) => sum + Number(numbers[names.indexOf(name)] ?? 0), 0);
}

/** A control group with this process in it, where this user may make one. */
function makeGroup(pid: number): string | undefined {
  const mount = /^\S+ (\S+) cgroup2 /m.exec(read("/proc/mounts"))?.[1];
  if (mount === undefined) return undefined;
  const group = join(mount, `tftp-bench-${pid}`);
  try {
    Deno.mkdirSync(group);
    Deno.writeTextFileSync(join(group, "cgroup.procs"), `${pid}`);
    return read(join(group, "cpu.stat")) === "" ? undefined : group;
  } catch {
    return undefined;
  }
}

function statusMb(pid: number, name: string): number | undefined {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(read(`/proc/${pid}/status`));
  return kilobytes ? Number(kilobytes[1]) * 1024 / 1e6 : undefined;
}

/** "" for what is not there, such as a process that has ended meanwhile. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
