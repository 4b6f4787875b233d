import { assert, assertEquals } from "@std/assert";
import { DeferredRequests } from "../../src/server/deferred_requests.ts";
import { MAX_QUEUED, RequestQueue } from "../../src/server/request_queue.ts";
import { ManualClock } from "../helpers/sim/memory_network.ts";

function open() {
  const clock = new ManualClock();
  const handled: number[] = [];
  const queue = new RequestQueue<number>((item) => handled.push(item), clock);
  /** Lets the sockets have their turn. */
  const turn = () => clock.advance(0);
  return { clock, handled, queue, turn };
}

Deno.test("RequestQueue handles all requests in order, also later ones", () => {
  const { clock, handled, queue, turn } = open();
  const items = Array.from({ length: 100 }, (_, number) => number);
  for (const item of items) queue.enqueue(item);
  assertEquals(handled, [], "nothing before the sockets had their turn");
  for (let turns = 0; turns < 10; turns++) turn();
  assertEquals(handled, items);
  queue.enqueue(100);
  turn();
  turn();
  assertEquals([handled.length, queue.size, clock.listeners], [101, 0, 0]);
});

Deno.test("RequestQueue takes in what arrives before it deals with the first", () => {
  const { handled, queue, turn } = open();
  for (let item = 0; item < 20; item++) {
    queue.enqueue(item);
    turn();
    assertEquals(handled, []);
  }
  turn();
  assertEquals(handled.length, 16, "a bounded number before the sockets have their turn again");
});

Deno.test("RequestQueue handles requests even if more keep arriving", () => {
  const { handled, queue, turn } = open();
  for (let item = 0; handled.length === 0; item++) {
    assert(queue.enqueue(item), "the bound on turns comes before that on room");
    turn();
  }
});

Deno.test("RequestQueue has room for so many, and forgets all when it closes", () => {
  const { clock, handled, queue, turn } = open();
  for (let item = 0; item < MAX_QUEUED; item++) assert(queue.enqueue(item));
  assertEquals(queue.enqueue(MAX_QUEUED), false);
  queue.close();
  turn();
  turn();
  assertEquals([handled, queue.size, clock.listeners], [[], 0, 0]);
});

Deno.test("DeferredRequests keeps the latest of a client, for a moment", () => {
  const clock = new ManualClock();
  const handled: string[] = [];
  const deferred = new DeferredRequests<string>((item) => handled.push(item), clock);
  deferred.defer("client", "first");
  deferred.defer("client", "second");
  deferred.defer("other", "its own");
  clock.advance(19);
  assertEquals(handled, []);
  clock.advance(1);
  assertEquals([handled, deferred.size, clock.listeners], [["second", "its own"], 0, 0]);
  deferred.defer("client", "third");
  deferred.close();
  clock.advance(1000);
  assertEquals(handled.length, 2);
});
