/**
 * The files that are sent: the same bytes in every run, so that a hash names them.
 *
 * `octet` files hold every byte value; `netascii` files hold text in which lone CR, lone LF and
 * CR LF are frequent, and no NUL, because a CR before a NUL means a lone CR on the wire.
 */

import { join } from "@std/path";

/** The modes of RFC 1350 §1 that are compared. */
export type Mode = "octet" | "netascii";

/** One column of the table. */
export interface Size {
  label: string;
  bytes: number;
}

/** The sizes around a block's border, and one that takes more than two windows of any kind. */
export const SMALL_SIZES: readonly Size[] = [
  { label: "0", bytes: 0 },
  { label: "1", bytes: 1 },
  { label: "511", bytes: 511 },
  { label: "512", bytes: 512 },
  { label: "513", bytes: 513 },
  { label: "1024", bytes: 1024 },
  { label: "1 MiB", bytes: 2 ** 20 },
];

/** More than 65,535 blocks of 512 bytes, so that block numbers wrap. */
export const WRAP_SIZE: Size = { label: "33 MiB", bytes: 33 * 2 ** 20 };

export const SIZES: readonly Size[] = [...SMALL_SIZES, WRAP_SIZE];

const CR = 0x0d;
const LF = 0x0a;

/** The name a payload has on disk and on the wire. */
export function payloadName(mode: Mode, size: Size): string {
  return `${size.bytes}.${mode}`;
}

/** Writes every payload into `folder`, each named with `prefix` in front. */
export async function writePayloads(folder: string, prefix = ""): Promise<void> {
  for (const mode of ["octet", "netascii"] as const) {
    for (const size of SIZES) {
      const bytes = mode === "octet" ? anyBytes(size.bytes) : textBytes(size.bytes);
      await Deno.writeFile(join(folder, prefix + payloadName(mode, size)), bytes);
    }
  }
}

/** The SHA-256 of a file in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  return await hash(await Deno.readFile(path));
}

/** The SHA-256 of some bytes in hexadecimal. */
export async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Text as netascii has it on the wire (RFC 764): LF as CR LF and CR as CR NUL. */
export function toNetascii(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const wire = new Uint8Array(2 * text.length);
  let length = 0;
  for (const byte of text) {
    if (byte === LF) wire[length++] = CR;
    wire[length++] = byte;
    if (byte === CR) wire[length++] = 0;
  }
  return wire.slice(0, length);
}

/** What a receiver makes of bytes that claim to be netascii: CR LF is LF, CR NUL is CR. */
export function fromNetascii(wire: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new Uint8Array(wire.length);
  let length = 0;
  for (let index = 0; index < wire.length; index++) {
    const next = wire[index + 1];
    if (wire[index] === CR && next === LF) continue;
    text[length++] = wire[index] ?? 0;
    if (wire[index] === CR && next === 0) index++;
  }
  return text.slice(0, length);
}

function anyBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const next = xorshift(length + 1);
  for (let index = 0; index < length; index++) bytes[index] = next();
  return bytes;
}

function textBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const next = xorshift(length + 1);
  for (let index = 0; index < length; index++) {
    const chance = next() & 0x1f;
    const letter = 0x20 + (next() % 0x5f);
    bytes[index] = chance === 0 ? CR : chance < 3 ? LF : letter;
  }
  return bytes;
}

/** Marsaglia's xorshift with 32 bits of state; `seed` is not 0. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  };
}
