/**
 * One binary, made by `deno compile`.
 *
 * Types are not checked here: the gate does that, and a Deno before 2.6 would fetch those of Node
 * for it. There is no code cache, because a compiled program would keep it in the common folder
 * for temporary files under a name that anybody can foresee and fill.
 */

import { basename, dirname, join } from "@std/path";
import config from "../deno.json" with { type: "json" };
import { bakedArgument, type Build } from "../src/cli/args/build.ts";
import { SIGNER } from "../src/origin/s3.ts";
import { explain } from "./base.ts";
import { type Code, withCode } from "./bundle.ts";
import { causeIn, CompileError } from "./compile_error.ts";
import { permissionFlags } from "./permissions.ts";
import type { Target } from "./targets.ts";
import { importMap, ROOT, run } from "./tools.ts";
import { v8Flags } from "./v8_flags.ts";

/** One file to build. */
export interface Order {
  readonly target: Target;
  readonly output: string;
  readonly build: Build;
  /** Whether it can serve buckets, for which a package comes from npm. */
  readonly s3: boolean;
}

/**
 * Builds one. A build that fails leaves alone what was there before. Returns what is to be said of
 * the result, if anything.
 */
export async function compile({ output, ...order }: Order): Promise<string | undefined> {
  await Deno.mkdir(dirname(output), { recursive: true });
  const workshop = await Deno.makeTempDir({ dir: dirname(output), prefix: ".compile-" });
  try {
    // Under its final name, which becomes a part of the program.
    const result = join(workshop, basename(output));
    if (order.s3) await fetchSigner();
    return await withCode(async (code) => {
      await compileTo(result, order, code);
      await Deno.rename(result, output);
      return code.note;
    });
  } finally {
    await Deno.remove(workshop, { recursive: true });
  }
}

/**
 * Brings the package into Deno's cache. `deno compile` would fetch it too, but a newer one (2.9)
 * builds without it when it can't, and says nothing.
 */
async function fetchSigner(): Promise<void> {
  const config = ["--config", join(ROOT, "deno.json")];
  const { success, stderr } = await run(Deno.execPath(), ["cache", "--quiet", ...config, SIGNER]);
  if (success) return;
  throw new CompileError(
    `the package ${SIGNER}, which signs for buckets, can't be fetched (${causeIn(stderr)}). ` +
      "Build where npm can be reached, or --without-s3",
  );
}

async function compileTo(
  output: string,
  { target, build, s3 }: Omit<Order, "output">,
  { main, worker }: Code,
): Promise<void> {
  const { success, stderr } = await run(Deno.execPath(), [
    ...["compile", "--quiet", "--no-check", "--no-code-cache", "--config", join(ROOT, "deno.json")],
    ...importMap(),
    ...v8Flags(config, { native: build.grants.ffi !== undefined }),
    ...permissionFlags(build.grants),
    ...["--include", worker],
    ...(s3 ? ["--include", SIGNER] : []),
    ...["--target", target.triple, "--output", output],
    ...[main, bakedArgument(build)],
  ]);
  if (!success) throw new CompileError(explain(stderr, target, Deno.version.deno));
  if (target.triple === Deno.build.target) await tryOut(output);
}

/** A base of another version makes a program that fails only when it is started. */
async function tryOut(output: string): Promise<void> {
  const { stdout } = await run(output, ["--version"]);
  if (stdout.trim() === `tftp ${config.version}`) return;
  throw new CompileError(
    `${
      basename(output)
    } was built but does not start: the base must be that of Deno ${Deno.version.deno} exactly`,
  );
}
