/** Sockets of a service manager, and what it is told. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { NetworkError } from "../../../src/engine/errors.ts";
import {
  inheritedSockets,
  MANAGER_VARIABLES,
  type ManagerVariable,
  ServiceManager,
} from "../../../src/net/native/service_manager.ts";
import {
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUFFORCE,
  SOL_SOCKET,
} from "../../../src/net/native/layout.ts";
import { System } from "../../../src/net/native/system.ts";
import { cliArgs, importMapArgs, run, startProgram } from "../../helpers/process/cli.ts";
import { LACKS_NATIVE, NativePlace, takenLibc } from "../../helpers/net/native.ts";
import { freePort } from "../../helpers/process/peers.ts";
import { isHere } from "../../helpers/process/program.ts";
import { RawClient } from "../../helpers/net/raw_client.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { until } from "../../helpers/sim/within.ts";

const SERVICE = fromFileUrl(new URL("../../helpers/process/service_program.ts", import.meta.url));
const MANAGER = fromFileUrl(new URL("../../helpers/process/manager.py", import.meta.url));
/** No more than the program needs. */
const FLAGS = ["--no-prompt", "--allow-ffi", `--allow-env=${MANAGER_VARIABLES.join(",")}`];
const ARGS = ["run", ...importMapArgs(), ...FLAGS, SERVICE];
/** What plays the service manager is a program in Python. */
const LACKS_MANAGER = LACKS_NATIVE || !await isHere("python3", "--version");

function env(variables: Partial<Record<ManagerVariable, string>>) {
  return (name: ManagerVariable) => variables[name];
}

/** Runs the service under a manager, and returns what that one was told. */
async function toldTo(name: string): Promise<string[]> {
  const manager = new Deno.Command("python3", { args: [MANAGER, name], stdout: "piped" }).spawn();
  const lines = manager.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertMatch((await lines.read()).value ?? "", /^bound/);
  const variables = { NOTIFY_SOCKET: name, WATCHDOG_USEC: "20000" };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ARGS,
    env: variables,
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), { fds: [], watchdogMs: 10 });
  let text = "";
  for (let part = await lines.read(); !part.done; part = await lines.read()) text += part.value;
  assertEquals((await manager.status).success, true);
  return JSON.parse(text);
}

for (const kind of ["file", "name"]) {
  const name = `ServiceManager tells a socket that is a ${kind} what sd_notify would`;
  Deno.test(name, { ignore: LACKS_MANAGER }, async () => {
    using folder = new TempFolder();
    const path = folder.at("notify");
    const told = await toldTo(kind === "file" ? path : `@${path}`);
    const [ready, ...rest] = told;
    assertEquals(ready, "READY=1\nSTATUS=serving others");
    const beats = rest.filter((text) => text === "WATCHDOG=1");
    assert(beats.length >= 3, `${beats.length} signs of life`);
    const [reloading = "", ...end] = rest.slice(beats.length);
    const [, microseconds] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(reloading) ?? [];
    const upSeconds = Number((await run("cat", { args: ["/proc/uptime"] })).stdout.split(" ")[0]);
    const agoSeconds = upSeconds - Number(microseconds) / 1e6;
    assert(agoSeconds > -1 && agoSeconds < 60, `${agoSeconds} s ago`);
    assertEquals(end, ["STOPPING=1\nSTATUS=nearly done"]);
  });
}

for (const [how, flags] of [["workers", []], ["a trace", ["--trace"]]] as const) {
  const name = `tftp serve with ${how} tells its manager of a reload and of its end`;
  Deno.test(name, { ignore: LACKS_MANAGER }, async () => {
    using folder = new TempFolder();
    const path = folder.at("notify");
    const manager = new Deno.Command("python3", { args: [MANAGER, path], stdout: "piped" }).spawn();
    const lines = manager.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assertMatch((await lines.read()).value ?? "", /^bound/);
    const args = ["serve", "-p", "0", "-a", "127.0.0.1", "--io", "native", ...flags, folder.path];
    const server = await startProgram(Deno.execPath(), {
      args: cliArgs(args, [...FLAGS, "--allow-net", "--allow-read"]),
      env: { NOTIFY_SOCKET: path },
    });
    server.signal("SIGHUP");
    await until(() => server.output().includes("reloaded"), "the reload");
    assertEquals((await server.stop()).code, 0);
    let text = "";
    for (let part = await lines.read(); !part.done; part = await lines.read()) text += part.value;
    assertEquals((await manager.status).success, true);
    const told: string[] = JSON.parse(text);
    const words = told.map((message) => message.split("=")[0]);
    assertEquals(words, ["READY", "RELOADING", "READY", "STOPPING"]);
  });
}

test("ServiceManager.find() finds none without a socket, and tells of one that is gone", () => {
  const system = new System(takenLibc());
  for (const name of [undefined, "", "@", "/", "vsock:2:1234"]) {
    const variables = name === undefined ? {} : { NOTIFY_SOCKET: name };
    assertEquals(ServiceManager.find(system, env(variables)), undefined);
  }
  const long = `/${"x".repeat(120)}`;
  for (const [name, message] of [["/nowhere/x", "/nowhere/x can't be"], [long, "too long"]]) {
    const find = () => ServiceManager.find(system, env({ NOTIFY_SOCKET: name! }));
    assertThrows(find, NetworkError, message!);
  }
});

test("inheritedSockets() takes none that are another's, and tells of missing ones", () => {
  const system = new System(takenLibc());
  const LISTEN_PID = String(Deno.pid);
  assertEquals(inheritedSockets(system, env({})), []);
  assertEquals(inheritedSockets(system, env({ LISTEN_FDS: "1", LISTEN_PID: "1" })), []);
  assertEquals(inheritedSockets(system, env({ LISTEN_FDS: "0", LISTEN_PID })), []);
  for (const LISTEN_FDS of ["-1", "x", "9999", ""]) {
    const find = () => inheritedSockets(system, env({ LISTEN_FDS, LISTEN_PID }));
    assertThrows(find, NetworkError, "LISTEN_FDS is not a number of sockets");
  }
  const closed = new System({ ...takenLibc(), fcntl: () => -1 });
  const find = () => inheritedSockets(closed, env({ LISTEN_FDS: "2", LISTEN_PID }));
  assertThrows(find, NetworkError, "LISTEN_FDS says 2, but descriptor 3 is not a socket (");
});

Deno.test({
  name: "inheritedSockets() finds the socket that systemd hands over, and adopt() serves on it",
  ignore: LACKS_NATIVE || !await isHere("systemd-socket-activate", "--version"),
  async fn() {
    const port = freePort();
    const child = new Deno.Command("systemd-socket-activate", {
      args: ["--datagram", `--listen=127.0.0.1:${port}`, Deno.execPath(), ...ARGS],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    assertMatch((await errors.read()).value ?? "", /Listening on/);
    await using client = new RawClient();
    await client.send("question", port);
    assertEquals(new TextDecoder().decode((await client.next()).bytes), "answer");
    const lines = await new Response(child.stdout).text();
    await errors.cancel();
    assertEquals((await child.status).code, 0);
    const { fds, address } = JSON.parse(lines);
    assertEquals([fds, address.hostname, address.port], [[3], "127.0.0.1", port]);
  },
});

test("adopt() leaves a socket the buffer that a service manager has given it", async () => {
  const asked: number[] = [];
  let given = 8_388_608;
  await using place = new NativePlace((libc) => ({
    // As for an ordinary user: no more than the system's bound.
    setsockopt(fd, level, option, value, length) {
      if (option === SO_RCVBUFFORCE || option === SO_SNDBUFFORCE) return -1;
      if (option === SO_RCVBUF) asked.push((value as Int32Array)[0]!);
      return libc.setsockopt(fd, level, option, value, length);
    },
    getsockopt(fd, level, option, value, length) {
      const result = libc.getsockopt(fd, level, option, value, length);
      if (level === SOL_SOCKET && option === SO_RCVBUF) (value as Int32Array)[0] = given;
      return result;
    },
  }));
  assertEquals(place.open().socket.receiveBufferBytes, given);
  assertEquals(asked, []);
  given = 212_992;
  place.open();
  assertEquals(asked.length, 1);
});

function test(name: string, fn: () => Promise<void> | void): void {
  Deno.test({ name, ignore: LACKS_NATIVE, fn });
}
