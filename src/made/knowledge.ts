/** What a server knows about its clients: the hosts file and the ARP table, kept up to date. */

import { localFileError } from "../files/file_error.ts";
import { type HostEntry, Hosts, macIn, parseArp } from "./hosts.ts";

/** Files are checked for changes after this time, in milliseconds. */
const LOOK_MS = 1000;

/** The ARP table of Linux. */
export const ARP_TABLE = "/proc/net/arp";

export interface KnowledgeSettings {
  /** The hosts file. */
  readonly hosts?: string | undefined;
  /** Called when the hosts file can't be read any more. */
  notice?(message: string): void;
}

export class Knowledge {
  readonly #path: string | undefined;
  readonly #notice: (message: string) => void;
  #hosts = new Hosts("");
  #changedMs: number | undefined;
  #lookedMs = -Infinity;
  #arp = new Map<string, string>();
  #arpMs = -Infinity;
  /** Returns the text of the ARP table, undefined where it can't be read. */
  readArp: () => string | undefined = () => undefined;

  /**
   * Throws `LocalFileError` when the hosts file can't be read and a `SyntaxError` when it is
   * invalid. Later, such an error is only reported, and the earlier content stays in use.
   */
  constructor({ hosts, notice = () => {} }: KnowledgeSettings) {
    this.#path = hosts;
    this.#notice = notice;
    if (hosts !== undefined) this.#read(hosts);
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
      this.#notice(`the old hosts file stays in use: ${(error as Error).message}`);
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

  #arpMac(ip: string, nowMs: number): string | undefined {
    if (nowMs - this.#arpMs >= LOOK_MS) {
      this.#arpMs = nowMs;
      this.#arp = parseArp(this.readArp() ?? "");
    }
    return macIn(this.#arp, ip);
  }
}
