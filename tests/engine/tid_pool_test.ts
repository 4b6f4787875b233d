import { assert, assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import { Port } from "../../src/engine/port.ts";
import { TidPool } from "../../src/engine/tid_pool.ts";
import { MemoryNetwork } from "../helpers/sim/memory_network.ts";

const CLIENT = { hostname: "10.0.0.7", port: 2070 };
const OTHER = { hostname: "10.0.0.8", port: 2070 };
const RECIPIENT = { receive() {}, unsendable() {} };

function makePorts(count: number): Port[] {
  const handlers = { listens: false, unrouted() {}, failed() {}, broken() {} };
  const network = new MemoryNetwork();
  return Array.from(
    { length: count },
    (_, i) => new Port(network, { hostname: "10.0.0.1", port: 5000 + i }, handlers),
  );
}

Deno.test("TidPool never gives a client the same port twice in a row", () => {
  const pool = new TidPool(makePorts(2));
  let last = pool.choose(CLIENT);
  for (let i = 0; i < 20; i++) {
    // Others ask in between, so that the turn alone would come round to the same port.
    for (let others = 0; others < i % 4; others++) pool.choose(OTHER);
    const port = pool.choose(CLIENT);
    assertNotEquals(port, last);
    last = port;
  }
});

Deno.test("TidPool gives no port on which the client has a transfer", () => {
  const [first, second] = makePorts(2) as [Port, Port];
  const pool = new TidPool([first, second]);
  first.add(CLIENT, RECIPIENT);
  assertStrictEquals(pool.choose(CLIENT), second);
  second.add(CLIENT, RECIPIENT);
  assertEquals(pool.choose(CLIENT), undefined);
  assert(pool.choose(OTHER), "another client is not concerned");
});

Deno.test("TidPool of one port gives it to a client again and again", () => {
  const [only] = makePorts(1) as [Port];
  const pool = new TidPool([only]);
  assertStrictEquals(pool.choose(CLIENT), only);
  only.add(CLIENT, RECIPIENT);
  assertStrictEquals(pool.choose(CLIENT), only);
});

Deno.test("TidPool spreads clients over all ports", () => {
  const pool = new TidPool(makePorts(4));
  const chosen = Array.from({ length: 4 }, (_, i) => pool.choose({ ...CLIENT, port: i + 1 }));
  assertEquals(new Set(chosen).size, 4);
});

Deno.test("TidPool goes on when more clients have come than it remembers", () => {
  const pool = new TidPool(makePorts(3));
  for (let i = 0; i < 10_000; i++) assert(pool.choose({ hostname: `client ${i}`, port: 1 }));
});

Deno.test("TidPool gives an upload the port whose receive buffer has most room", () => {
  const [first, second, third] = makePorts(3) as [Port, Port, Port];
  const pool = new TidPool([first, second, third]);
  first.heardShare = 0.5;
  second.heardShare = 0.25;
  third.heardShare = 0.75;
  assertStrictEquals(pool.choose(CLIENT, { upload: true }), second);
  second.heardShare = 1;
  assertStrictEquals(pool.choose(OTHER, { upload: true }), first);
});

Deno.test("TidPool gives a port where a last ACK is repeated, when there is no other", () => {
  const [first, second] = makePorts(2) as [Port, Port];
  const pool = new TidPool([first, second]);
  first.add(CLIENT, { ...RECIPIENT, settled: true });
  assertStrictEquals(pool.choose(CLIENT), second);
  second.add(CLIENT, RECIPIENT);
  assertStrictEquals(pool.choose(CLIENT), first);
});
