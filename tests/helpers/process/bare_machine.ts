/**
 * A copy of this machine for installing packages: an overlay file system and a network namespace.
 * Nothing in it changes the machine itself.
 */

import { isCi, isRoot } from "./peers.ts";
import { TempFolder } from "../files/temp_folder.ts";
import type { Finished } from "./cli.ts";

/** Lays a file system over the machine's, and stays as long as its standard input is open. */
const SET_UP = `
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/changes" "$1/work" "$1/machine"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/machine"
mount -t proc proc "$1/machine/proc"
mount --rbind /dev "$1/machine/dev"
mount -t tmpfs tmpfs "$1/machine/run"
# With it, each installed manual would have all manuals indexed again.
rm -f "$1/machine/var/lib/man-db/auto-update"
ip link set lo up
echo ready
cat
`;

export class BareMachine implements AsyncDisposable {
  readonly #folder: TempFolder;
  /** Undefined where the machine itself is used. */
  readonly #keeper: Deno.ChildProcess | undefined;

  private constructor(folder: TempFolder, keeper: Deno.ChildProcess | undefined) {
    this.#folder = folder;
    this.#keeper = keeper;
  }

  /**
   * Throws with what went wrong where a machine can't be had. In continuous integration the
   * machine is there to be thrown away: where it can't be copied, it is used itself.
   */
  static async start(): Promise<BareMachine> {
    const folder = new TempFolder();
    const keeper = new Deno.Command("unshare", {
      args: ["--mount", "--net", "sh", "-c", SET_UP, "sh", folder.path],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = keeper.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    if (value !== undefined) return new BareMachine(folder, keeper);
    await end(keeper);
    if (isCi()) return new BareMachine(folder, undefined);
    folder[Symbol.dispose]();
    throw new Error("no copy of this machine can be made: see above");
  }

  /** Copies a file into it, under the same path. */
  async copy(path: string): Promise<void> {
    if (this.#keeper === undefined) return;
    const at = `${this.#folder.path}/machine${path}`;
    const line = 'mkdir -p "$(dirname "$1")" && cp "$0" "$1"';
    const { code, stderr } = await output("nsenter", this.#entering(["sh", "-c", line, path, at]));
    if (code !== 0) throw new Error(stderr);
  }

  /** Runs a line of shell in it. */
  sh(line: string): Promise<Finished> {
    const [program, args] = this.command(["sh", "-c", line]);
    return output(program, args);
  }

  /** Runs a line of shell in it that must succeed, and returns what it printed. */
  async must(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.sh(line);
    if (code !== 0) throw new Error(`${line}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** The program and arguments that run a program in it. */
  command(words: readonly string[]): [program: string, args: string[]] {
    if (this.#keeper === undefined) return [words[0]!, words.slice(1)];
    return ["nsenter", this.#entering(["chroot", `${this.#folder.path}/machine`, ...words])];
  }

  #entering(words: readonly string[]): string[] {
    return ["--target", `${this.#keeper?.pid}`, "--mount", "--net", ...words];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#keeper !== undefined) await end(this.#keeper);
    else {
      // The programs of others that had to go are wanted by other tests.
      await this.sh("dpkg -P tftp-deno; rmdir /srv/tftp");
      await this.must("apt-get install -qq -y --no-install-recommends tftp-hpa");
    }
    this.#folder[Symbol.dispose]();
  }
}

/** Lets a keeper go, and with it all that it has mounted. */
async function end(keeper: Deno.ChildProcess): Promise<void> {
  // One that has failed has closed its end already.
  await keeper.stdin.close().catch(() => {});
  await keeper.stdout.cancel();
  await keeper.status;
}

async function output(program: string, args: string[]): Promise<Finished> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Whether no such copy can be made here. In continuous integration it must be possible. */
export async function lacksBareMachine(): Promise<boolean> {
  if (isCi()) return false;
  if (Deno.build.os === "linux" && isRoot()) {
    try {
      await using machine = await BareMachine.start();
      await machine.must("command -v dpkg setcap setpriv");
      return false;
    } catch {
      // Told below, with the other reasons.
    }
  }
  const line = "package: left out, it takes root on a Debian that may be copied\n";
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return true;
}
