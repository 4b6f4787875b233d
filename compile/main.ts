// deno-lint-ignore-file no-console
/** `deno task compile`: the whole program in one file, with built-in permissions. */

import { dirname, join } from "@std/path";
import config from "../deno.json" with { type: "json" };
import { checkBase } from "./base.ts";
import { compile, type Order } from "./binary.ts";
import { writeChecksums } from "./checksums.ts";
import { CompileError } from "./compile_error.ts";
import { parseOptions, USAGE } from "./options.ts";
import { planBuild } from "./permissions.ts";
import { fileNameOf, type Target, TARGETS } from "./targets.ts";
import { DIST } from "./tools.ts";

async function main(args: readonly string[]): Promise<number> {
  const { help, wanted, targets, output, s3 } = parseOptions(args);
  if (help) {
    console.log(USAGE.trimEnd());
    return 0;
  }
  const here = thisMachine();
  const orders = targets.map((target) => ({
    target,
    s3,
    build: planBuild(wanted, target),
    output: output ?? join(DIST, fileNameOf(target, config.version)),
  }));
  const plainName = here.format === "pe" ? "tftp.exe" : "tftp";
  if (orders.length === 0) {
    const build = planBuild(wanted, here);
    orders.push({ target: here, s3, build, output: output ?? join(DIST, plainName) });
  }
  const base = Deno.env.get("DENORT_BIN");
  if (base) await checkBase(base, orders.map((order) => order.target));
  return await buildAll(orders);
}

/** A failed one does not stop the others. */
async function buildAll(orders: readonly Order[]): Promise<number> {
  const folders = new Set<string>();
  let failures = 0;
  for (const order of orders) {
    try {
      const note = await compile(order);
      folders.add(dirname(order.output));
      const megabytes = ((await Deno.stat(order.output)).size / 1e6).toFixed(1);
      console.log(`${order.output}: ${megabytes} MB, ${order.target.triple}`);
      if (note !== undefined) console.error(`compile: ${note}`);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      failures++;
      console.error(`compile: ${error.message}`);
    }
  }
  // Another folder is the user's, with other files in it.
  if (folders.has(DIST)) await writeChecksums(DIST);
  return failures === 0 ? 0 : 1;
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
