/** Short ways to write packets and bytes in tests. */

import {
  type AckPacket,
  type DataPacket,
  type ErrorPacket,
  type OackPacket,
  Opcode,
  type Option,
  type RequestPacket,
} from "../../../src/protocol/mod.ts";

/** Options as a text, such as `blksize=1428 windowsize=4`; order and spelling are kept. */
export function options(text: string): Option[] {
  const words = text === "" ? [] : text.split(" ");
  return words.map((word) => {
    const at = word.indexOf("=");
    return { name: word.slice(0, at), value: word.slice(at + 1) };
  });
}

export function rrq(filename: string, asked = "", mode = "octet"): RequestPacket {
  return { opcode: Opcode.RRQ, filename, mode, options: options(asked) };
}

export function wrq(filename: string, asked = "", mode = "octet"): RequestPacket {
  return { opcode: Opcode.WRQ, filename, mode, options: options(asked) };
}

/** A DATA packet by its wire number. */
export function data(block: number, payload: Uint8Array = new Uint8Array(0)): DataPacket {
  return { opcode: Opcode.DATA, block, payload };
}

export function ack(block: number): AckPacket {
  return { opcode: Opcode.ACK, block };
}

export function error(code: number, message: string): ErrorPacket {
  return { opcode: Opcode.ERROR, code, message };
}

export function oack(granted: string): OackPacket {
  return { opcode: Opcode.OACK, options: options(granted) };
}

/** Bytes literally: a number is one byte, a text its characters as bytes, an array its bytes. */
export function wire(...parts: (number | string | Uint8Array)[]): Uint8Array {
  const bytes = parts.flatMap((part) => {
    if (typeof part === "number") return [part];
    if (typeof part === "string") return Array.from(part, (letter) => letter.charCodeAt(0));
    return [...part];
  });
  return Uint8Array.from(bytes);
}

/** A file's bytes, such that no two blocks of it are alike. */
export function fileOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 0xff;
  return bytes;
}

/** The payload of a block of a file, counted from 1; empty behind the end. */
export function blockOf(file: Uint8Array, index: number, blksize: number): Uint8Array {
  return file.slice((index - 1) * blksize, index * blksize);
}
