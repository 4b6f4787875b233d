/** The binary is there at once. `bench/startup.ts` measures the same for docs/release.md. */

import { assertLess } from "@std/assert";
import { denoRun, measure, others } from "../../bench/startup.ts";
import { Binaries } from "../helpers/binary.ts";

const binaries = new Binaries();

/** What a user takes for at once. */
const LIMIT_MS = 60;
const RUNS = 15;
const ATTEMPTS = 3;
/** How much more than its fastest start the median of a program is on a machine left alone. */
const QUIET = 1.3;

Deno.test({
  name: "the binary prints its help within 60 ms",
  ignore: await binaries.leaveOut(),
  fn: async () => {
    const compiled = { name: "compiled", program: await binaries.path(), args: ["--help"] };
    let told = "";
    let judged = Infinity;
    for (let attempt = 0; attempt < ATTEMPTS && judged >= LIMIT_MS; attempt++) {
      const figures = await measure([compiled, denoRun(), ...others()], RUNS);
      const [ours, deno] = figures;
      // On a machine that is busy with something else the median tells of that; the fastest
      // start is what the program itself takes.
      const isQuiet = deno!.medianMs < QUIET * deno!.fastestMs;
      judged = isQuiet ? ours!.medianMs : ours!.fastestMs;
      told += figures.map(({ name, medianMs, fastestMs }) =>
        `${name} ${medianMs.toFixed(1)} ms (fastest ${fastestMs.toFixed(1)})`
      ).join(", ") + "\n";
    }
    assertLess(judged, LIMIT_MS, `medians of ${RUNS} runs in turns:\n${told}`);
  },
});
