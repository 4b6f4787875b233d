/**
 * Captures in the format that Wireshark, tshark and tcpdump read: a file header, and a record per
 * datagram with an IP packet (link type 101, raw IP: this program never sees Ethernet). IP and UDP
 * headers are built from the addresses, checksums included. Pure.
 */

import type { Address } from "../protocol/mod.ts";
import { ipBytes } from "../net/ip_address.ts";

const LINKTYPE_RAW = 101;
const SNAPLEN = 262_144;
const UDP = 17;
const UDP_HEADER_BYTES = 8;
const HOPS = 64;

/** A datagram on the wire. */
export interface CapturedDatagram {
  readonly from: Address;
  readonly to: Address;
  readonly payload: Uint8Array;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** The header of a capture. */
export function pcapHeader(): Uint8Array {
  const view = new DataView(new ArrayBuffer(24));
  view.setUint32(0, 0xa1b2c3d4);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, SNAPLEN);
  view.setUint32(20, LINKTYPE_RAW);
  return bytesOf(view);
}

/** One datagram, with the record's header. */
export function pcapRecord(datagram: CapturedDatagram): Uint8Array {
  const packet = ipPacket(datagram);
  const record = new Uint8Array(16 + packet.length);
  const view = new DataView(record.buffer);
  const micros = Math.round(datagram.atMs * 1000);
  view.setUint32(0, Math.floor(micros / 1_000_000));
  view.setUint32(4, micros % 1_000_000);
  view.setUint32(8, packet.length);
  view.setUint32(12, packet.length);
  record.set(packet, 16);
  return record;
}

function ipPacket({ from, to, payload }: CapturedDatagram): Uint8Array {
  const [source, target] = sameFamily(from.hostname, to.hostname);
  const length = UDP_HEADER_BYTES + payload.length;
  const header = source.length === 4
    ? ipv4Header(source, target, length)
    : ipv6Header(source, target, length);
  const packet = new Uint8Array(header.length + length);
  packet.set(header);
  const udp = new DataView(packet.buffer, header.length);
  udp.setUint16(0, from.port);
  udp.setUint16(2, to.port);
  udp.setUint16(4, length);
  packet.set(payload, header.length + UDP_HEADER_BYTES);
  // RFC 768: over addresses, protocol, length and all of the datagram; 0 would mean "no checksum".
  const pseudo = sum(source) + sum(target) + UDP + length;
  udp.setUint16(6, checksum(pseudo + sum(bytesOf(udp))) || 0xffff);
  return packet;
}

/** Both addresses in one family; an unknown one, or one of the other family, is all zeros. */
function sameFamily(from: string, to: string): [source: Uint8Array, target: Uint8Array] {
  const source = ipBytes(from);
  const target = ipBytes(to);
  const known = [source, target].find((bytes) => bytes?.some((byte) => byte !== 0));
  const size = known?.length ?? 4;
  const fit = (bytes: Uint8Array | undefined) =>
    bytes?.length === size ? bytes : new Uint8Array(size);
  return [fit(source), fit(target)];
}

function ipv4Header(source: Uint8Array, target: Uint8Array, length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint16(0, 0x4500);
  view.setUint16(2, 20 + length);
  view.setUint8(8, HOPS);
  view.setUint8(9, UDP);
  const bytes = bytesOf(view);
  bytes.set(source, 12);
  bytes.set(target, 16);
  view.setUint16(10, checksum(sum(bytes)));
  return bytes;
}

function ipv6Header(source: Uint8Array, target: Uint8Array, length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(40));
  view.setUint32(0, 0x60000000);
  view.setUint16(4, length);
  view.setUint8(6, UDP);
  view.setUint8(7, HOPS);
  const bytes = bytesOf(view);
  bytes.set(source, 8);
  bytes.set(target, 24);
  return bytes;
}

/** The sum of the big-endian 16-bit words, an odd last byte being a word's upper half. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) total += bytes[at]! << 8 | bytes[at + 1]!;
  return bytes.length % 2 === 1 ? total + (bytes.at(-1)! << 8) : total;
}

/** RFC 1071: the one's complement of the folded sum. */
function checksum(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
