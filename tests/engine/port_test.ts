import { assertEquals, assertRejects } from "@std/assert";
import { type Address, encodePacket } from "../../src/protocol/mod.ts";
import { Port, type Recipient } from "../../src/engine/port.ts";
import { ManualClock, MemoryEndpoint, settle } from "../helpers/memory_endpoint.ts";
import { ack, describe, rrq } from "../helpers/raw_client.ts";

const CLIENT = { hostname: "10.0.0.7", port: 2070 };
const SAME_HOST = { hostname: "10.0.0.7", port: 2071 };
const SAME_PORT = { hostname: "10.0.0.8", port: 2070 };

class Record implements Recipient {
  readonly heard: string[] = [];

  deliver(bytes: Uint8Array): void {
    this.heard.push(describe({ bytes }));
  }
}

function open(listens = false) {
  const endpoint = new MemoryEndpoint();
  const unrouted: string[] = [];
  const troubles: unknown[] = [];
  const port = new Port(endpoint, {
    clock: new ManualClock(),
    listens,
    unrouted: (bytes: Uint8Array, from: Address) => {
      unrouted.push(`${describe({ bytes })} from ${from.hostname}:${from.port}`);
    },
    trouble: (error: unknown) => troubles.push(error),
  });
  return { endpoint, port, unrouted, troubles, listening: port.listen() };
}

Deno.test("Port routes by address and port together", async () => {
  const { endpoint, port, unrouted, listening } = open();
  const transfer = new Record();
  port.add(CLIENT, transfer);
  for (const from of [CLIENT, SAME_HOST, SAME_PORT]) endpoint.deliver(ack(1), from);
  await settle();
  assertEquals(transfer.heard, ["ACK 1"]);
  assertEquals(unrouted, ["ACK 1 from 10.0.0.7:2071", "ACK 1 from 10.0.0.8:2070"]);
  port.close();
  await listening;
});

Deno.test("Port that listens hands requests over even from a client with a transfer", async () => {
  const { endpoint, port, unrouted, listening } = open(true);
  const transfer = new Record();
  port.add(CLIENT, transfer);
  endpoint.deliver(rrq("file"), CLIENT);
  endpoint.deliver(ack(1), CLIENT);
  await settle();
  assertEquals(transfer.heard, ["ACK 1"]);
  assertEquals(unrouted, ['RRQ "file" octet from 10.0.0.7:2070']);
  port.close();
  await listening;
});

Deno.test("Port keeps apart clients that all use the same port", async () => {
  const { endpoint, port, unrouted, listening } = open();
  const clients = [7, 8, 9].map((host) => ({ hostname: `10.0.0.${host}`, port: 2070 }));
  const transfers = clients.map((client) => {
    const transfer = new Record();
    port.add(client, transfer);
    return transfer;
  });
  const hear = async (block: number) => {
    for (const client of clients) endpoint.deliver(ack(block), client);
    await settle();
  };
  await hear(1);
  // The one that came first goes; another takes its own place, and its route, anew.
  port.remove(clients[0]!, transfers[0]!);
  const anew = new Record();
  port.add(clients[1]!, anew);
  await hear(2);
  assertEquals(transfers.map(({ heard }) => heard), [["ACK 1"], ["ACK 1"], ["ACK 1", "ACK 2"]]);
  assertEquals([anew.heard, unrouted], [["ACK 2"], ["ACK 2 from 10.0.0.7:2070"]]);
  for (const [client, transfer] of [[clients[1]!, anew], [clients[2]!, transfers[2]!]] as const) {
    port.remove(client, transfer);
  }
  assertEquals(clients.map((client) => port.has(client)), [false, false, false]);
  port.close();
  await listening;
});

Deno.test("Port forgets a route only for the one who has it", async () => {
  const { endpoint, port, unrouted, listening } = open();
  const [before, after] = [new Record(), new Record()];
  port.add(CLIENT, before);
  port.add(CLIENT, after);
  port.remove(CLIENT, before);
  endpoint.deliver(ack(1), CLIENT);
  await settle();
  port.remove(CLIENT, after);
  endpoint.deliver(ack(2), CLIENT);
  await settle();
  assertEquals([before.heard, after.heard, unrouted.length], [[], ["ACK 1"], 1]);
  port.close();
  await listening;
});

Deno.test("Port waits for a recipient before it takes the next datagram", async () => {
  const { endpoint, port, listening } = open();
  const gate = Promise.withResolvers<void>();
  const heard: string[] = [];
  port.add(CLIENT, {
    deliver(bytes) {
      heard.push(describe({ bytes }));
      return gate.promise;
    },
  });
  endpoint.deliver(ack(1), CLIENT);
  endpoint.deliver(ack(2), CLIENT);
  await settle();
  assertEquals(heard, ["ACK 1"]);
  gate.resolve();
  await settle();
  assertEquals(heard, ["ACK 1", "ACK 2"]);
  port.close();
  await listening;
});

Deno.test("Port goes on after a recipient that throws", async () => {
  const { endpoint, port, troubles, listening } = open();
  const mistake = new Error("mistake");
  const heard = new Record();
  port.add(CLIENT, {
    deliver() {
      throw mistake;
    },
  });
  port.add(SAME_HOST, heard);
  endpoint.deliver(ack(1), CLIENT);
  endpoint.deliver(ack(2), SAME_HOST);
  await settle();
  assertEquals([troubles, heard.heard], [[mistake], ["ACK 2"]]);
  port.close();
  await listening;
});

Deno.test("Port goes on however often a recipient throws", async () => {
  const { endpoint, port, troubles, listening } = open();
  port.add(CLIENT, {
    deliver() {
      throw new Error("mistake");
    },
  });
  for (let count = 0; count < 150; count++) endpoint.deliver(ack(1), CLIENT);
  while (troubles.length < 150) await settle();
  port.close();
  await listening;
});

Deno.test("Port goes on after a receive that failed", async () => {
  const endpoint = new MemoryEndpoint();
  endpoint.receiveFaults = Array.from({ length: 99 }, () => new Error("odd"));
  const heard = new Record();
  const troubles: unknown[] = [];
  const trouble = (e: unknown) => troubles.push(e);
  const handlers = { clock: new ManualClock(), listens: false, unrouted() {}, trouble };
  const port = new Port(endpoint, handlers);
  port.add(CLIENT, heard);
  endpoint.deliver(encodePacket(ack(1)), CLIENT);
  const listening = port.listen();
  for (let i = 0; i < 20; i++) await settle();
  assertEquals([troubles.length, heard.heard], [99, ["ACK 1"]]);
  port.close();
  await listening;
});

Deno.test("Port gives up a socket that only fails", async () => {
  const endpoint = new MemoryEndpoint();
  endpoint.receiveFaults = Array.from({ length: 100 }, () => new Error("broken"));
  const handlers = { clock: new ManualClock(), listens: false, unrouted() {}, trouble() {} };
  const port = new Port(endpoint, handlers);
  await assertRejects(() => port.listen(), Error, "broken");
});
