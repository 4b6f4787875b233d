/** The package's service under a systemd that runs: its sandbox, its start, its end, its port. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SystemdMachine } from "../helpers/process/systemd_machine.ts";

/** A drop-in for the service, as "systemctl edit tftp" writes it. */
const DROP_IN = "/etc/systemd/system/tftp.service.d/override.conf";

/** The clients; one is another's, which knows nothing of ours. */
const GET = "tftp get -q -o - 127.0.0.1 kernel | cmp - /srv/tftp/kernel";
const CURL = "curl -sS --max-time 20 'tftp://[::1]/kernel' | cmp - /srv/tftp/kernel";

/** Installs the package on such a machine, and lets the service do all that it does. */
export async function serveUnderSystemd(deb: string): Promise<void> {
  await using machine = await SystemdMachine.start();
  await machine.copy(deb, "tftp.deb");
  await machine.sh("dpkg -P tftp-hpa atftp tftp");
  await machine.must("dpkg -i tftp.deb");
  await machine.must("head -c 3000000 /dev/urandom >/srv/tftp/kernel");
  await machine.must("ln -s /etc/passwd /srv/tftp/leads-out");
  await startsAndStops(machine);
  await takesUploads(machine);
  await needsNothingForbidden(machine);
  await machine.must(`rm ${DROP_IN} && systemctl daemon-reload`);
  await isStartedByRequest(machine);
  await leaves(machine);
}

async function startsAndStops(machine: SystemdMachine): Promise<void> {
  assertEquals(await show(machine, "ActiveState,UnitFileState"), "inactive\ndisabled");
  await machine.must("systemctl start tftp");
  assertEquals(await show(machine, "ActiveState,StatusText"), "active\nserving");
  assertStringIncludes(await journal(machine), "on [::]:69 (read only, native sockets)");
  await checkRights(machine);
  await machine.must(GET);
  await machine.must(CURL);
  const { code, stderr } = await machine.sh("tftp get -q -o - 127.0.0.1 leads-out");
  assertEquals([code === 0, /Access violation/.test(stderr)], [false, true]);
  await machine.must("systemctl reload tftp");
  assertStringIncludes(await journal(machine), "configuration and map reloaded");
  await machine.must(GET);
  await machine.must("systemctl stop tftp");
  assertEquals(await show(machine, "ActiveState,Result"), "inactive\nsuccess");
  const log = await journal(machine);
  assertMatch(log, / 127\.0\.0\.1:\d+ get "kernel" 3,000,000 bytes/);
  assertMatch(log, /tftp: stopped$/m);
  assertEquals(await journal(machine, "--priority=warning"), "");
}

/** A user without rights but one, and filters in force. */
async function checkRights(machine: SystemdMachine): Promise<void> {
  const pid = await show(machine, "MainPID");
  const status = await machine.must(`cat /proc/${pid}/status`);
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\w+)`, "m").exec(status)?.[1];
  assert(Number(field("Uid")) > 0);
  assertEquals(["CapEff", "CapPrm", "CapBnd"].map(field), Array(3).fill("0000000000000400"));
  assertEquals([field("NoNewPrivs"), field("Seccomp")], ["1", "2"]);
}

/** As the unit's comment says how; into a file of another's, too. */
async function takesUploads(machine: SystemdMachine): Promise<void> {
  await machine.must("mkdir -m 1777 /srv/tftp/incoming && touch /srv/tftp/incoming/another");
  await machine.must("chmod 666 /srv/tftp/incoming/another");
  await edit(machine, "--uploads overwrite --upload-dir incoming /srv/tftp", [
    "ReadWritePaths=/srv/tftp/incoming",
  ]);
  await machine.must("systemctl start tftp");
  for (const name of ["new", "new", "another"]) {
    await machine.must(`tftp put -q -n incoming/${name} 127.0.0.1 /srv/tftp/kernel`);
    await machine.must(`cmp /srv/tftp/incoming/${name} /srv/tftp/kernel`);
  }
  const outside = await machine.sh("tftp put -q -n outside 127.0.0.1 /srv/tftp/kernel");
  assert(outside.code !== 0);
  await machine.must("systemctl stop tftp && ! ls /srv/tftp/outside 2>/dev/null");
  assertEquals(await show(machine, "Result"), "success");
}

/**
 * A call that the filter refuses ends the process here, where it is but an error else. What the
 * runtime tries at its start and does without is let through: it would guard its own memory, and
 * raise the number of open files.
 */
async function needsNothingForbidden(machine: SystemdMachine): Promise<void> {
  await edit(machine, "--workers 2 --http 127.0.0.1:8069 --uploads version /var/lib/tftp", [
    "SystemCallErrorNumber=kill",
    "SystemCallFilter=pkey_alloc prlimit64",
    "WatchdogSec=1",
  ]);
  await machine.must("systemctl start tftp");
  for (let turn = 0; turn < 2; turn++) {
    await machine.must("tftp put -q -n kept 127.0.0.1 /srv/tftp/kernel");
  }
  await machine.must("tftp get -q -o - 127.0.0.1 kept.1 | cmp - /srv/tftp/kernel");
  await machine.must("curl -sS http://127.0.0.1:8069/metrics | grep -q tftp_server_info");
  await machine.must("systemctl reload tftp");
  assertEquals(await show(machine, "NRestarts"), "0");
  // It stands still: systemd hears nothing for a second, and starts it again.
  const pid = await show(machine, "MainPID");
  await machine.must(`kill -STOP ${pid}`);
  await machine.must(`
    for try in $(seq 200); do
      [ "$(systemctl show -P NRestarts tftp)" = 1 ] && systemctl -q is-active tftp && exit
      sleep 0.1
    done
    exit 1`);
  await machine.must("tftp get -q -o - 127.0.0.1 kept | cmp - /srv/tftp/kernel");
  await machine.must("systemctl stop tftp");
  assertEquals(await show(machine, "Result"), "success");
}

async function isStartedByRequest(machine: SystemdMachine): Promise<void> {
  await machine.must("systemctl enable --now tftp.socket");
  assertEquals(await show(machine, "ActiveState"), "inactive");
  // Once: the very request that starts the service is answered.
  await machine.must("timeout 30 tftp get -q -t 60 -o - 127.0.0.1 kernel >/dev/null");
  assertEquals(await show(machine, "ActiveState"), "active");
  await machine.must(CURL);
  // The port stays while the service is stopped, and so does what is asked meanwhile.
  await machine.must("systemctl stop tftp");
  await machine.must(CURL);
}

/** A newer version takes the place of the one that runs; removed, it runs no more. */
async function leaves(machine: SystemdMachine): Promise<void> {
  const pid = await show(machine, "MainPID");
  await machine.must("dpkg -i tftp.deb");
  assertEquals(await show(machine, "ActiveState"), "active");
  assert(await show(machine, "MainPID") !== pid);
  await machine.must(GET);
  await machine.must("dpkg -P tftp-deno");
  assertEquals(await show(machine, "ActiveState,LoadState"), "inactive\nnot-found");
  assertEquals(await machine.must("ss -Huln sport = :69"), "");
  assertEquals(await machine.must("find /etc/systemd/system -name 'tftp*'"), "");
}

/** Another command line for the service, and further lines. */
async function edit(machine: SystemdMachine, args: string, lines: string[]): Promise<void> {
  const start = ["ExecStart=", `ExecStart=/usr/bin/tftp serve ${args}`];
  const text = ["[Service]", ...start, ...lines].join("\n");
  await machine.must(`mkdir -p $(dirname ${DROP_IN}) && echo '${text}' >${DROP_IN}`);
  await machine.must("systemctl daemon-reload");
}

/** Values of the service, one a line. */
async function show(machine: SystemdMachine, names: string): Promise<string> {
  const values = await Promise.all(
    names.split(",").map((name) => machine.must(`systemctl show -P ${name} tftp`)),
  );
  return values.map((value) => value.trim()).join("\n");
}

/** What the service has logged. */
async function journal(machine: SystemdMachine, filter = ""): Promise<string> {
  await machine.must("journalctl --sync");
  return await machine.must(`journalctl -q --no-pager --output=cat -t tftp ${filter}`);
}
