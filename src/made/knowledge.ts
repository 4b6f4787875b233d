/** What a server knows of its clients: a hosts file and the ARP table, as they are now. */

import { localFileError } from "../files/file_error.ts";
import { type HostEntry, Hosts, macIn, parseArp } from "./hosts.ts";

/** Files are looked at again after this time, in milliseconds. */
const LOOK_MS = 1000;

const ARP_TABLE = "/proc/net/arp";

export class Knowledge {
  readonly #path: string | undefined;
  readonly #notice: (message: string) => void;
  #hosts = new Hosts("");
  #changedMs: number | undefined;
  #lookedMs = -Infinity;
  #arp = new Map<string, string>();
  #arpMs = -Infinity;

  /**
   * `path` is that of a hosts file. Throws `LocalFileError` when it can't be read and a
   * `SyntaxError` when something is wrong with it; later that is noticed, and the old one stays.
   */
  constructor(path: string | undefined, notice: (message: string) => void = () => {}) {
    this.#path = path;
    this.#notice = notice;
    if (path !== undefined) this.#read(path);
  }

  /** What is known of the machine at an address. */
  find(ip: string): HostEntry {
    const nowMs = performance.now();
    if (this.#path !== undefined && nowMs - this.#lookedMs >= LOOK_MS) this.#look(this.#path);
    const { mac, name } = this.#hosts.find(ip, undefined);
    if (mac !== undefined) return { mac, name };
    return this.#hosts.find(ip, this.#arpMac(ip, nowMs));
  }

  #look(path: string): void {
    this.#lookedMs = performance.now();
    try {
      if (Deno.statSync(path).mtime?.getTime() !== this.#changedMs) this.#read(path);
    } catch (error) {
      this.#notice(`the old hosts hold: ${(error as Error).message}`);
    }
  }

  #read(path: string): void {
    this.#lookedMs = performance.now();
    try {
      this.#changedMs = Deno.statSync(path).mtime?.getTime();
      this.#hosts = new Hosts(Deno.readTextFileSync(path));
    } catch (error) {
      if (error instanceof SyntaxError) throw new SyntaxError(`${path}: ${error.message}`);
      throw localFileError("read", path, error);
    }
  }

  /** Deno shows /proc only to programs that may do everything; without it, nobody has a MAC. */
  #arpMac(ip: string, nowMs: number): string | undefined {
    if (nowMs - this.#arpMs >= LOOK_MS) {
      this.#arpMs = nowMs;
      try {
        this.#arp = parseArp(Deno.readTextFileSync(ARP_TABLE));
      } catch {
        this.#arp = new Map();
      }
    }
    return macIn(this.#arp, ip);
  }
}

/** Whether this program may read the ARP table of this machine. */
export function canReadArp(): boolean {
  try {
    return Deno.readTextFileSync(ARP_TABLE) !== "";
  } catch {
    return false;
  }
}
