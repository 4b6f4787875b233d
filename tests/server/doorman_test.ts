import { assertEquals } from "@std/assert";
import { Doorman, MAX_WAITING } from "../../src/server/doorman.ts";

/** A turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Turns until this many were admitted. */
async function until(admitted: readonly number[], count: number): Promise<void> {
  while (admitted.length < count) await turn();
}

function doorman() {
  const admitted: number[] = [];
  const door = new Doorman<number>((visitor) => {
    admitted.push(visitor);
    return Promise.resolve();
  });
  return { admitted, door };
}

Deno.test("Doorman admits everybody, in order, and those who come later too", async () => {
  const { admitted, door } = doorman();
  const visitors = Array.from({ length: 100 }, (_, number) => number);
  for (const visitor of visitors) door.announce(visitor);
  assertEquals(admitted, [], "nobody before the sockets had their turn");
  await until(admitted, 100);
  door.announce(100);
  await until(admitted, 101);
  assertEquals(admitted, [...visitors, 100]);
});

Deno.test("Doorman takes in what arrives before it admits the first", async () => {
  const { admitted, door } = doorman();
  for (let visitor = 0; visitor < 20; visitor++) {
    door.announce(visitor);
    await turn();
    assertEquals(admitted, []);
  }
  await until(admitted, 20);
});

Deno.test("Doorman lets nobody wait for ever for others to arrive", async () => {
  const { admitted, door } = doorman();
  for (let visitor = 0; admitted.length === 0; visitor++) {
    assertEquals(door.announce(visitor), true, "the bound on turns comes before that on room");
    await turn();
  }
  door.close();
});

Deno.test("Doorman has room for so many, and sends all away when it closes", async () => {
  const { admitted, door } = doorman();
  for (let visitor = 0; visitor < MAX_WAITING; visitor++) door.announce(visitor);
  assertEquals(door.announce(MAX_WAITING), false);
  door.close();
  await turn();
  await turn();
  assertEquals(admitted, []);
});
