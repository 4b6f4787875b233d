/** A thread that shares the only core with its peers: it lets them run before it sleeps. */

import { assertEquals } from "@std/assert";
import type { Libc } from "../../../src/net/native/libc.ts";
import { bytesOf, LACKS_NATIVE, NativePlace, Told } from "../../helpers/net/native.ts";
import { RawClient } from "../../helpers/net/raw_client.ts";
import { until } from "../../helpers/sim/within.ts";

for (const cores of [1, 2]) {
  const how = cores === 1 ? "on a single core lets" : "does not let";
  test(`a thread ${how} the sender of a window go on first`, async () => {
    const events: string[] = [];
    await using place = new NativePlace((libc) => noting(events, libc), { cores });
    const told = new Told();
    const socket = place.bind({}, {
      receive(bytes, from) {
        events.push("receive");
        told.receive(bytes, from);
      },
      ...{ unsendable() {}, failed() {}, broken() {} },
    });
    const sender = place.open();
    sender.socket.send(bytesOf("x"), socket.address);
    await told.texts(1);
    const yields = cores === 1 ? events.indexOf("receive") + 1 : -1;
    assertEquals(events.indexOf("yield"), yields, events.join());
  });
}

test("a thread on a single core lets a client that it has answered go on, once", async () => {
  const events: string[] = [];
  await using place = new NativePlace((libc) => noting(events, libc), { cores: 1 });
  await using client = new RawClient();
  const socket = place.bind({}, {
    receive: (bytes, from) => socket.send(bytes.slice(), from),
    ...{ unsendable() {}, failed() {}, broken() {} },
  });
  await client.send("ping", socket.address);
  assertEquals(new TextDecoder().decode((await client.next()).bytes), "ping");
  await until(() => events.at(-1) === "wait", "the end of the turn");
  const since = events.slice(events.indexOf("datagram"));
  assertEquals(since.slice(0, 5), ["datagram", "nothing", "yield", "nothing", "wait"]);
});

/** The functions that wait, receive and yield, each noted when it is called or has returned. */
function noting(events: string[], libc: Libc): Partial<Libc> {
  const received = (count: number) => {
    events.push(count < 0 ? "nothing" : "datagram");
    return count;
  };
  return {
    epoll_wait: (...words) => {
      events.push("wait");
      return libc.epoll_wait(...words);
    },
    recvmmsg: (...words) => received(libc.recvmmsg(...words)),
    recvmsg: (...words) => received(libc.recvmsg(...words)),
    sched_yield: () => {
      events.push("yield");
      return libc.sched_yield();
    },
  };
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: LACKS_NATIVE, fn });
}
