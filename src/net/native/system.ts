/** The C library, and what its calls need: addresses, error numbers, options, names. */

import type { Address } from "../../protocol/mod.ts";
import { formatAddress } from "../../engine/address.ts";
import { NetworkError } from "../../engine/errors.ts";
import { errnoName } from "./errno.ts";
import { IF_NAMESIZE } from "./layout.ts";
import type { Libc } from "./libc.ts";

/** Memory up to this size may be on JavaScript's own heap, where it can move. */
export const MAY_MOVE_BYTES = 64;

/** Memory that does not move while it is referenced. */
export function fixedMemory(bytes: number): ArrayBuffer {
  return new ArrayBuffer(Math.max(bytes, MAY_MOVE_BYTES + 8));
}

export class System {
  readonly libc: Libc;
  readonly #addresses = new WeakMap<ArrayBufferLike, number>();
  #lastBuffer: ArrayBufferLike | undefined;
  #lastAddress = 0;
  /** The error number is a variable of this thread. */
  readonly #errnoAddress: bigint;
  readonly #int = new Int32Array(fixedMemory(4), 0, 1);
  readonly #length = new Int32Array(fixedMemory(4), 0, 1);
  readonly #name = new Uint8Array(fixedMemory(IF_NAMESIZE), 0, IF_NAMESIZE);

  constructor(libc: Libc) {
    this.libc = libc;
    this.#errnoAddress = BigInt(libc.__errno_location());
  }

  /** The error number of the call that has just failed. */
  errno(): number {
    this.libc.copyOut(this.#int, this.#errnoAddress, 4n);
    return this.#int[0]!;
  }

  /** The address of a buffer, which must have more than {@linkcode MAY_MOVE_BYTES}. */
  addressOf(buffer: ArrayBufferLike): number {
    if (buffer === this.#lastBuffer) return this.#lastAddress;
    let address = this.#addresses.get(buffer);
    if (address === undefined) {
      const view = new Uint8Array(buffer as ArrayBuffer);
      address = this.libc.memmove(view, view, 0n);
      this.#addresses.set(buffer, address);
    }
    this.#lastBuffer = buffer;
    this.#lastAddress = address;
    return address;
  }

  /** Sets an option that is an int; false where the system refuses. */
  setOption(fd: number, level: number, option: number, value: number): boolean {
    this.#int[0] = value;
    return this.libc.setsockopt(fd, level, option, this.#int, 4) === 0;
  }

  /** An option that is an int; undefined where the system does not know it. */
  option(fd: number, level: number, option: number): number | undefined {
    this.#length[0] = 4;
    if (this.libc.getsockopt(fd, level, option, this.#int, this.#length) < 0) return undefined;
    return this.#int[0]!;
  }

  /** The name of an interface, or its number where it has none any more. */
  interfaceName(index: number): string {
    if (this.libc.if_indextoname(index, this.#name) === 0) return String(index);
    return new TextDecoder().decode(this.#name.subarray(0, this.#name.indexOf(0)));
  }

  /** The number of an interface, given by name or number; 0 where there is none. */
  interfaceIndex(name: string): number {
    if (/^\d{1,9}$/.test(name)) return Number(name);
    return this.libc.if_nametoindex(cString(name));
  }

  /** The error of a call that has just failed, with what was done to `where`. */
  failure(what: string, where?: Address): NetworkError {
    const place = where === undefined ? "" : ` ${formatAddress(where)}`;
    return new NetworkError(`${what}${place}: the system refuses (${errnoName(this.errno())})`);
  }
}

/** Text as a C string. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(`${text}\0`));
}
