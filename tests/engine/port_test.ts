import { assertEquals } from "@std/assert";
import type { Address } from "../../src/protocol/mod.ts";
import { UnreachableError } from "../../src/engine/errors.ts";
import { Port, type Recipient } from "../../src/engine/port.ts";
import { MemoryNetwork } from "../helpers/sim/memory_network.ts";
import { ack, describe, rrq } from "../helpers/net/raw_client.ts";

const CLIENT = { hostname: "10.0.0.7", port: 2070 };
const SAME_HOST = { hostname: "10.0.0.7", port: 2071 };
const SAME_PORT = { hostname: "10.0.0.8", port: 2070 };

class Record implements Recipient {
  readonly heard: string[] = [];

  receive(bytes: Uint8Array): void {
    this.heard.push(describe({ bytes }));
  }

  unsendable(error: Error): void {
    this.heard.push(error.message);
  }
}

function open(listens = false) {
  const network = new MemoryNetwork();
  const unrouted: string[] = [];
  const failures: unknown[] = [];
  const port = new Port(network, { hostname: "10.0.0.1", port: 69 }, {
    listens,
    unrouted: (bytes: Uint8Array, from: Address) => {
      unrouted.push(`${describe({ bytes })} from ${from.hostname}:${from.port}`);
    },
    failed: (error: unknown) => failures.push(error),
    broken: (error: unknown) => failures.push(error),
  });
  const socket = network.sockets[0]!;
  return { socket, port, unrouted, failures };
}

Deno.test("Port routes by address and port together", () => {
  const { socket, port, unrouted } = open();
  const transfer = new Record();
  port.add(CLIENT, transfer);
  for (const from of [CLIENT, SAME_HOST, SAME_PORT]) socket.deliver(ack(1), from);
  assertEquals(transfer.heard, ["ACK 1"]);
  assertEquals(unrouted, ["ACK 1 from 10.0.0.7:2071", "ACK 1 from 10.0.0.8:2070"]);
});

Deno.test("Port that listens hands requests over even from a client with a transfer", () => {
  const { socket, port, unrouted } = open(true);
  const transfer = new Record();
  port.add(CLIENT, transfer);
  socket.deliver(rrq("file"), CLIENT);
  socket.deliver(ack(1), CLIENT);
  assertEquals(transfer.heard, ["ACK 1"]);
  assertEquals(unrouted, ['RRQ "file" octet from 10.0.0.7:2070']);
});

Deno.test("Port keeps apart clients that all use the same port", () => {
  const { socket, port, unrouted } = open();
  const clients = [7, 8, 9].map((host) => ({ hostname: `10.0.0.${host}`, port: 2070 }));
  const transfers = clients.map((client) => {
    const transfer = new Record();
    port.add(client, transfer);
    return transfer;
  });
  const hear = (block: number) => {
    for (const client of clients) socket.deliver(ack(block), client);
  };
  hear(1);
  // The one that came first goes; another takes its own place, and its route, again.
  port.remove(clients[0]!, transfers[0]!);
  const again = new Record();
  port.add(clients[1]!, again);
  hear(2);
  assertEquals(transfers.map(({ heard }) => heard), [["ACK 1"], ["ACK 1"], ["ACK 1", "ACK 2"]]);
  assertEquals([again.heard, unrouted], [["ACK 2"], ["ACK 2 from 10.0.0.7:2070"]]);
  for (const [client, transfer] of [[clients[1]!, again], [clients[2]!, transfers[2]!]] as const) {
    port.remove(client, transfer);
  }
  assertEquals([clients.map((client) => port.has(client)), port.routes], [
    [false, false, false],
    0,
  ]);
});

Deno.test("Port removes a route only for its own transfer", () => {
  const { socket, port, unrouted } = open();
  const [before, after] = [new Record(), new Record()];
  port.add(CLIENT, before);
  port.add(CLIENT, after);
  port.remove(CLIENT, before);
  socket.deliver(ack(1), CLIENT);
  port.remove(CLIENT, after);
  socket.deliver(ack(2), CLIENT);
  assertEquals([before.heard, after.heard, unrouted.length], [[], ["ACK 1"], 1]);
});

Deno.test("Port tells a transfer that its datagram was lost, and says so of others", () => {
  const { port, failures } = open();
  const transfer = new Record();
  port.add(CLIENT, transfer);
  const lost = new Error("network is unreachable");
  port.unsendable(lost, CLIENT);
  port.unsendable(lost, SAME_HOST);
  port.unsendable(new UnreachableError("10.0.0.7:2070", "ECONNREFUSED"), SAME_HOST);
  assertEquals([transfer.heard, failures], [["network is unreachable"], [lost]]);
});

Deno.test("Port goes on after a recipient that throws", () => {
  const { socket, port, failures } = open();
  const mistake = new Error("mistake");
  const heard = new Record();
  port.add(CLIENT, {
    receive() {
      throw mistake;
    },
    unsendable() {},
  });
  port.add(SAME_HOST, heard);
  for (let count = 0; count < 150; count++) socket.deliver(ack(1), CLIENT);
  socket.deliver(ack(2), SAME_HOST);
  assertEquals([failures.length, failures[0], heard.heard], [150, mistake, ["ACK 2"]]);
});
