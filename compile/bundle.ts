/**
 * The code of a binary. A binary keeps no compiled code: at every start, V8 reads and compiles what
 * the command needs. With minified files a get of 1 KiB takes a seventh less time.
 */

import { join } from "@std/path";
import { causeIn } from "./compile_error.ts";
import { DIST, importMap, ROOT, run } from "./tools.ts";

const MAIN = "main.ts";
/** No import leads to the worker of the server: it is started by its address. */
const WORKER = "src/server/worker.ts";

/** The files that `deno compile` begins with. */
export interface Code {
  readonly main: string;
  readonly worker: string;
  /** Why it is not bundled, where it is not. */
  readonly note?: string;
}

const SOURCES: Code = { main: join(ROOT, MAIN), worker: join(ROOT, WORKER) };

/** Paths and times of files are a part of a binary, and must be the same in every build. */
const FOLDER = join(DIST, ".code");
const TIME = 0;

/**
 * Calls `use` with minified files. What several commands have in common has files of its own, so a
 * command loads only what it uses. Where bundling fails, most likely because npm can't be reached,
 * from where Deno has its bundler, it is the code as it is written. One build at a time: others
 * wait here.
 */
export async function withCode<T>(use: (code: Code) => Promise<T>): Promise<T> {
  let lock: Deno.FsFile;
  try {
    lock = await takeLock();
  } catch (error) {
    return await use(asWritten((error as Error).message));
  }
  try {
    return await use(await bundle());
  } finally {
    await removeFolder();
    lock.close();
  }
}

/** Ends with the process that holds it. */
async function takeLock(): Promise<Deno.FsFile> {
  await Deno.mkdir(DIST, { recursive: true });
  const file = await Deno.open(`${FOLDER}.lock`, { create: true, write: true });
  await file.lock(true);
  return file;
}

async function bundle(): Promise<Code> {
  // A build that was killed leaves its files.
  await removeFolder();
  const { success, stderr } = await run(Deno.execPath(), [
    ...["bundle", "--quiet", "--minify", "--code-splitting", "--outdir", FOLDER],
    ...["--config", join(ROOT, "deno.json"), ...importMap()],
    ...[SOURCES.main, SOURCES.worker],
  ]);
  if (!success) return asWritten(stderr);
  // The code that starts the worker is in the upper folder now, and looks for it beside itself.
  const worker = join(FOLDER, "worker.ts");
  await Deno.writeTextFile(worker, `import "./${WORKER.replace(/ts$/, "js")}";\n`);
  await setTimes(FOLDER);
  return { main: join(FOLDER, "main.js"), worker };
}

/** The sources themselves, with the error that explains why they are not bundled. */
function asWritten(error: string): Code {
  const note = `built from the sources, because they can't be bundled (${causeIn(error)}): ` +
    "it does the same, but starts some milliseconds later";
  return { ...SOURCES, note };
}

async function setTimes(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await setTimes(path);
    else await Deno.utime(path, TIME, TIME);
  }
}

async function removeFolder(): Promise<void> {
  try {
    await Deno.remove(FOLDER, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
