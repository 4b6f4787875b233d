/** The decoder of packets, and what becomes of options. */

import {
  confirm,
  decodePacket,
  encodePacket,
  grant,
  MAX_BLKSIZE,
  MAX_WINDOWSIZE,
  MIN_BLKSIZE,
  Opcode,
  type Option,
  type Packet,
  PacketError,
  packetIn,
  ProtocolError,
  type RequestPacket,
} from "../../src/protocol/mod.ts";
import { mustHold, type Target, texts, unless } from "./target.ts";

const OPTION_NAMES = ["blksize", "windowsize", "tsize", "timeout", "utimeout", "blksize2"];

function request(options: Record<string, string>): RequestPacket {
  const list = Object.entries(options).map(([name, value]) => ({ name, value }));
  return { opcode: Opcode.RRQ, filename: "file", mode: "octet", options: list };
}

const REQUESTS: readonly Packet[] = [
  request({}),
  request({ blksize: "1428", windowsize: "32", tsize: "0", timeout: "1" }),
  { ...request({ rollover: "1", utimeout: "10000", blksize2: "1000" }), opcode: Opcode.WRQ },
];

export const PACKETS: readonly Uint8Array[] = ([
  ...REQUESTS,
  { opcode: Opcode.DATA, block: 1, payload: new Uint8Array(20) },
  { opcode: Opcode.ACK, block: 0 },
  { opcode: Opcode.ERROR, code: 0, message: "enough" },
  { opcode: Opcode.OACK, options: [{ name: "blksize", value: "1428" }] },
] as Packet[]).map(encodePacket);

/** Whatever is decoded is the same after it was encoded again. */
export const decoder: Target = {
  name: "decoder",
  seeds: PACKETS,
  words: texts("octet\0", "netascii\0", "blksize\0", "\0", "\0\x01", "\0\x06"),
  run(input) {
    const copy = input.slice();
    const packet = unless([PacketError], () => decodePacket(input));
    mustHold(input.every((byte, at) => byte === copy[at]), "the input is not changed");
    mustHold((packet === undefined) === (packetIn(input) === undefined), "both decoders agree");
    if (!packet) return;
    const again = decodePacket(encodePacket(packet));
    mustHold(wordsOf(again) === wordsOf(packet), "encoded and decoded again it is the same");
  },
};

function wordsOf(packet: Packet): string {
  return JSON.stringify(packet, (_, value) => value instanceof Uint8Array ? [...value] : value);
}

/** What is granted was asked for, once each, and is never more; a client may take it as it is. */
export const options: Target = {
  name: "options",
  seeds: REQUESTS.map(encodePacket),
  words: texts(...OPTION_NAMES.map((name) => `${name}\0`), "rollover\0", "\0"),
  run(input) {
    const packet = packetIn(input);
    if (packet?.opcode !== Opcode.RRQ && packet?.opcode !== Opcode.WRQ) return;
    for (const grantTimeout of [false, true]) {
      const limits = { maxBlksize: MAX_BLKSIZE, maxWindowsize: MAX_WINDOWSIZE, grantTimeout };
      const { granted, blksize, windowsize } = grant(packet, { ...limits, size: 1000 });
      const asked = packet.options;
      let at = -1;
      for (const { name } of granted) {
        const next = asked.findIndex((option, index) => index > at && option.name === name);
        mustHold(next > at, `${name} was asked for, in this order`);
        at = next;
      }
      const names = granted.map(({ name }) => name.toLowerCase());
      mustHold(new Set(names).size === names.length, "each is granted once");
      mustHold(blksize >= MIN_BLKSIZE && blksize <= MAX_BLKSIZE, `blksize ${blksize}`);
      mustHold(windowsize >= 1 && windowsize <= MAX_WINDOWSIZE, `windowsize ${windowsize}`);
      mustHold(blksize * windowsize < 2 ** 21, `a window of ${blksize * windowsize} bytes`);
    }
    confirmAnything(packet.options);
  },
};

/** A client that is answered anything at all agrees or says why not. */
function confirmAnything(answered: readonly Option[]): void {
  const offered = OPTION_NAMES.map((name) => ({ name, value: "1000" }));
  const agreement = unless([ProtocolError], () => confirm(offered, answered));
  if (!agreement) return;
  mustHold(agreement.blksize <= 1000 && agreement.windowsize <= 1000, "nothing was raised");
}
