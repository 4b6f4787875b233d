/**
 * A fuzzer that is guided by coverage, over everything that reads what others write.
 *
 *     deno task fuzz --minutes=15 --seed=1
 *     deno task fuzz --target=server --replay=PATH     one input, again
 *     deno task fuzz --minutes=15 --seed=1 --last        after a hang: the input is in last-TARGET
 *     deno task fuzz --minutes=15 --save               keep what makes new code run in the corpus
 */

// deno-lint-ignore-file no-console
import { fromFileUrl } from "@std/path";
import { Prng } from "../helpers/sim/prng.ts";
import { Coverage } from "./coverage.ts";
import { type Finding, findingOf, Fuzzer } from "./fuzzer.ts";
import { decoder, options } from "./packet_targets.ts";
import { server } from "./server_target.ts";
import type { Target } from "./target.ts";
import { configuration, manifest, mapFile } from "./text_targets.ts";

export const TARGETS: readonly Target[] = [
  decoder,
  options,
  mapFile,
  configuration,
  manifest,
  server,
];

const CORPUS = fromFileUrl(new URL("corpus/", import.meta.url));

/** Larger inputs stay out of the corpus. */
const MAX_SAVED_BYTES = 400;

/** The inputs of a target that are kept beside this file. */
export function corpusOf({ name }: Target): Uint8Array[] {
  try {
    return [...Deno.readDirSync(CORPUS + name)].map((entry) => entry.name).sort()
      .map((file) => Deno.readFileSync(`${CORPUS}${name}/${file}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The failing input comes first, so that it is there whatever happens next. */
function report({ target, input, error }: Finding, seed: number): void {
  const name = `finding-${target}`;
  Deno.writeFileSync(name, input);
  console.log(`input of ${target}, ${input.length} bytes: ${JSON.stringify([...input])}`);
  console.log(`replay: deno task fuzz --target=${target} --replay=${name} (seed ${seed})`);
  console.log(error.stack ?? error.message);
}

function replay(target: Target, path: string): Finding | undefined {
  return findingOf(target, Deno.readFileSync(path));
}

async function save(fuzzer: Fuzzer, known: number): Promise<void> {
  const folder = CORPUS + fuzzer.target.name;
  await Deno.mkdir(folder, { recursive: true });
  for (const input of fuzzer.corpus.slice(known)) {
    if (input.length > MAX_SAVED_BYTES) continue;
    const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(input));
    const name = new Uint8Array(digest).subarray(0, 6).toHex();
    await Deno.writeFile(`${folder}/${name}`, input);
  }
}

interface Settings {
  readonly seed: number;
  readonly ms: number;
  readonly save: boolean;
  /** Write each input to a file before it is run. */
  readonly last: boolean;
}

/** The targets take turns until the time is over, or one has found something. */
async function fuzz(targets: readonly Target[], settings: Settings): Promise<Finding | undefined> {
  const { seed } = settings;
  const coverage = new Coverage();
  await coverage.start();
  const fuzzers = targets.map((target, index) =>
    new Fuzzer(target, {
      ...{ coverage, prng: new Prng(seed + index), corpus: corpusOf(target) },
      ...(settings.last
        ? { about: (input) => Deno.writeFileSync(`last-${target.name}`, input) }
        : {}),
    })
  );
  const known = fuzzers.map(({ corpus }) => corpus.length);
  let finding: Finding | undefined;
  for (const fuzzer of fuzzers) finding ??= await fuzzer.begin();
  const atFirst = coverage.covered;
  const untilMs = performance.now() + settings.ms;
  while (!finding && performance.now() < untilMs) {
    for (const fuzzer of fuzzers) finding ??= await fuzzer.round();
  }
  coverage.stop();
  for (const [index, fuzzer] of fuzzers.entries()) {
    const { target, tried, corpus } = fuzzer;
    console.log(`${target.name}: ${tried} inputs, ${corpus.length - known[index]!} kept`);
    if (settings.save && !finding) await save(fuzzer, known[index]!);
  }
  console.log(
    `seed ${seed}: ${coverage.covered} characters of the source ran, ${atFirst} at first`,
  );
  return finding;
}

function told(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

if (import.meta.main) {
  const seed = Number(told("seed") ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const only = told("target");
  const targets = TARGETS.filter(({ name }) => only === undefined || name === only);
  const path = told("replay");
  const ms = Number(told("minutes") ?? 1) * 60_000;
  const finding = path === undefined
    ? await fuzz(targets, {
      ...{ seed, ms },
      save: Deno.args.includes("--save"),
      last: Deno.args.includes("--last"),
    })
    : replay(targets[0]!, path);
  if (finding) report(finding, seed);
  Deno.exit(finding ? 1 : 0);
}
