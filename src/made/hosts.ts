/** What an operator's file and the system's ARP table say about machines on the network. Pure. */

import { ipBytes } from "../net/ip_address.ts";

/** The most machines in one file; larger sites have a database. */
export const MAX_HOSTS = 100_000;

/** What is known of a machine. */
export interface HostEntry {
  /** Such as `02:00:5e:10:00:01`, in lower case. */
  readonly mac?: string | undefined;
  readonly name?: string | undefined;
}

interface Line extends HostEntry {
  readonly ip?: string | undefined;
}

/** The machines of a hosts file, by address and by MAC. */
export class Hosts {
  readonly #byIp = new Map<string, Line>();
  readonly #byMac = new Map<string, Line>();

  /**
   * Parses lines such as `02:00:5e:10:00:01 192.0.2.7 kiosk-1`, with `-` for what is not known; `#`
   * begins a comment. Throws a `SyntaxError` that names the line.
   */
  constructor(text: string) {
    let count = 0;
    for (const [index, raw] of text.split("\n").entries()) {
      const words = raw.replace(/#.*/, "").split(/\s+/).filter((word) => word !== "");
      if (words.length === 0) continue;
      const line = index + 1;
      if (++count > MAX_HOSTS) throw new SyntaxError(`line ${line}: more than ${MAX_HOSTS} hosts`);
      this.#add(lineOf(words, line), line);
    }
  }

  /** What is known of the machine at an address; the system may know its MAC. */
  find(ip: string, arpMac: string | undefined): HostEntry {
    const own = this.#byIp.get(keyOf(ip));
    const mac = own?.mac ?? arpMac;
    const byMac = mac === undefined ? undefined : this.#byMac.get(mac);
    return { mac, name: own?.name ?? byMac?.name };
  }

  #add(entry: Line, line: number): void {
    const { ip, mac } = entry;
    if (ip !== undefined) {
      if (this.#byIp.has(ip)) throw new SyntaxError(`line ${line}: duplicate address`);
      this.#byIp.set(ip, entry);
    }
    if (mac !== undefined && !this.#byMac.has(mac)) this.#byMac.set(mac, entry);
  }
}

function lineOf([macText = "-", ipText = "-", name = "-", extra]: string[], line: number): Line {
  const mac = macText === "-" ? undefined : macOf(macText);
  if (macText !== "-" && mac === undefined) {
    throw new SyntaxError(`line ${line}: "${macText}" is no MAC address; the order is MAC IP NAME`);
  }
  if (ipText !== "-" && !ipBytes(ipText)) {
    throw new SyntaxError(`line ${line}: "${ipText}" is no IP address; the order is MAC IP NAME`);
  }
  if (name !== "-" && !/^[\w.-]+$/.test(name)) {
    throw new SyntaxError(`line ${line}: a name has letters, digits, dots and dashes`);
  }
  if (extra !== undefined) throw new SyntaxError(`line ${line}: more than MAC IP NAME`);
  return {
    mac,
    ip: ipText === "-" ? undefined : keyOf(ipText),
    name: name === "-" ? undefined : name,
  };
}

/** A MAC address in this program's spelling; undefined for anything else. */
export function macOf(text: string): string | undefined {
  const isMac = /^[0-9a-f]{2}([:-]?)[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/i.test(text);
  return isMac ? text.toLowerCase().replaceAll(/[:-]/g, "").match(/../g)!.join(":") : undefined;
}

/** The addresses and MACs of a table such as Linux has in /proc/net/arp. */
export function parseArp(text: string): Map<string, string> {
  const macs = new Map<string, string>();
  for (const line of text.split("\n").slice(1)) {
    const [ip, , flags, macText] = line.trim().split(/\s+/);
    const mac = macOf(macText ?? "");
    // Bit 2 says that the entry is complete; one that is not has a MAC of zeros.
    if (ip && mac && mac !== "00:00:00:00:00:00" && (Number(flags) & 2) !== 0) {
      macs.set(keyOf(ip), mac);
    }
  }
  return macs;
}

/** `0A000007` for 10.0.0.7, as PXELINUX names files; 32 digits for IPv6. */
export function hexOf(ip: string): string | undefined {
  const bytes = ipBytes(ip);
  return bytes && [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    .toUpperCase();
}

/** One spelling for all ways to write an address. */
function keyOf(ip: string): string {
  return hexOf(ip) ?? ip;
}

/** The MAC of an address in such a table. */
export function macIn(table: ReadonlyMap<string, string>, ip: string): string | undefined {
  return table.get(keyOf(ip));
}
