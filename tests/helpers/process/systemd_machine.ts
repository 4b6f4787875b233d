/**
 * A copy of this machine that systemd runs, as the first process in namespaces of its own: its own
 * processes, file system, network and control groups. Only the kernel is this machine's. Nothing is
 * started in it but what systemd itself needs.
 */

import { type Finished, run } from "./cli.ts";
import { TempFolder } from "../files/temp_folder.ts";

/** Becomes systemd; prints its process number just before. */
const BOOT = `
set -e
machine=$1/machine
read -r pid rest </proc/self/stat
mount -t tmpfs tmpfs "$1"
mkdir "$1/changes" "$1/work" "$machine"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$machine"
mount -t proc proc "$machine/proc"
mount --bind "$machine/proc/sys" "$machine/proc/sys"
mount -o remount,bind,ro "$machine/proc/sys"
mount -t sysfs -o ro sysfs "$machine/sys"
mount -t cgroup2 cgroup2 "$machine/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$machine/dev"
for name in null zero full random urandom tty; do
  touch "$machine/dev/$name"
  mount --bind "/dev/$name" "$machine/dev/$name"
done
mkdir "$machine/dev/pts" "$machine/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$machine/dev/pts"
ln -s pts/ptmx "$machine/dev/ptmx"
ln -s /proc/self/fd "$machine/dev/fd"
mount -t tmpfs -o mode=755 tmpfs "$machine/run"
mount -t tmpfs tmpfs "$machine/tmp"
ip link set lo up
# What this machine would mount and start is not wanted.
rm -rf "$machine/etc/fstab" "$machine"/etc/systemd/system/*.wants
# With it, each installed manual would have all manuals indexed again.
rm -f "$machine/var/lib/man-db/auto-update"
echo 0123456789abcdef0123456789abcdef >"$machine/etc/machine-id"
# The number is printed behind chroot: whoever entered before would see this machine's files.
exec chroot "$machine" env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c '
  echo "$0"
  exec /lib/systemd/systemd --unit=basic.target >/dev/null 2>&1
' "$pid"
`;

/** Starts it in a control group of its own, and takes both away when standard input ends. */
const KEEP = `
set -e
mkdir "$1/groups"
mount -t cgroup2 cgroup2 "$1/groups"
group=$1/groups/tftp-systemd-$$
mkdir "$group"
sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" \\
  unshare --pid --fork --kill-child --mount --net --uts --ipc --cgroup sh -c "$2" sh "$1" \\
  </dev/null &
child=$!
exec >/dev/null
cat
kill -KILL "$child" || true
for try in $(seq 50); do
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
  sleep 0.1
done
`;

/** How long systemd may take to start, in tries of a tenth of a second. */
const PATIENCE = 300;

export class SystemdMachine implements AsyncDisposable {
  readonly #folder: TempFolder;
  readonly #keeper: Deno.ChildProcess;
  readonly #pid: string;
  /** Its file system, as this machine sees it. */
  readonly #root: string;

  private constructor(folder: TempFolder, keeper: Deno.ChildProcess, pid: string) {
    this.#folder = folder;
    this.#keeper = keeper;
    this.#pid = pid;
    this.#root = `/proc/${pid}/root`;
  }

  /** Throws where such a machine can't be had; it takes root. Returns when it is up. */
  static async start(): Promise<SystemdMachine> {
    const folder = new TempFolder();
    const keeper = new Deno.Command("unshare", {
      args: ["--mount", "sh", "-c", KEEP, "sh", folder.path, BOOT],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = keeper.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await reader.read();
    await reader.cancel();
    const machine = new SystemdMachine(folder, keeper, value.trim());
    try {
      if (value === "") throw new Error("systemd can't be started: see above");
      await machine.#isUp();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #isUp(): Promise<void> {
    // Until systemd listens, its client fails at once.
    const { code, stdout, stderr } = await this.sh(
      `for try in $(seq ${PATIENCE}); do
         state=$(systemctl is-system-running --wait 2>&1) && break
         [ "$state" = degraded ] && break
         sleep 0.1
       done
       echo "$state"; systemctl --failed --no-legend`,
    );
    if (stdout.trim() === "running") return;
    // Its first process, which is systemd or has not become it, and where in the kernel it waits.
    const first = await run("sh", {
      args: ["-c", `cd /proc/${this.#pid} && tr '\\0' ' ' <cmdline && cat stack && ls root/run`],
    });
    throw new Error(`systemd: ${code} ${stdout}${stderr}${first.stdout}${first.stderr}`);
  }

  /** Copies a file into it, as /tmp/NAME. */
  async copy(path: string, name: string): Promise<void> {
    const { code, stderr } = await run("cp", { args: [path, `${this.#root}/tmp/${name}`] });
    if (code !== 0) throw new Error(stderr);
  }

  /** Runs a line of shell in it. */
  sh(line: string): Promise<Finished> {
    const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup"];
    const place = [
      "--target",
      this.#pid,
      ...namespaces,
      `--root=${this.#root}`,
      `--wd=${this.#root}/tmp`,
    ];
    const env = ["env", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"];
    return run("nsenter", { args: [...place, ...env, "sh", "-c", line] });
  }

  /** Runs a line of shell in it that must succeed, and returns what it printed. */
  async must(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.sh(line);
    if (code === 0) return stdout;
    const { stdout: journal } = await this.sh("journalctl --no-pager -n 30");
    throw new Error(`${line}: exit code ${code}\n${stdout}${stderr}${journal}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper.stdin.close().catch(() => {});
    await this.#keeper.status;
    this.#folder[Symbol.dispose]();
  }
}
