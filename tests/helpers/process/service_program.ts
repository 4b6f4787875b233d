// deno-lint-ignore-file no-console
/**
 * A service: takes over the first socket of its manager, reports that it is ready, answers one
 * datagram, and ends. Prints what it has found.
 */

import { loadLibc } from "../../../src/net/native/libc.ts";
import { NativeNetwork } from "../../../src/net/native/mod.ts";
import { inheritedSockets, ServiceManager } from "../../../src/net/native/service_manager.ts";
import { System } from "../../../src/net/native/system.ts";
import { bytesOf, Told } from "../net/native.ts";

if (import.meta.main) {
  const taken = loadLibc();
  if (typeof taken === "string") throw new Error(taken);
  const system = new System(taken.libc);
  const manager = ServiceManager.find(system);
  const fds = inheritedSockets(system);
  taken.seal();
  const network = new NativeNetwork(taken.libc);
  const told = new Told();
  const socket = fds[0] === undefined
    ? undefined
    : network.adopt(fds[0], told, { hostname: "127.0.0.1", port: 0 });
  manager?.ready("serving\nothers");
  console.log(JSON.stringify({ fds, watchdogMs: manager?.watchdogMs, address: socket?.address }));
  let beats = 0;
  const beaten = Promise.withResolvers<void>();
  const clock = {
    after: (ms: number, callback: () => void) =>
      network.after(ms, () => (callback(), ++beats === 3 && beaten.resolve())),
  };
  const end = manager?.keepAlive(clock, beaten.reject);
  if (manager?.watchdogMs !== undefined) await beaten.promise;
  end?.();
  if (socket) {
    await told.texts(1);
    socket.send(bytesOf("answer"), told.received[0]!.from);
    socket.flush();
    socket.close();
  }
  manager?.reloading();
  manager?.stopping("nearly\ndone");
  manager?.close();
  await network.ended;
}
