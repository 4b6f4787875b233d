/** The binary is there at once. `bench/startup.ts` measures the same for docs/release.md. */

import { assertLess } from "@std/assert";
import { denoRun, measure, others } from "../../bench/startup.ts";
import { Binaries } from "../helpers/binary.ts";

const binaries = new Binaries();

/** What a user takes for at once. */
const LIMIT_MS = 60;
const RUNS = 15;
/** A machine that does something else meanwhile makes figures larger, never smaller. */
const ATTEMPTS = 3;

Deno.test({
  name: "the binary prints its help within 60 ms",
  ignore: await binaries.leaveOut(),
  fn: async () => {
    const compiled = { name: "compiled", program: await binaries.path(), args: ["--help"] };
    let told = "";
    let median = Infinity;
    for (let attempt = 0; attempt < ATTEMPTS && median >= LIMIT_MS; attempt++) {
      const figures = await measure([compiled, denoRun(), ...others()], RUNS);
      const [ours, deno] = figures;
      // How much slower than it could this machine is just now: deno run tells.
      median = ours!.medianMs * deno!.fastestMs / deno!.medianMs;
      told += figures.map(({ name, medianMs }) => `${name} ${medianMs.toFixed(1)} ms`).join(", ");
      told += "\n";
    }
    assertLess(median, LIMIT_MS, `medians of ${RUNS} runs in turns:\n${told}`);
  },
});
