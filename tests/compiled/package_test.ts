/** The Debian package, on a copy of this machine: installed, tried, upgraded, removed, purged. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { BareMachine, lacksBareMachine } from "../helpers/process/bare_machine.ts";
import { Binaries, ROOT, runTool } from "../helpers/process/binary.ts";
import { type RunningServer, startProgram } from "../helpers/process/cli.ts";
import { isCi } from "../helpers/process/peers.ts";
import { serveUnderSystemd } from "./service.ts";

const ignore = Deno.build.os !== "linux" || await new Binaries().leaveOut() ||
  await lacksBareMachine();

const DEB = join(ROOT, "dist", `tftp-deno_${config.version}_amd64.deb`);
const NEWER = "/tmp/newer.deb";
/** Where a package may leave traces; what dpkg itself keeps is elsewhere. */
const EVERYTHING = "find /etc /usr /srv /opt /lib /bin -xdev | sort";

/**
 * The service as its unit starts it, by hand: a user without rights, with the one capability that
 * the unit gives.
 */
async function startService(machine: BareMachine): Promise<RunningServer> {
  const unit = await machine.must("cat /usr/lib/systemd/system/tftp.service");
  const capability = /^AmbientCapabilities=CAP_(\w+)$/m.exec(unit)?.[1]?.toLowerCase();
  const start = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(" ") ?? [];
  assertEquals([capability, start[0]], ["net_bind_service", "/usr/bin/tftp"]);
  assertMatch(unit, /^DynamicUser=yes$/m);
  assertMatch(unit, /^NoNewPrivileges=yes$/m);
  const only = [`+${capability}`];
  const setpriv = [
    ...["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--no-new-privs"],
    ...["--inh-caps", `-all,${only}`, "--ambient-caps", `-all,${only}`],
    ...["--bounding-set", `-all,${only}`],
  ];
  const [program, args] = machine.command([...setpriv, ...start]);
  return startProgram(program, { args });
}

/** The same package with another version. */
async function makeNewer(machine: BareMachine): Promise<void> {
  await machine.must(`dpkg-deb -R ${DEB} /tmp/newer`);
  await machine.must("sed -i 's/^Version: .*/&+newer/' /tmp/newer/DEBIAN/control");
  await machine.must(`dpkg-deb -Znone -b /tmp/newer ${NEWER}`);
}

Deno.test({
  name: "the Debian package installs, serves, upgrades, and leaves nothing when purged",
  ignore,
  fn: async () => {
    const { code, stderr } = await runTool("package.ts", []);
    assertEquals([code, stderr], [0, ""]);
    await using machine = await BareMachine.start();
    await machine.copy(DEB);
    // Programs of others by the same name have to go; only what can't be there is no failure.
    await machine.sh("dpkg -P tftp-hpa atftp tftp");
    await machine.must("rm -rf /srv/tftp");
    const before = await machine.must(EVERYTHING);

    await machine.must(`dpkg -i ${DEB}`);
    assertEquals(await machine.must("tftp --version"), `tftp ${config.version}\n`);
    assertEquals(
      await machine.must("getcap /usr/bin/tftp"),
      "/usr/bin/tftp cap_net_bind_service=ep\n",
    );
    assertEquals(await machine.must("dpkg -V tftp-deno"), "");
    await checkManual(machine);

    await machine.must("echo booted >/srv/tftp/kernel");
    const service = await startService(machine);
    const got = await machine.sh("tftp get -q -o - 127.0.0.1 kernel");
    const stopped = await service.stop();
    assertEquals([service.port, stopped.code], [69, 0]);
    assertEquals([got.code, got.stdout, got.stderr], [0, "booted\n", ""]);

    await makeNewer(machine);
    await machine.must(`dpkg -i ${NEWER}`);
    assertStringIncludes(await machine.must("getcap /usr/bin/tftp"), "cap_net_bind_service");
    assertEquals(await machine.must("cat /srv/tftp/kernel"), "booted\n");

    await machine.must("dpkg -r tftp-deno");
    assertEquals(await machine.must("cat /srv/tftp/kernel"), "booted\n");
    await machine.must("rm /srv/tftp/kernel && dpkg -i " + NEWER);
    await machine.must("dpkg -P tftp-deno && ! ls /var/lib/tftp-deno 2>/dev/null");
    assertEquals(difference(before, await machine.must(EVERYTHING)), []);
    assert((await machine.sh("dpkg -s tftp-deno")).code !== 0);
  },
});

async function checkManual(machine: BareMachine): Promise<void> {
  await machine.must("gzip -dc /usr/share/man/man1/tftp.1.gz | grep -q windowsize");
  for (const shell of ["bash", "zsh", "fish"]) await checkCompletions(machine, shell);
}

async function checkCompletions(machine: BareMachine, shell: string): Promise<void> {
  const path = {
    bash: "/usr/share/bash-completion/completions/tftp",
    zsh: "/usr/share/zsh/vendor-completions/_tftp",
    fish: "/usr/share/fish/vendor_completions.d/tftp.fish",
  }[shell];
  await machine.must(`grep -q windowsize ${path}`);
  // A shell that is not installed can't judge.
  await machine.must(`! command -v ${shell} >/dev/null || ${shell} -n ${path}`);
}

function difference(before: string, after: string): string[] {
  const [left, right] = [before, after].map((text) => new Set(text.trim().split("\n")));
  return [...left!.symmetricDifference(right!)];
}

Deno.test({
  name: "the Debian package takes no folder away that it has not made",
  ignore,
  fn: async () => {
    await using machine = await BareMachine.start();
    await machine.copy(DEB);
    await machine.sh("dpkg -P tftp-hpa atftp tftp");
    await machine.must("mkdir -p /srv/tftp");
    await machine.must(`dpkg -i ${DEB} && dpkg -P tftp-deno`);
    assertEquals(await machine.must("ls -d /srv/tftp"), "/srv/tftp\n");
    await machine.must("rmdir /srv/tftp");
    await machine.must(`dpkg -i ${DEB} && touch /srv/tftp/kept && dpkg -P tftp-deno`);
    assertEquals(await machine.must("ls /srv/tftp"), "kept\n");
  },
});

Deno.test({
  name: "the package's program may be run on port 69 by anybody",
  ignore,
  fn: async () => {
    await using machine = await BareMachine.start();
    await machine.copy(DEB);
    await machine.sh("dpkg -P tftp-hpa atftp tftp");
    await machine.must(`dpkg -i ${DEB}`);
    const nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
    const serve = [...nobody, "/usr/bin/tftp", "serve", "-a", "127.0.0.1", "/srv/tftp"];
    const [program, args] = machine.command(serve);
    const server = await startProgram(program, { args });
    const { code } = await server.stop();
    assertEquals([server.port, code], [69, 0]);
  },
});

Deno.test({
  name: "systemd finds nothing wrong with the units",
  ignore: ignore || !await hasProgram("systemd-analyze"),
  fn: async () => {
    await using machine = await BareMachine.start();
    await machine.copy(DEB);
    await machine.sh("dpkg -P tftp-hpa atftp tftp");
    await machine.must(`dpkg -i ${DEB}`);
    const { code, stdout, stderr } = await machine.sh(
      "cd /usr/lib/systemd/system && systemd-analyze verify --man=no tftp.service tftp.socket",
    );
    assertEquals([code, stdout + stderr], [0, ""]);
  },
});

Deno.test({
  name: "the package's service starts, serves, reloads and stops under systemd, in its sandbox",
  ignore: ignore || !isCi() && !await hasProgram("/lib/systemd/systemd"),
  fn: () => serveUnderSystemd(DEB),
});

async function hasProgram(name: string): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const command = new Deno.Command("sh", { args: ["-c", `command -v ${name}`], stdout: "null" });
  return (await command.output()).success;
}
