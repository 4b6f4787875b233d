// deno-lint-ignore-file no-console
/**
 * How long a get of 1 KiB, `--version` and `--help` take from start to exit, beside an empty
 * program of the same runtime and other clients: from the sources, from the one file of
 * `deno task bundle`, and compiled. All run in turns, so that whatever else the machine does meets
 * all of them.
 *
 *     deno run -A bench/startup.ts [BINARY] [--empty=BINARY] [--runs=N]
 *
 * `--empty` names an empty program compiled by the same Deno as BINARY: there is no other way to
 * know what the base of a binary takes.
 */

const ROOT = new URL("..", import.meta.url).pathname;

/** A program, and arguments with which it starts and ends at once. */
interface Starter {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

interface Figures {
  readonly name: string;
  readonly medianMs: number;
  readonly fastestMs: number;
}

/** Runs each in turn, `runs` times, after one run that counts for nothing. */
async function measure(starters: readonly Starter[], runs: number): Promise<Figures[]> {
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
function denoRun(name: string, words: readonly string[], module = "main.ts"): Starter {
  const map = Deno.env.get("TFTP_IMPORT_MAP") ?? "";
  const permissions = ["--no-prompt", "--allow-net", "--allow-read", "--allow-write"];
  const args = [
    ...["run", "--quiet", "--config", `${ROOT}deno.json`],
    ...(map === "" ? [] : ["--import-map", new URL(map, `file://${ROOT}`).pathname]),
    ...permissions,
    ...[`${ROOT}${module}`, ...words],
  ];
  return { name, program: Deno.execPath(), args };
}

/** What is measured in one folder with one server; the first of each kind is the empty program. */
async function kindsIn(folder: string, port: number): Promise<Starter[][]> {
  const words = ["get", "--quiet", `127.0.0.1:${port}`, "file", "--output", `${folder}/copy`];
  await Deno.writeTextFile(`${folder}/empty.ts`, "");
  const sources = [
    { name: "empty", program: Deno.execPath(), args: ["run", "--quiet", `${folder}/empty.ts`] },
    denoRun("get, sources", words),
    denoRun("--version, sources", ["--version"]),
    denoRun("--help, sources", ["--help"]),
    ...(exists(`${ROOT}dist/tftp.js`)
      ? [
        denoRun("get, bundle", words, "dist/tftp.js"),
        denoRun("--version, bundle", ["--version"], "dist/tftp.js"),
      ]
      : []),
  ];
  const empty = valueOf("--empty=");
  const binary = Deno.args.find((arg) => !arg.startsWith("--")) ?? `${ROOT}dist/tftp`;
  const compiled = exists(binary)
    ? [
      ...(empty === undefined ? [] : [{ name: "empty, compiled", program: empty, args: [] }]),
      { name: "get, compiled", program: binary, args: words },
      { name: "--version, compiled", program: binary, args: ["--version"] },
      { name: "--help, compiled", program: binary, args: ["--help"] },
    ]
    : [];
  const url = `tftp://127.0.0.1:${port}/file`;
  const script = ["127.0.0.1", `${port}`, "-m", "binary", "-c", "get", "file", `${folder}/copy`];
  const peers = [
    { name: "curl", program: "curl", args: ["-s", "-o", `${folder}/copy`, url] },
    { name: "tftp-hpa", program: "tftp", args: script },
    { name: "curl --help", program: "curl", args: ["--help"] },
    { name: "tftp-hpa -V", program: "tftp", args: ["-V"] },
    { name: "busybox tftp --help", program: "busybox", args: ["tftp", "--help"] },
  ];
  return [sources, compiled, peers.filter(isInstalled)];
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isInstalled({ program }: Starter): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => exists(`${folder}/${program}`));
}

function valueOf(flag: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(flag))?.slice(flag.length);
}

/** A server of this project, in a process of its own. */
async function serve(folder: string): Promise<{ port: number; close: () => Promise<void> }> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  const { program, args } = denoRun("serve", ["serve", "-a", "127.0.0.1", "-p", `${port}`, folder]);
  const piped = { stdout: "piped", stderr: "null" } as const;
  const server = new Deno.Command(program, { args: [...args], ...piped }).spawn();
  const reader = server.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  const drained = server.stdout.pipeTo(new WritableStream());
  return {
    port,
    close: async () => {
      server.kill("SIGTERM");
      await server.status;
      await drained;
    },
  };
}

async function main(): Promise<void> {
  const runs = Number(valueOf("--runs=") ?? 41);
  const folder = await Deno.makeTempDir({ prefix: "tftp-startup-" });
  await Deno.writeFile(`${folder}/file`, crypto.getRandomValues(new Uint8Array(1024)));
  const server = await serve(folder);
  try {
    const kinds = await kindsIn(folder, server.port);
    const figures = await measure(kinds.flat(), runs);
    console.log(`median and fastest of ${runs} runs, ${navigator.hardwareConcurrency} cores`);
    for (const kind of kinds) printKind(figures.filter(({ name }) => nameIn(kind, name)));
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function nameIn(kind: readonly Starter[], name: string): boolean {
  return kind.some((starter) => starter.name === name);
}

/** A row each; where there is an empty program, how many times it the others take. */
function printKind(figures: readonly Figures[]): void {
  const empty = figures.find(({ name }) => name.startsWith("empty"));
  for (const { name, medianMs, fastestMs } of figures) {
    const [median, fastest] = [medianMs, fastestMs].map((ms) => ms.toFixed(1).padStart(7));
    const times = empty ? `${(medianMs / empty.medianMs).toFixed(2).padStart(7)} x empty` : "";
    console.log(`${name.padEnd(20)}${median} ms${fastest} ms${times}`);
  }
}

if (import.meta.main) await main();
