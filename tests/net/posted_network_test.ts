/** A network whose listening sockets are in another thread. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { udpAddress } from "../../src/engine/address.ts";
import type { DatagramHandler } from "../../src/engine/network.ts";
import { PostedNetwork } from "../../src/net/posted/posted_network.ts";
import { MemoryNetwork } from "../helpers/sim/memory_network.ts";

const HERE = udpAddress("127.0.0.1", 69);
const THERE = udpAddress("::1", 69);
const PEER = udpAddress("127.0.0.7", 2070);

function open() {
  const posted: [number, number, number][] = [];
  const counted = { taken: 0 };
  const inner = new MemoryNetwork();
  const network = new PostedNetwork(inner, [HERE, THERE], {
    post: (listener, bytes, to) => posted.push([listener, bytes[0]!, to.port]),
    taken: () => counted.taken++,
  });
  return { network, inner, posted, counted };
}

function handler(heard: unknown[]): DatagramHandler {
  return {
    receive: (bytes, from) => heard.push([bytes[0], from.port]),
    unsendable() {},
    failed: (error) => heard.push(error),
    broken() {},
  };
}

Deno.test("PostedNetwork gives what was delivered to the listener it is for, and counts it", () => {
  const { network, counted } = open();
  const [first, second]: unknown[][] = [[], []];
  network.bind({ hostname: "127.0.0.1", port: 69, reportsLocal: true }, handler(first!));
  network.bind({ hostname: "::1", port: 69, reportsLocal: true }, handler(second!));
  network.deliver(1, Uint8Array.of(7), PEER);
  network.deliver(0, Uint8Array.of(8), PEER);
  assertEquals([first, second, counted.taken], [[[8, 2070]], [[7, 2070]], 2]);
});

Deno.test("PostedNetwork goes on after a handler that throws", () => {
  const { network } = open();
  const heard: unknown[] = [];
  const mistake = new Error("mistake");
  const receive = () => {
    throw mistake;
  };
  network.bind({ hostname: "", port: 69, reportsLocal: true }, { ...handler(heard), receive });
  network.deliver(0, Uint8Array.of(1), PEER);
  assertEquals(heard, [mistake]);
});

Deno.test("PostedNetwork posts what a listener sends, and binds other sockets here", () => {
  const { network, inner, posted } = open();
  const listener = network.bind({ hostname: "", port: 69, reportsLocal: true }, handler([]));
  const other = network.bind({ hostname: "127.0.0.1", port: 0 }, handler([]));
  listener.send(Uint8Array.of(5), PEER);
  assertEquals([posted, listener.address], [[[0, 5, 2070]], HERE]);
  assertStrictEquals(other, inner.sockets[0]);
});
