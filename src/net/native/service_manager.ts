/**
 * The interface to systemd, or a manager like it: sockets that it has bound (sd_listen_fds(3)), and
 * messages to it when the service is ready, stops, or is alive (sd_notify(3)).
 */

import { NetworkError } from "../../engine/errors.ts";
import type { Clock } from "../../engine/clock.ts";
import { errnoName } from "./errno.ts";
import * as layout from "./layout.ts";
import { cString, fixedMemory, type System } from "./system.ts";

/** The environment variables in use; `--allow-env` needs these names. */
export const MANAGER_VARIABLES = [
  "LISTEN_FDS",
  "LISTEN_PID",
  "NOTIFY_SOCKET",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
] as const;

export type ManagerVariable = (typeof MANAGER_VARIABLES)[number];
/** Returns an environment variable; undefined where it is not set. */
export type Environment = (name: ManagerVariable) => string | undefined;

/** The first descriptor that a manager passes; the others follow. */
const FIRST_FD = 3;
/** A manager passes no more sockets; a higher number is a mistake in the environment. */
const MAX_SOCKETS = 1024;

/** A variable that may not be read counts as not set: most users have no manager. */
export function environment(name: ManagerVariable): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/**
 * The sockets that a manager has bound for this process, in the order of its configuration; none
 * where there is no manager. Each is for `NativeNetwork.adopt`, which refuses anything but UDP
 * sockets. Child processes do not inherit them. Throws {@linkcode NetworkError} when an announced
 * socket is missing.
 */
export function inheritedSockets(system: System, env: Environment = environment): number[] {
  const count = env("LISTEN_FDS");
  // The variables may have been meant for a parent of this process.
  if (count === undefined || env("LISTEN_PID") !== String(Deno.pid)) return [];
  if (!/^\d{1,4}$/.test(count) || Number(count) > MAX_SOCKETS) {
    throw new NetworkError(`LISTEN_FDS is not a number of sockets: "${count}"`);
  }
  const fds = Array.from({ length: Number(count) }, (_, index) => FIRST_FD + index);
  for (const fd of fds) {
    if (system.libc.fcntl(fd, layout.F_SETFD, layout.FD_CLOEXEC) === 0) continue;
    const errno = errnoName(system.errno());
    throw new NetworkError(
      `LISTEN_FDS says ${count}, but descriptor ${fd} is not a socket (${errno})`,
    );
  }
  return fds;
}

/** Sends the state of the service to the manager. */
export class ServiceManager {
  readonly #system: System;
  readonly #fd: number;
  /** Interval of watchdog messages, in milliseconds; undefined where none are wanted. */
  readonly watchdogMs: number | undefined;

  private constructor(system: System, fd: number, watchdogMs: number | undefined) {
    this.#system = system;
    this.#fd = fd;
    this.watchdogMs = watchdogMs;
  }

  /**
   * The manager that has started this process; undefined where there is none, or where it wants no
   * messages. Throws {@linkcode NetworkError} when its socket can't be reached.
   */
  static find(system: System, env: Environment = environment): ServiceManager | undefined {
    const path = env("NOTIFY_SOCKET");
    if (path === undefined || !/^[/@]./.test(path)) return undefined;
    const { libc } = system;
    const type = layout.SOCK_DGRAM | layout.SOCK_CLOEXEC;
    const fd = libc.socket(layout.AF_UNIX, type, 0);
    const { name, length } = unixName(path);
    if (fd < 0 || libc.connect(fd, name, length) < 0) {
      const errno = errnoName(system.errno());
      if (fd >= 0) libc.close(fd);
      throw new NetworkError(`The service manager's socket ${path} can't be reached (${errno})`);
    }
    return new ServiceManager(system, fd, watchdogMsOf(env));
  }

  /** The service is ready. `status` is one line for people. */
  ready(status?: string): void {
    this.#send("READY=1", status);
  }

  /** The service reads its configuration again; {@linkcode ready} ends that. */
  reloading(): void {
    const time = new BigInt64Array(fixedMemory(layout.SIZEOF_TIMESPEC), 0, 2);
    this.#system.libc.clock_gettime(layout.CLOCK_MONOTONIC, time);
    const microseconds = time[0]! * 1_000_000n + time[1]! / 1000n;
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${microseconds}`);
  }

  /** The service stops once running transfers have ended. */
  stopping(status?: string): void {
    this.#send("STOPPING=1", status);
  }

  /**
   * Sends watchdog messages for as long as the clock's loop runs, where the manager wants any. The
   * returned function ends that. `failed` is called once when one can't be sent.
   */
  keepAlive(clock: Pick<Clock, "after">, failed: (error: Error) => void): () => void {
    const { watchdogMs } = this;
    if (watchdogMs === undefined) return () => {};
    const beat = () => {
      try {
        this.#send("WATCHDOG=1");
      } catch (error) {
        return failed(error as Error);
      }
      cancel = clock.after(watchdogMs, beat);
    };
    let cancel = clock.after(0, beat);
    return () => cancel();
  }

  /** Sends nothing more. */
  close(): void {
    this.#system.libc.close(this.#fd);
  }

  /** Waits until the manager has room for it: at once, unless the machine is very busy. */
  #send(state: string, status?: string): void {
    // A line break would begin another statement.
    const line = status === undefined ? "" : `\nSTATUS=${status.replaceAll(/[\r\n]+/g, " ")}`;
    const text = state + line;
    const bytes = new TextEncoder().encode(text);
    const { libc } = this.#system;
    if (libc.sendto(this.#fd, bytes, BigInt(bytes.length), 0, null, 0) >= 0) return;
    const errno = errnoName(this.#system.errno());
    throw new NetworkError(`The service manager can't be told "${text}" (${errno})`);
  }
}

/** struct sockaddr_un; a name that begins with "@" is an abstract one. */
function unixName(path: string): { name: Uint8Array<ArrayBuffer>; length: number } {
  const isAbstract = path.startsWith("@");
  const text = isAbstract ? new TextEncoder().encode(path) : cString(path);
  if (layout.AT_SUN_PATH + text.length > layout.SIZEOF_SOCKADDR_UN) {
    throw new NetworkError(`NOTIFY_SOCKET is too long for the name of a socket: "${path}"`);
  }
  const name = new Uint8Array(layout.SIZEOF_SOCKADDR_UN);
  new DataView(name.buffer).setUint16(0, layout.AF_UNIX, true);
  name.set(text, layout.AT_SUN_PATH);
  if (isAbstract) name[layout.AT_SUN_PATH] = 0;
  return { name, length: layout.AT_SUN_PATH + text.length };
}

/** Half of what the manager waits for, as sd_watchdog_enabled(3) recommends. */
function watchdogMsOf(env: Environment): number | undefined {
  const pid = env("WATCHDOG_PID");
  const microseconds = Number(env("WATCHDOG_USEC") ?? "0");
  const isMeant = pid === undefined || pid === String(Deno.pid);
  return isMeant && microseconds > 0 ? microseconds / 2000 : undefined;
}
