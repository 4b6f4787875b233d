// deno-lint-ignore-file no-console
/** `deno task package`: the Debian package, with a binary built for it. */

import { dirname, join } from "@std/path";
import config from "../deno.json" with { type: "json" };
import { checkBase } from "./base.ts";
import { compile } from "./binary.ts";
import { writeChecksums } from "./checksums.ts";
import { CompileError } from "./compile_error.ts";
import { controlFile, type Generated, packagedFiles, packageFileName, SCRIPTS } from "./debian.ts";
import { planBuild } from "./permissions.ts";
import { type Target, targetsNamed } from "./targets.ts";
import { DIST, importMap, ROOT, run } from "./tools.ts";

const WITHOUT_S3 = "--without-s3";

async function main(args: readonly string[]): Promise<void> {
  const s3 = !args.includes(WITHOUT_S3);
  const [architecture = "x86_64", ...strays] = args.filter((word) => word !== WITHOUT_S3);
  const [target] = targetsNamed(`linux-${architecture}`);
  if (target === undefined || strays.length > 0) {
    throw new CompileError("usage: deno task package [--without-s3] [x86_64 or aarch64]");
  }
  const base = Deno.env.get("DENORT_BIN");
  if (base) await checkBase(base, [target]);
  await Deno.mkdir(DIST, { recursive: true });
  const workshop = await Deno.makeTempDir({ dir: DIST, prefix: ".package-" });
  try {
    const output = join(DIST, packageFileName(config.version, target));
    const tree = join(workshop, "tree");
    const bytes = await fill(tree, { workshop, target, s3 });
    await write(join(tree, "DEBIAN", "control"), controlFile(config.version, target, bytes));
    await pack(tree, output);
    console.log(`${output}: ${((await Deno.stat(output)).size / 1e6).toFixed(1)} MB`);
  } finally {
    await Deno.remove(workshop, { recursive: true });
  }
  await writeChecksums(DIST);
}

/** Puts every file in its place. @returns how many bytes they are. */
async function fill(
  tree: string,
  { workshop, target, s3 }: { workshop: string; target: Target; s3: boolean },
) {
  const binary = join(workshop, "tftp");
  const build = planBuild({ native: true }, target);
  const note = await compile({ target, s3, output: binary, build });
  if (note !== undefined) console.error(`package: ${note}`);
  let bytes = 0;
  for (const file of packagedFiles(binary, await generate())) {
    const path = join(tree, file.path);
    await write(path, file.text ?? "", file.mode);
    // A path from the project's folder; join would put the binary's there too.
    if (file.copyOf === binary) await Deno.copyFile(binary, path);
    else if (file.copyOf !== undefined) await Deno.copyFile(join(ROOT, file.copyOf), path);
    if (file.gzip) await compress(path);
    await Deno.chmod(path, file.mode);
    bytes += (await Deno.stat(path)).size;
  }
  for (const name of SCRIPTS) {
    const text = await Deno.readTextFile(join(ROOT, "packaging", "debian", name));
    await write(join(tree, "DEBIAN", name), text, 0o755);
  }
  return bytes;
}

/** The manual and the completions, by the program itself: by Deno, since it may be another's. */
async function generate(): Promise<Generated> {
  const [man, bash, zsh, fish] = await Promise.all([
    ["man"],
    ["completions", "bash"],
    ["completions", "zsh"],
    ["completions", "fish"],
  ].map(async (words) => {
    const { success, stdout, stderr } = await run(Deno.execPath(), [
      ...["run", "--quiet", "--no-check", "--config", join(ROOT, "deno.json")],
      ...importMap(),
      ...[join(ROOT, "main.ts"), ...words],
    ]);
    if (!success) throw new CompileError(`tftp ${words.join(" ")}: ${stderr.trim()}`);
    return stdout;
  }));
  return { man: man!, completions: { bash: bash!, zsh: zsh!, fish: fish! } };
}

async function pack(tree: string, output: string): Promise<void> {
  // Level 1 takes a sixth of the time of the default; the package is a seventh larger.
  const { success, stderr } = await run("dpkg-deb", [
    ...["--build", "--root-owner-group", "-Zxz", "-z1"],
    ...[tree, output],
  ]);
  if (!success) throw new CompileError(`dpkg-deb: ${stderr.trim()}`);
}

/** Without the file's time and name, so that the same text gives the same package. */
async function compress(path: string): Promise<void> {
  const plain = path.slice(0, -".gz".length);
  await Deno.rename(path, plain);
  const { success, stderr } = await run("gzip", ["-9", "-n", plain]);
  if (!success) throw new CompileError(`gzip: ${stderr.trim()}`);
}

async function write(path: string, text: string, mode = 0o644): Promise<void> {
  await makeFolder(dirname(path));
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
}

/** With the mode that Debian requires, whatever the umask is. */
async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makeFolder(dirname(path));
    await Deno.mkdir(path);
  }
  await Deno.chmod(path, 0o755);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(`package: ${error.message}`);
    Deno.exit(1);
  }
}
