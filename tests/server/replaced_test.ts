/**
 * A client that asks again from the same socket replaces its first transfer, which is told what
 * comes late for a second. Two datagrams that end it in that second once left its file open for
 * good.
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import { Opcode, type RequestPacket } from "../../src/protocol/mod.ts";
import { MemoryServer } from "../helpers/sim/memory_server.ts";
import { pattern } from "../helpers/files/temp_folder.ts";

/** An ERROR whose message is empty. */
const ERROR = Uint8Array.of(0, 5, 0, 0, 0);

const FILES = { file: pattern(40_000), other: pattern(600) };

function request(opcode: RequestPacket["opcode"], filename: string): RequestPacket {
  return { opcode, filename, mode: "octet", options: [] };
}

const ATTACKS: readonly [name: string, first: RequestPacket, second: RequestPacket][] = [
  ["RRQ, then RRQ", request(Opcode.RRQ, "file"), request(Opcode.RRQ, "other")],
  ["RRQ, then a miss", request(Opcode.RRQ, "file"), request(Opcode.RRQ, "missing")],
  ["WRQ, then WRQ", request(Opcode.WRQ, "upload"), request(Opcode.WRQ, "upload2")],
  ["WRQ, then RRQ", request(Opcode.WRQ, "upload"), request(Opcode.RRQ, "file")],
  ["WRQ, then a miss", request(Opcode.WRQ, "upload"), request(Opcode.RRQ, "missing")],
];

/** The attack by many clients at once; afterwards the second transfers are called off too. */
function attack(clients: number, first: RequestPacket, second: RequestPacket): void {
  const server = new MemoryServer(FILES);
  const before = server.holdings;
  const addresses = Array.from({ length: clients }, (_, index) => ({
    hostname: `10.1.${index >> 3}.1`,
    port: 2000 + (index & 7),
  }));
  for (const client of addresses) {
    server.listen(client);
    server.deliver(first, client);
  }
  server.turns();
  const ports = addresses.map((client) => server.take(client)!.from);
  assertEquals(server.holdings.descriptors, clients);
  for (const client of addresses) server.deliver(second, client);
  server.turns();
  server.pass(150);
  addresses.forEach((client, index) => {
    server.deliver(ERROR, client, ports[index]);
    server.deliver(ERROR, client, ports[index]);
  });
  for (const client of addresses) {
    const answer = server.take(client)!;
    assertNotEquals(answer, undefined);
    server.deliver(ERROR, client, answer.from);
  }
  server.turns();
  assertEquals(server.holdings, before);
  // Nothing that was put off brings any of it back.
  server.pass(120_000, 1000);
  assertEquals(server.holdings, before);
  server.assertSound();
}

for (const [name, first, second] of ATTACKS) {
  Deno.test(`ServerCore frees all that a replaced transfer had: ${name}`, () => {
    attack(1, first, second);
    attack(200, first, second);
  });
}

Deno.test("ServerCore frees all that a replaced transfer had, whatever is sent to it", () => {
  for (let opcode = 0; opcode < 9; opcode++) {
    for (let length = 0; length < 8; length++) {
      const late = Uint8Array.of(0, opcode, 0, 0, 0, 0, 0, 0).slice(0, length);
      for (const first of [request(Opcode.RRQ, "file"), request(Opcode.WRQ, "upload")]) {
        const server = new MemoryServer(FILES);
        const before = server.holdings;
        const client = { hostname: "10.1.0.1", port: 2000 };
        server.listen(client);
        server.deliver(first, client);
        server.turns();
        const { from } = server.take(client)!;
        server.deliver(request(Opcode.RRQ, "missing"), client);
        server.turns();
        server.pass(150);
        for (let times = 0; times < 3; times++) server.deliver(late, client, from);
        server.pass(1000);
        assertEquals(server.holdings, before, `${late}`);
        server.assertSound();
      }
    }
  }
});
