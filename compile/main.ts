// deno-lint-ignore-file no-console
/**
 * `deno task compile`: one file that is the whole program, with its permissions built in.
 *
 * Types are not checked here: the gate does that, and a Deno before 2.6 would fetch those of Node
 * for it. There is no code cache, because a compiled program would keep it in the common folder
 * for temporary files under a name that anybody can foresee and fill.
 */

import { basename, dirname, fromFileUrl, join } from "@std/path";
import config from "../deno.json" with { type: "json" };
import { bakedArgument, type Build } from "../src/cli/build.ts";
import { checkBase, explain } from "./base.ts";
import { writeChecksums } from "./checksums.ts";
import { CompileError } from "./compile_error.ts";
import { parseOptions, USAGE } from "./options.ts";
import { permissionFlags, planBuild } from "./permissions.ts";
import { fileNameOf, type Target, TARGETS } from "./targets.ts";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");

/** One file to build. */
interface Order {
  readonly target: Target;
  readonly output: string;
  readonly build: Build;
}

async function main(args: readonly string[]): Promise<number> {
  const { help, wanted, targets, output } = parseOptions(args);
  if (help) {
    console.log(USAGE.trimEnd());
    return 0;
  }
  const build = planBuild(wanted);
  const here = thisMachine();
  const orders = targets.map((target) => ({
    target,
    build,
    output: output ?? join(DIST, fileNameOf(target, config.version)),
  }));
  const plainName = here.format === "pe" ? "tftp.exe" : "tftp";
  if (orders.length === 0) {
    orders.push({ target: here, build, output: output ?? join(DIST, plainName) });
  }
  const base = Deno.env.get("DENORT_BIN");
  if (base) await checkBase(base, orders.map((order) => order.target));
  return await buildAll(orders);
}

/** One that fails does not stop the others. */
async function buildAll(orders: readonly Order[]): Promise<number> {
  const folders = new Set<string>();
  let failures = 0;
  for (const order of orders) {
    try {
      await compile(order);
      folders.add(dirname(order.output));
      const megabytes = ((await Deno.stat(order.output)).size / 1e6).toFixed(1);
      console.log(`${order.output}: ${megabytes} MB, ${order.target.triple}`);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      failures++;
      console.error(`compile: ${error.message}`);
    }
  }
  // Elsewhere the folder is the user's, and so are the other files in it.
  if (folders.has(DIST)) await writeChecksums(DIST);
  return failures === 0 ? 0 : 1;
}

/** A build that fails leaves alone what was there before. */
async function compile({ target, output, build }: Order): Promise<void> {
  await Deno.mkdir(dirname(output), { recursive: true });
  const workshop = await Deno.makeTempDir({ dir: dirname(output), prefix: ".compile-" });
  try {
    // Under its final name, which becomes a part of the program.
    const result = join(workshop, basename(output));
    await compileTo(result, { target, build });
    await Deno.rename(result, output);
  } finally {
    await Deno.remove(workshop, { recursive: true });
  }
}

async function compileTo(output: string, { target, build }: Omit<Order, "output">): Promise<void> {
  const map = Deno.env.get("TFTP_IMPORT_MAP");
  const { success, stderr } = await run(Deno.execPath(), [
    ...["compile", "--quiet", "--no-check", "--no-code-cache", "--config", join(ROOT, "deno.json")],
    ...(map ? ["--import-map", join(ROOT, map)] : []),
    ...permissionFlags(build.grants),
    ...["--target", target.triple, "--output", output],
    ...[join(ROOT, "main.ts"), bakedArgument(build)],
  ]);
  if (!success) throw new CompileError(explain(stderr, target, Deno.version.deno));
  if (target.triple === Deno.build.target) await tryOut(output);
}

/** A base of another Deno makes a program that is only found out when it is started. */
async function tryOut(output: string): Promise<void> {
  const { stdout } = await run(output, ["--version"]);
  if (stdout.trim() === `tftp ${config.version}`) return;
  throw new CompileError(
    `${
      basename(output)
    } was built but does not start: the base must be that of Deno ${Deno.version.deno} exactly`,
  );
}

async function run(program: string, args: string[]) {
  const command = new Deno.Command(program, { args, stdin: "null", env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function thisMachine(): Target {
  const target = TARGETS.find(({ triple }) => triple === Deno.build.target);
  if (target === undefined) throw new CompileError(`no base for ${Deno.build.target}: --target`);
  return target;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(`compile: ${error.message}\nSee: deno task compile --help`);
    Deno.exit(2);
  }
}
