/**
 * Tells a task which import map to use: prints nothing where the packages that deno.json names
 * can be loaded, from JSR or from Deno's cache, and otherwise the map to the adapters beside
 * this file, with one line on stderr that says so.
 *
 *     deno run offline/probe.ts           a path from the project's folder, for TFTP_IMPORT_MAP
 *     deno run offline/probe.ts --flag    --import-map=URL, for any deno command in any folder
 *
 * Where TFTP_IMPORT_MAP already names a map the probe is over, so that tasks which call other
 * tasks look, and speak, once.
 */

const MAP = "offline/import_map.json";
const PACKAGES = ["@std/cli/parse-args", "@std/path", "@std/jsonc", "@std/assert"];

/** A registry that answers at all sends the first package, which is one file, well within. */
const FIRST_ANSWER_MS = 1_200;
/** What a slow line may take for the rest once the registry has answered. */
const ALL_PACKAGES_MS = 60_000;

if (import.meta.main) {
  const map = Deno.env.get("TFTP_IMPORT_MAP") || await probe();
  // A URL, since it has no spaces, which the shell would take for the end of the flag.
  const answer = Deno.args[0] === "--flag" && map !== ""
    ? `--import-map=${new URL(`../${map}`, import.meta.url)}`
    : map;
  Deno.stdout.writeSync(new TextEncoder().encode(answer));
  // An import that hangs would keep the process alive.
  Deno.exit(0);
}

async function probe(): Promise<string> {
  const [first, ...others] = PACKAGES.map((name) => () => load(name));
  if (
    await within(FIRST_ANSWER_MS, first!()) &&
    await within(ALL_PACKAGES_MS, Promise.all(others.map((start) => start())))
  ) return "";
  const line = "tftp: JSR, where Deno's standard library comes from, is out of reach; " +
    "adapters in offline/ do the same, and nothing is missing\n";
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return MAP;
}

/**
 * The name comes in a variable because Deno would load a literal one before this program starts,
 * and nothing could bound that.
 */
function load(name: string): Promise<unknown> {
  return import(name);
}

/** Whether the promise is fulfilled in time. */
function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((settle) => {
    const timer = setTimeout(() => settle(false), ms);
    promise.then(() => settle(true), () => settle(false)).finally(() => clearTimeout(timer));
  });
}
