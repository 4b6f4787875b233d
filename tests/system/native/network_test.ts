/** The loop of native sockets: times, threads, the rest of the program, and its end. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { udpAddress } from "../../../src/engine/address.ts";
import { NetworkError } from "../../../src/engine/errors.ts";
import type { Peer } from "../../../src/engine/network.ts";
import type { Libc } from "../../../src/net/native/libc.ts";
import { yieldToOthers } from "../../../src/net/native/waiter.ts";
import { bytesOf, LACKS_NATIVE, NativePlace, Told } from "../../helpers/net/native.ts";
import { freePort } from "../../helpers/process/peers.ts";
import { until } from "../../helpers/sim/within.ts";

test("after() calls back in the order of times, and not what was cancelled", async () => {
  await using place = new NativePlace();
  const { network } = place;
  const called: string[] = [];
  const done = Promise.withResolvers<void>();
  const beginMs = network.nowMs();
  network.after(30, done.resolve);
  network.after(20, () => called.push("20"));
  const cancel = network.after(10, () => called.push("cancelled"));
  network.after(5, () => called.push("5"));
  network.after(0, () => called.push("0"));
  network.after(0, () => called.push("0 again"));
  cancel();
  cancel();
  await done.promise;
  assertEquals(called, ["0", "0 again", "5", "20"]);
  assert(network.nowMs() - beginMs >= 30);
});

test("after() during a long sleep is called in time", async () => {
  await using place = new NativePlace();
  const { network } = place;
  place.open();
  // Long enough without a datagram for the loop to wait on another thread.
  await later(20);
  const beginMs = network.nowMs();
  await new Promise<void>((resolve) => void network.after(5, resolve));
  const tookMs = network.nowMs() - beginMs;
  assert(tookMs >= 5 && tookMs < 1000, `${tookMs} ms`);
});

test("a ticking ticks until it is removed", async () => {
  await using place = new NativePlace();
  const { network } = place;
  place.open();
  await later(20);
  let ticks = 0;
  const ticking = { tick: () => void ticks++ };
  network.add(ticking);
  await until(() => ticks >= 5, "the fifth tick");
  network.remove(ticking);
  const before = ticks;
  await later(30);
  assertEquals(ticks, before);
});

test("bind() closes its socket when nothing can wait for it", async () => {
  const opened: number[] = [];
  const closed: number[] = [];
  const kept = (libc: Libc): Partial<Libc> => ({
    socket: (...args) => {
      opened.push(libc.socket(...args));
      return opened.at(-1)!;
    },
    close: (fd) => {
      closed.push(fd);
      return libc.close(fd);
    },
  });
  const withoutWaiter = (libc: Libc) => ({ ...kept(libc), epoll_create1: () => -1 });
  const withoutRoom = (libc: Libc): Partial<Libc> => ({
    ...kept(libc),
    epoll_ctl: (epoll, what, fd, event) =>
      opened.includes(fd) ? -1 : libc.epoll_ctl(epoll, what, fd, event),
  });
  for (const change of [withoutWaiter, withoutRoom]) {
    await using place = new NativePlace(change);
    assertThrows(() => place.open(), Error, "Can't wait for");
    assert(opened.length > 0, "a socket was opened");
    assertEquals(opened.filter((fd) => !closed.includes(fd)), []);
    opened.length = closed.length = 0;
  }
});

test("a socket that is bound or closed during a long sleep is served, and gone", async () => {
  await using place = new NativePlace();
  place.open();
  await later(20);
  const { socket, told } = place.open();
  const plain = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await plain.send(bytesOf("hello"), socket.address as Deno.NetAddr);
  assertEquals(await told.texts(1), ["hello"]);
  await later(20);
  const { port } = socket.address;
  socket.close();
  socket.close();
  const again = place.open({ port });
  await plain.send(bytesOf("again"), again.socket.address as Deno.NetAddr);
  assertEquals(await again.told.texts(1), ["again"]);
  plain.close();
});

test("what is sent outside of a turn leaves by itself", async () => {
  await using place = new NativePlace();
  const sender = place.open();
  const { socket, told } = place.open();
  await later(20);
  const { turn } = sender.socket;
  sender.socket.send(bytesOf("by itself"), socket.address);
  assertEquals(sender.socket.turn, turn);
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(sender.socket.turn, turn + 1);
  assertEquals(await told.texts(1), ["by itself"]);
});

test("more sockets than there are batches may all send in one turn", async () => {
  await using place = new NativePlace();
  const { socket, told } = place.open();
  const senders = Array.from({ length: 20 }, () => place.open());
  for (const round of [1, 2]) {
    senders.forEach((sender, at) => {
      sender.socket.send(bytesOf(`${at} ${round}`), socket.address);
    });
  }
  const texts = await told.texts(40);
  const expected = senders.flatMap((_, at) => [`${at} 1`, `${at} 2`]);
  assertEquals(texts.toSorted(), expected.toSorted());
});

test("a busy loop lets timers, microtasks and messages have their turn", async () => {
  await using place = new NativePlace();
  const traffic = await busyTraffic(place);
  const { port1, port2 } = new MessageChannel();
  const message = new Promise<unknown>((resolve) => port2.onmessage = ({ data }) => resolve(data));
  port1.postMessage("message");
  assertEquals(await message, "message");
  port1.close();
  port2.close();
  const beginMs = performance.now();
  await later(5);
  assert(performance.now() - beginMs < 1000);
  assert(traffic.rounds > 200);
});

test("waiting() keeps the loop out of the way of what is waited for", async () => {
  await using place = new NativePlace();
  const traffic = await busyTraffic(place);
  place.network.waiting(1);
  const before = traffic.rounds;
  await yieldToOthers();
  await yieldToOthers();
  // A slice of the usual length would have gone round many more times.
  assert(traffic.rounds - before < 20, `${traffic.rounds - before} rounds`);
  place.network.waiting(-1);
});

test("the clock keeps the time of a batch while that is handled, and no longer", async () => {
  await using place = new NativePlace();
  const { network } = place;
  const handled: { atMs: number; clockMs: number; endMs: number }[] = [];
  class Busy extends Told {
    override receive(_bytes: Uint8Array, _from: Peer, atMs = NaN): void {
      const beginMs = performance.now();
      while (performance.now() < beginMs + 2);
      handled.push({ atMs, clockMs: network.nowMs(), endMs: performance.now() });
    }
  }
  const sender = place.open();
  // Both datagrams leave together, so one turn receives them.
  for (const socket of [place.bind({}, new Busy()), place.bind({}, new Busy())]) {
    sender.socket.send(bytesOf("x"), socket.address);
  }
  await until(() => handled.length === 2, "both datagrams");
  const [first, second] = handled;
  assertEquals(handled.map(({ clockMs }) => clockMs), [first!.atMs, second!.atMs]);
  assert(second!.atMs >= first!.endMs, "the second has the time of the first");
  assert(network.nowMs() >= second!.endMs, "the clock has stopped");
});

test("a timer that is given up does not keep the loop", async () => {
  await using place = new NativePlace();
  const { network } = place;
  const cancel = network.after(9000, () => {});
  // Long enough without a datagram for the loop to wait on another thread.
  await later(20);
  const beginMs = network.nowMs();
  cancel();
  await network.ended;
  assert(network.nowMs() - beginMs < 5000, "it has waited for the timer");
});

test("a socket that only fails is closed and called broken", async () => {
  await using place = new NativePlace((libc) => ({
    recvmmsg: () => -1,
    copyOut: (to) => (to as Int32Array)[0] = 9,
    epoll_wait: libc.epoll_wait,
  }));
  const { socket, told } = place.open();
  const sender = place.open();
  sender.socket.send(bytesOf("x"), socket.address);
  await until(() => told.isBroken, "the end");
  assert(socket.closed);
  assertEquals(told.errors.length, 99);
  assertEquals((told.errors[0] as Error).message, "A receive has failed (EBADF)");
});

test("each client's datagrams reach one of the sockets that share a port", async () => {
  const count = 2;
  for (const hostname of ["0.0.0.0", "::"]) {
    await using place = new NativePlace();
    const first = place.open({ hostname, shared: { index: 0, count } });
    const { port } = first.socket.address;
    const sockets = [first, place.open({ hostname, port, shared: { index: 1, count } })];
    for (let host = 2; host < 10; host++) {
      for (let client = 0; client < 8; client++) {
        const { socket } = place.open({ hostname: `127.0.0.${host}` });
        socket.send(bytesOf("x"), udpAddress("127.0.0.1", port));
        socket.close();
      }
    }
    await until(
      () => sockets.reduce((sum, { told }) => sum + told.received.length, 0) === 64,
      "all datagrams",
    );
    const hosts = sockets.map(({ told }) =>
      [...new Set(told.received.map(({ from }) => from.hostname.replace("::ffff:", "")))].toSorted()
    );
    // Addresses that follow each other go round.
    assertEquals(
      hosts,
      [2, 3].map((begin) => [0, 2, 4, 6].map((more) => `127.0.0.${begin + more}`)),
    );
  }
});

test("the first socket of a shared port does not join those of another server", async () => {
  for (const hostname of ["127.0.0.1", "0.0.0.0", "::"]) {
    await using place = new NativePlace();
    const shared = { index: 0, count: 2 };
    const { port } = place.bind({ hostname, shared }).address;
    assertThrows(
      () => place.bind({ hostname, port, shared }),
      NetworkError,
      "is in use by another",
    );
    const second = place.bind({ hostname, port, shared: { ...shared, index: 1 } });
    assertEquals(second.address.port, port);
  }
  await using place = new NativePlace();
  const port = freePort();
  assertEquals(place.bind({ port, shared: { index: 0, count: 2 } }).address.port, port);
});

test("a network whose sockets are closed ends, and may begin again", async () => {
  const place = new NativePlace();
  const one = place.open();
  await later(20);
  one.socket.close();
  await place.network.ended;
  const two = place.open();
  const { socket } = place.open();
  socket.send(bytesOf("again"), two.socket.address);
  assertEquals(await two.told.texts(1), ["again"]);
  await place[Symbol.asyncDispose]();
  const { turn } = socket;
  socket.send(bytesOf("closed"), two.socket.address);
  assertEquals([socket.flush(), socket.turn], [true, turn]);
});

/** A socket that answers itself without an end, once it has done so a hundred times. */
async function busyTraffic(place: NativePlace): Promise<{ readonly rounds: number }> {
  const traffic = { rounds: 0 };
  const told = new Told();
  const socket = place.bind({}, told);
  told.receive = (bytes, from) => {
    traffic.rounds++;
    socket.send(bytes, from);
  };
  socket.send(bytesOf("round and round"), socket.address);
  await until(() => traffic.rounds > 100, "traffic");
  return traffic;
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: LACKS_NATIVE, fn });
}
