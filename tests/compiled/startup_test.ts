/** The binary is there at once. `bench/startup.ts` measures the same for docs/release.md. */

import { assertLess } from "@std/assert";
import { denoRun, measure, others } from "../../bench/startup.ts";
import { Binaries } from "../helpers/process/binary.ts";

const binaries = new Binaries();

/** What a user takes for at once. */
const LIMIT_MS = 60;
const RUNS = 15;
/** How much more than its fastest start the median of a program is on a machine left alone. */
const QUIET = 1.3;
/** On any other machine: of the median of `deno run`, which takes about as long. */
const BUSY_LIMIT = 1.5;

Deno.test({
  name: "the binary prints its help within 60 ms",
  ignore: await binaries.leaveOut(),
  fn: async () => {
    const compiled = { name: "compiled", program: await binaries.path(), args: ["--help"] };
    const figures = await measure([compiled, denoRun(), ...others()], RUNS);
    const [ours, deno] = figures;
    const isQuiet = deno!.medianMs < QUIET * deno!.fastestMs;
    const limit = isQuiet ? LIMIT_MS : Math.max(LIMIT_MS, BUSY_LIMIT * deno!.medianMs);
    const told = figures.map(({ name, medianMs }) => `${name} ${medianMs.toFixed(1)} ms`);
    assertLess(ours!.medianMs, limit, `medians of ${RUNS} runs in turns: ${told.join(", ")}`);
  },
});
