/** Datagrams at a listening port that are no request of an allowed client. */

import { assert, assertEquals } from "@std/assert";
import { OPEN_ACCESS } from "../../src/server/access_list.ts";
import { parseCidr } from "../../src/server/cidr.ts";
import { ack, data, rrq, wire, wrq } from "../helpers/net/wire.ts";
import { MemoryServer } from "../helpers/sim/memory_server.ts";

const CLIENT = { hostname: "10.0.0.9", port: 2000 };

/** Datagrams as long as they can be, of bytes that are no text. */
const NO_TEXT = [1, 2, 3, 4, 5, 6, 9].map((opcode) =>
  wire(0, opcode, new Uint8Array(65_500).fill(0xf0))
);

/** The longest request that is read, with such a name. */
const LONG_NAME = wire(0, 1, new Uint8Array(4087).fill(0xf0), "\0octet\0");

for (const denySilently of [undefined, false, true]) {
  const who = denySilently === undefined ? "anybody" : "a denied client";
  const how = denySilently ? ", in silence" : "";
  Deno.test(`ServerCore spends little on bytes that are no text, of ${who}${how}`, () => {
    const access = { ...OPEN_ACCESS, deny: [parseCidr("10.0.0.9")] };
    const policy = denySilently === undefined ? {} : { access, denySilently };
    const server = new MemoryServer({ file: new Uint8Array(10) }, policy);
    server.listen(CLIENT);
    const beganMs = performance.now();
    for (let round = 0; round < 20; round++) {
      for (const bytes of [...NO_TEXT, LONG_NAME]) server.deliver(bytes, CLIENT);
      server.turns();
    }
    const tookMs = performance.now() - beganMs;
    // One exception for each byte took 1.1 s for the OACK alone.
    assert(tookMs < 2000, `${tookMs} ms`);
    assertEquals(server.take(CLIENT)?.packet.opcode, denySilently ? undefined : 5);
    server.assertSound();
  });
}

for (const singlePort of [false, true]) {
  Deno.test(`ServerCore drops what comes from port 0, single port: ${singlePort}`, () => {
    const server = new MemoryServer({ file: new Uint8Array(10) }, {}, { singlePort });
    const nowhere = { ...CLIENT, port: 0 };
    server.listen(nowhere);
    for (const packet of [rrq("file"), wrq("new"), rrq("missing"), ack(1), data(1)]) {
      for (const socket of server.network.sockets) server.deliver(packet, nowhere, socket);
      server.turns();
    }
    assertEquals(server.take(nowhere), undefined);
    assertEquals(server.holdings.rows, 0);
    const told = server.records.map((record) => record.kind === "dropped" && record.reason);
    assertEquals(told, new Array(5).fill("sent from port 0"));
  });
}
