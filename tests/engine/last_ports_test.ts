import { assertEquals } from "@std/assert";
import { LastPorts } from "../../src/engine/last_ports.ts";

Deno.test("LastPorts knows the last port of a client, by number and by text", () => {
  const ports = new LastPorts();
  for (const client of [0x0a000007 * 0x10000 + 2070, "2070 fe80::7%eth0"]) {
    assertEquals(ports.get(client), undefined);
    ports.set(client, 3);
    ports.set(client, 1);
    assertEquals(ports.get(client), 1);
  }
  assertEquals(ports.size, 2);
});

Deno.test("LastPorts remembers a thousand clients, and never more than it has room for", () => {
  const ports = new LastPorts();
  const clients = (count: number) =>
    Array.from({ length: count }, (_, i) => (0x0a000000 + i) * 0x10000 + 2070);
  for (const [at, client] of clients(1000).entries()) ports.set(client, at % 4);
  const known = clients(1000).filter((client, at) => ports.get(client) === at % 4);
  assertEquals(known.length, 1000);
  for (const client of clients(100_000)) ports.set(client, 0);
  assertEquals(ports.size, 8192);
});
