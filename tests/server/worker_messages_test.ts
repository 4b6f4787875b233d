/** What gets from one thread to another: plain values, of which the same is made again. */

import { assert, assertEquals } from "@std/assert";
import { MapFile } from "../../src/mod.ts";
import { fromPostedPolicy, toPostedPolicy } from "../../src/server/worker_messages.ts";

Deno.test("a policy does the same after it has come to another thread", () => {
  const map = new MapFile("r ^a$ b\n", "map");
  const policy = { map, maxPerClient: Infinity, uploads: "new" } as const;
  const come = fromPostedPolicy(structuredClone(toPostedPolicy(policy)));
  assertEquals([come.maxPerClient, come.uploads], [Infinity, "new"]);
  assertEquals(come.map?.rewrite("a", { direction: "get", client: "10.0.0.7" }), "b");
  assert(!("map" in fromPostedPolicy(structuredClone(toPostedPolicy({})))));
});
