/** The cost of a packet without sockets: the codec and the two machines. */

import {
  type Action,
  decodePacket,
  encodePacket,
  grant,
  type Machine,
  Opcode,
  Receiver,
  type RequestPacket,
  Sender,
  SERVER_TIMING,
  stampHeader,
} from "../src/protocol/mod.ts";

const PACKETS = 1024;

const request: RequestPacket = {
  opcode: Opcode.RRQ,
  filename: "boot/x86_64/pxelinux.0",
  mode: "octet",
  options: [
    { name: "tsize", value: "0" },
    { name: "blksize", value: "1468" },
    { name: "windowsize", value: "16" },
  ],
};
const requestBytes = encodePacket(request);
const oack = { opcode: Opcode.OACK, options: request.options };
const dataBytes = new Uint8Array(4 + 1468);
stampHeader(dataBytes, 0, Opcode.DATA, 7);
const ackBytes = new Uint8Array([0, Opcode.ACK, 0, 7]);

Deno.bench("decode ACK", { group: "decode", baseline: true }, () => {
  decodePacket(ackBytes);
});

Deno.bench("decode DATA of 1468", { group: "decode" }, () => {
  decodePacket(dataBytes);
});

Deno.bench("decode RRQ with three options", { group: "decode" }, () => {
  decodePacket(requestBytes);
});

Deno.bench("encode ACK", { group: "encode", baseline: true }, () => {
  encodePacket({ opcode: Opcode.ACK, block: 7 });
});

Deno.bench("encode OACK with three options", { group: "encode" }, () => {
  encodePacket(oack);
});

Deno.bench("grant three options", { group: "encode" }, () => {
  grant(request, { maxBlksize: 65464, maxWindowsize: 65535, grantTimeout: false, size: 1e6 });
});

/** An agreement as a server makes it. */
function agreed(windowsize: number) {
  const options = [{ name: "blksize", value: "1468" }, {
    name: "windowsize",
    value: `${windowsize}`,
  }];
  const limits = { maxBlksize: 65464, maxWindowsize: 65535, grantTimeout: false };
  return grant({ ...request, options }, limits);
}

/** Performs a sender's actions without a socket or a file. */
function perform(machine: Machine, actions: readonly Action[]): void {
  for (let at = 0; at < actions.length; at++) {
    const action = actions[at]!;
    if (action.kind === "data") {
      for (let index = action.first; index <= action.last; index++) machine.blocks!.packet(index);
    } else if (action.kind === "read") {
      actions = machine.loaded(action.into.length, 0);
      at = -1;
    }
  }
}

for (const windowsize of [1, 16, 64]) {
  Deno.bench(`${PACKETS} blocks from a sender, window ${windowsize}`, { group: "sender" }, () => {
    const settings = { timing: SERVER_TIMING, readAheadBytes: 32 * 1024 };
    const sender = new Sender(agreed(windowsize), settings);
    perform(sender, sender.start(0));
    for (let block = windowsize; block <= PACKETS; block += windowsize) {
      perform(sender, sender.receive({ opcode: Opcode.ACK, block }, 0));
    }
  });

  Deno.bench(`${PACKETS} blocks to a receiver, window ${windowsize}`, { group: "receiver" }, () => {
    const receiver = new Receiver(agreed(windowsize), { timing: SERVER_TIMING, dallyMs: 0 });
    receiver.start(0);
    for (let block = 1; block <= PACKETS; block++) {
      stampHeader(dataBytes, 0, Opcode.DATA, block);
      receiver.receive(decodePacket(dataBytes), 0);
    }
  });
}
