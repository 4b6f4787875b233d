/** How many datagrams a receive asks for: one in lockstep, which is cheaper, and many otherwise. */

import { assertEquals } from "@std/assert";
import type { Peer } from "../../../src/engine/network.ts";
import type { NativeSocket } from "../../../src/net/native/native_socket.ts";
import { MSG_ERRQUEUE } from "../../../src/net/native/layout.ts";
import { bytesOf, LACKS_NATIVE, NativePlace, Told } from "../../helpers/net/native.ts";

test("in lockstep a receive takes one datagram, but for every sixteenth", async () => {
  const receives: Receive[] = [];
  await using place = counting(receives);
  const { socket } = answering(place);
  const peer = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  for (let turn = 0; turn < 40; turn++) {
    // No bytes, fewer than an ACK has, and more.
    const bytes = new Uint8Array(turn * 37 % 1500).fill(turn);
    await peer.send(bytes, socket.address as Deno.NetAddr);
    assertEquals((await peer.receive())[0], bytes, `datagram ${turn}`);
  }
  peer.close();
  const expected = Array.from({ length: 40 }, (_, at) => at % 16 === 0 ? "batch of 1" : "single");
  assertEquals(receives.map(({ what }) => what), expected);
});

test("datagrams that follow one without an answer are received together", async () => {
  const receives: Receive[] = [];
  await using place = counting(receives);
  const { socket, told } = answering(place);
  const sender = place.open();
  for (const answers of [1, 2]) {
    sender.socket.send(bytesOf("ask"), socket.address);
    await sender.told.texts(answers);
  }
  const burst = Array.from({ length: 50 }, (_, at) => `burst ${at}`);
  for (const text of burst) sender.socket.send(bytesOf(text), socket.address);
  assertEquals(await told.texts(52), ["ask", "ask", ...burst]);
  const own = receives.filter(({ fd }) => fd === socket.fd).map(({ what }) => what);
  assertEquals(own, ["batch of 1", "single", "single", "batch of 49"]);
});

/** A receive that was not in vain. */
interface Receive {
  readonly fd: number;
  readonly what: string;
}

/** A native network that notes its receives. */
function counting(receives: Receive[]): NativePlace {
  return new NativePlace((libc) => ({
    recvmmsg(fd, messages, most, flags, timeout) {
      const count = libc.recvmmsg(fd, messages, most, flags, timeout);
      if (count > 0) receives.push({ fd, what: `batch of ${count}` });
      return count;
    },
    recvmsg(fd, message, flags) {
      const length = libc.recvmsg(fd, message, flags);
      if (length >= 0 && (flags & MSG_ERRQUEUE) === 0) receives.push({ fd, what: "single" });
      return length;
    },
  }));
}

/** A socket that sends every datagram back, but those of a burst. */
function answering(place: NativePlace): { socket: NativeSocket; told: Told } {
  const told = new class extends Told {
    override receive(bytes: Uint8Array, from: Peer): void {
      super.receive(bytes, from);
      if (bytes[0] !== "b".charCodeAt(0)) socket.send(bytes.slice(), from);
    }
  }();
  const socket = place.bind({}, told);
  return { socket, told };
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: LACKS_NATIVE, fn });
}
