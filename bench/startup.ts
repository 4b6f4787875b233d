// deno-lint-ignore-file no-console
/**
 * How long programs take to start and print their help: the compiled binary beside `deno run` of
 * the same program and beside other TFTP clients, in turns, so that whatever else the machine does
 * meets all of them.
 *
 *     deno run -A bench/startup.ts [BINARY] [--runs=N]
 */

const ROOT = new URL("..", import.meta.url).pathname;

/** A program and what makes it start and end at once. */
export interface Starter {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

export interface Figures {
  readonly name: string;
  readonly medianMs: number;
  readonly fastestMs: number;
}

/** Runs each in turn, `runs` times, after one run that counts for nothing. */
export async function measure(starters: readonly Starter[], runs: number): Promise<Figures[]> {
  const times = new Map<Starter, number[]>(starters.map((starter) => [starter, []]));
  for (let run = -1; run < runs; run++) {
    for (const [starter, list] of times) {
      const elapsed = await startOnce(starter);
      if (run >= 0) list.push(elapsed);
    }
  }
  return starters.map((starter) => {
    const sorted = times.get(starter)!.sort((a, b) => a - b);
    return {
      name: starter.name,
      medianMs: sorted[Math.floor(sorted.length / 2)]!,
      fastestMs: sorted[0]!,
    };
  });
}

async function startOnce({ program, args }: Starter): Promise<number> {
  const begin = performance.now();
  const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
  await new Deno.Command(program, { args: [...args], ...silent }).spawn().status;
  return performance.now() - begin;
}

/** `deno run` of this tree, its types unchecked and its modules cached, as a user would have it. */
export function denoRun(): Starter {
  const map = Deno.env.get("TFTP_IMPORT_MAP") ?? "";
  const permissions = ["--allow-net", "--allow-read", "--allow-write"];
  const args = [
    ...["run", "--quiet", "--config", `${ROOT}deno.json`],
    ...(map === "" ? [] : ["--import-map", ROOT + map]),
    ...permissions,
    ...[`${ROOT}main.ts`, "--help"],
  ];
  return { name: `deno run (${Deno.version.deno})`, program: Deno.execPath(), args };
}

/** Other clients, as far as they are installed. */
export function others(): Starter[] {
  const starters: Starter[] = [
    { name: "curl", program: "curl", args: ["--help"] },
    { name: "tftp-hpa", program: "tftp", args: ["-V"] },
    { name: "busybox tftp", program: "busybox", args: ["tftp", "--help"] },
  ];
  return starters.filter(({ program, args }) => {
    try {
      new Deno.Command(program, { args: [...args], stderr: "null" }).outputSync();
      return true;
    } catch {
      return false;
    }
  });
}

if (import.meta.main) {
  const runs = Number(Deno.args.find((arg) => arg.startsWith("--runs="))?.slice(7) ?? 41);
  const binary = Deno.args.find((arg) => !arg.startsWith("--")) ?? `${ROOT}dist/tftp`;
  const ours = { name: "compiled", program: binary, args: ["--help"] };
  console.log(`median and fastest of ${runs} runs, ${navigator.hardwareConcurrency} cores`);
  for (const { name, medianMs, fastestMs } of await measure([ours, denoRun(), ...others()], runs)) {
    const [median, fastest] = [medianMs, fastestMs].map((ms) => ms.toFixed(1).padStart(7));
    console.log(`${name.padEnd(20)}${median} ms${fastest} ms`);
  }
}
