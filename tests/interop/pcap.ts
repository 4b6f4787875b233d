/** Writes datagrams as a capture file that tshark reads. */

import type { Heard } from "./relay.ts";

const MAGIC = 0xa1b2c3d4;
const LINKTYPE_RAW = 101;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const IP_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
const LOOPBACK = 0x7f000001;
const UDP = 17;

/** A capture file (pcap 2.4) of the datagrams, a millisecond apart, between loopback ports. */
export function toPcap(datagrams: readonly Heard[]): Uint8Array {
  const overhead = RECORD_HEADER_BYTES + IP_HEADER_BYTES + UDP_HEADER_BYTES;
  const total = datagrams.reduce((sum, { payload }) => sum + overhead + payload.length, 0);
  const bytes = new Uint8Array(FILE_HEADER_BYTES + total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, 0xffff); // The longest packet that may be in the file.
  view.setUint32(20, LINKTYPE_RAW);
  let offset = FILE_HEADER_BYTES;
  for (const [index, datagram] of datagrams.entries()) {
    const length = overhead - RECORD_HEADER_BYTES + datagram.payload.length;
    view.setUint32(offset, Math.floor(index / 1000));
    view.setUint32(offset + 4, (index % 1000) * 1000);
    view.setUint32(offset + 8, length);
    view.setUint32(offset + 12, length);
    offset += RECORD_HEADER_BYTES;
    writeDatagram(bytes.subarray(offset, offset + length), datagram);
    offset += length;
  }
  return bytes;
}

/** IPv4 and UDP headers without checksums, which tshark takes as not computed. */
function writeDatagram(into: Uint8Array, { fromPort, toPort, payload }: Heard): void {
  const view = new DataView(into.buffer, into.byteOffset, into.length);
  view.setUint8(0, 0x45); // Version 4, five words of header.
  view.setUint16(2, into.length);
  view.setUint8(8, 64);
  view.setUint8(9, UDP);
  view.setUint32(12, LOOPBACK);
  view.setUint32(16, LOOPBACK);
  view.setUint16(IP_HEADER_BYTES, fromPort);
  view.setUint16(IP_HEADER_BYTES + 2, toPort);
  view.setUint16(IP_HEADER_BYTES + 4, UDP_HEADER_BYTES + payload.length);
  into.set(payload, IP_HEADER_BYTES + UDP_HEADER_BYTES);
}
