/** The fuzzer: its corpus holds, and it finds what there is to find. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { importMapArgs, run } from "../helpers/process/cli.ts";
import { Prng } from "../helpers/sim/prng.ts";
import { findingOf } from "./fuzzer.ts";
import { corpusOf, TARGETS } from "./main.ts";
import { mutated } from "./mutate.ts";
import { decoder } from "./packet_targets.ts";
import { mustHold, type Target } from "./target.ts";

for (const target of TARGETS) {
  Deno.test(`fuzz target ${target.name} holds for its corpus`, () => {
    const inputs = [...target.seeds, ...corpusOf(target)];
    assert(inputs.length > 1);
    for (const input of inputs) {
      const finding = findingOf(target, input);
      assertEquals(finding?.error, undefined, JSON.stringify([...input]));
    }
  });
}

Deno.test("a failure of a fuzz target is reported with its input", () => {
  const input = Uint8Array.of(1, 2, 3);
  const target: Target = {
    ...decoder,
    run: (bytes) => mustHold(bytes[1] !== 2, "no 2 in the middle"),
  };
  assertEquals(findingOf(target, input)?.input, input);
  assertThrows(() => target.run(input), Error, "no 2 in the middle");
});

Deno.test("mutated() makes the same inputs from the same seed", () => {
  const some = (seed: number) => {
    const prng = new Prng(seed);
    return Array.from({ length: 50 }, () => [...mutated(prng, decoder.seeds, decoder.words)]);
  };
  assertEquals(some(1), some(1));
  assert(JSON.stringify(some(1)) !== JSON.stringify(some(2)));
});

Deno.test("deno task fuzz finds nothing in a minute, and counts what code runs", async () => {
  const main = fromFileUrl(new URL("main.ts", import.meta.url));
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const { code, stdout, stderr } = await run(Deno.execPath(), {
    args: ["run", "-q", "-A", "--config", config, ...importMapArgs(), main, "--minutes=1"],
  });
  assertEquals(code, 0, stdout + stderr);
  assertEquals([...stdout.matchAll(/^(\S+): [1-9]\d* inputs/gm)].length, TARGETS.length);
  const [, ran, atFirst] = /: (\d+) characters of the source ran, (\d+) at first/.exec(stdout)!;
  assert(Number(ran) >= Number(atFirst) && Number(atFirst) > 50_000, `${ran}, ${atFirst}`);
});
