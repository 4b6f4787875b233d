/** Which worker serves whom. */

import { assert, assertEquals } from "@std/assert";
import { portsOf, workerOf } from "../../src/server/shard.ts";

/** How many of the addresses each worker has. */
function counts(hostnames: readonly string[], workers: number): number[] {
  const counts = new Array<number>(workers).fill(0);
  for (const hostname of hostnames) counts[workerOf(hostname, workers)]!++;
  return counts;
}

Deno.test("workerOf() gives addresses that follow each other to the workers in turn", () => {
  const lab = Array.from({ length: 240 }, (_, index) => `10.1.2.${10 + index}`);
  const local = Array.from({ length: 240 }, (_, index) => `fe80::${(256 + index).toString(16)}`);
  for (const workers of [2, 3, 4, 8]) {
    for (const hostnames of [lab, local]) {
      const shares = counts(hostnames, workers);
      assert(Math.max(...shares) - Math.min(...shares) <= 1, `${workers}: ${shares}`);
    }
  }
});

Deno.test("workerOf() knows a client by either form of its address", () => {
  for (const workers of [1, 2, 3, 64]) {
    assertEquals(workerOf("::ffff:10.1.2.3", workers), workerOf("10.1.2.3", workers));
  }
});

Deno.test("workerOf() finds a worker for whatever an address looks like", () => {
  for (
    const hostname of ["", "::", "fe80::1%eth0", "64:ff9b::10.0.0.1", "what", "ffff:".repeat(8)]
  ) {
    const worker = workerOf(hostname, 3);
    assert(Number.isInteger(worker) && worker >= 0 && worker < 3, `${hostname}: ${worker}`);
  }
});

Deno.test("portsOf() shares a range out, whole and without overlap", () => {
  const range = { first: 50000, last: 50006 };
  assertEquals([0, 1, 2].map((worker) => portsOf(range, worker, 3)), [
    { first: 50000, last: 50001 },
    { first: 50002, last: 50003 },
    { first: 50004, last: 50006 },
  ]);
  assertEquals(portsOf({ first: 7, last: 8 }, 1, 2), { first: 8, last: 8 });
});
