/** Blocks that leave as segments of few messages, and what happens where that is refused. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { udpAddress } from "../../../src/engine/address.ts";
import type { Libc } from "../../../src/net/native/libc.ts";
import { EAGAIN, EINVAL, EIO, EPERM } from "../../../src/net/native/errno.ts";
import { FileBlocks, numberedFile } from "../../helpers/files/file_blocks.ts";
import { bytesOf, LACKS_NATIVE, NativePlace, takenLibc } from "../../helpers/net/native.ts";

/** [blksize, blocks before the last, bytes of the last] */
const SIZES = [
  [512, 200, 17],
  [1468, 64, 0],
  [1428, 63, 1427],
  [8192, 9, 1],
  [65464, 2, 100],
  [8, 70, 3],
] as const;

for (const [blksize, full, rest] of SIZES) {
  test(`sendBlocks of ${full} blocks of ${blksize} bytes and a shorter one arrive`, async () => {
    await using place = new NativePlace();
    const { socket } = place.open({ hostname: "0.0.0.0" });
    const blocks = new FileBlocks(numberedFile(full * blksize + rest), blksize);
    const plain = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    try {
      // What a plain socket's buffer surely holds is sent at once.
      const step = Math.max(1, Math.min(80, Math.floor(100_000 / (blksize + 1024))));
      for (let first = 1; first <= blocks.last; first += step) {
        const last = Math.min(blocks.last, first + step - 1);
        socket.sendBlocks(blocks, first, last, plain.addr as Deno.NetAddr);
        socket.flush();
        for (let index = first; index <= last; index++) {
          assertEquals((await plain.receive())[0], blocks.packet(index), `block ${index}`);
        }
      }
    } finally {
      plain.close();
    }
  });
}

test("sendBlocks hands many blocks over with few calls", async () => {
  const calls: number[] = [];
  await using place = new NativePlace((libc) => ({
    sendmmsg(fd, messages, count, flags) {
      calls.push(count);
      return libc.sendmmsg(fd, messages, count, flags);
    },
  }));
  const { socket, told } = place.open();
  const sender = place.open();
  const blocks = new FileBlocks(numberedFile(128 * 512 - 1), 512);
  sender.socket.sendBlocks(blocks, 1, 64, socket.address);
  sender.socket.send(bytesOf("between"), socket.address);
  sender.socket.sendBlocks(blocks, 65, 128, socket.address);
  sender.socket.flush();
  assertEquals(calls, [3]);
  await told.texts(129);
  assertEquals(told.received[128]!.bytes, blocks.packet(128));
});

test("sendBlocks of more than a batch holds all arrive, in order", async () => {
  await using place = new NativePlace();
  const { socket, told } = place.open();
  const sender = place.open();
  const blocks = new FileBlocks(numberedFile(2500 * 64), 64);
  for (let first = 1; first <= 2500; first += 10) {
    sender.socket.sendBlocks(blocks, first, first + 9, socket.address);
    // The other socket must have its turn, or its buffer might not hold all.
    if (first % 500 === 1) await told.texts(Math.max(0, first - 1000));
  }
  await told.texts(2500);
  for (const [at, { bytes }] of told.received.entries()) {
    assertEquals(bytes, blocks.packet(at + 1));
  }
});

test("sendBlocks over IPv6 arrive whole, from the address that was asked", async () => {
  await using place = new NativePlace();
  const server = place.open({ hostname: "::", reportsLocal: true });
  const { socket } = place.open({ hostname: "::" });
  const client = place.open({ hostname: "::1" });
  client.socket.send(bytesOf("?"), udpAddress("::1", server.socket.address.port));
  await server.told.texts(1);
  const blocks = new FileBlocks(numberedFile(100 * 1428 + 9), 1428);
  socket.sendBlocks(blocks, 1, 101, server.told.received[0]!.from);
  await client.told.texts(101);
  for (const [at, { bytes, from }] of client.told.received.entries()) {
    assertEquals(bytes, blocks.packet(at + 1));
    assertEquals([from.hostname, from.port], ["::1", socket.address.port]);
  }
});

/** Sends fail with `errno` at messages of more than two iovecs. */
function refusing(errno: number, calls: { refused: number }): (libc: Libc) => Partial<Libc> {
  return (libc) => {
    let failed = false;
    /** How many of the first messages have no more. */
    const good = (messages: Parameters<Libc["sendmsg"]>[1], count: number) => {
      const { buffer, byteOffset } = messages as Uint8Array;
      const words = new DataView(buffer, byteOffset);
      const numbers = Array.from({ length: count }, (_, at) => words.getUint32(at * 64 + 24, true));
      const bad = numbers.findIndex((iovecs) => iovecs > 2);
      if (bad !== 0) return bad < 0 ? count : bad;
      calls.refused++;
      failed = true;
      return 0;
    };
    return {
      sendmmsg(fd, messages, count, flags) {
        const most = good(messages, count);
        return most === 0 ? -1 : libc.sendmmsg(fd, messages, most, flags);
      },
      sendmsg(fd, message, flags) {
        return good(message, 1) === 0 ? -1 : libc.sendmsg(fd, message, flags);
      },
      copyOut(to, address, length) {
        if (failed) (to as Int32Array)[0] = errno;
        else libc.copyOut(to, address, length);
        failed = false;
        return 0;
      },
    };
  };
}

for (const [name, errno] of [["EIO", EIO], ["EINVAL", EINVAL]] as const) {
  test(`sendBlocks sends single datagrams where segments are refused (${name})`, async () => {
    const calls = { refused: 0 };
    await using place = new NativePlace(refusing(errno, calls));
    const { socket, told } = place.open({ hostname: "0.0.0.0" });
    const sender = place.open({ hostname: "0.0.0.0" });
    const to = udpAddress("127.0.0.1", socket.address.port);
    const blocks = new FileBlocks(numberedFile(100 * 1468 + 5), 1468);
    sender.socket.sendBlocks(blocks, 1, 40, to);
    sender.socket.flush();
    sender.socket.sendBlocks(blocks, 41, 101, to);
    await told.texts(101);
    for (const [at, { bytes }] of told.received.entries()) {
      assertEquals(bytes, blocks.packet(at + 1));
    }
    assertEquals(calls.refused, 1);
    assertEquals(sender.told.unsent, []);
  });
}

test("a full send buffer is waited for, and then the datagram is dropped and told", async () => {
  let calls = 0;
  await using place = new NativePlace(always(EAGAIN, () => calls++));
  const { socket, told } = place.open();
  socket.send(bytesOf("x"), udpAddress("127.0.0.1", 9));
  socket.send(bytesOf("y"), udpAddress("127.0.0.1", 9));
  const [refusal, ...others] = await told.refusals(2);
  assertStringIncludes(
    refusal!,
    "A datagram to 127.0.0.1:9 can't be sent: the send buffer stays full",
  );
  assertEquals(others.length, 1);
  assert(calls > 2);
});

test("a datagram that is forbidden is tried a few times, and then told", async () => {
  let calls = 0;
  await using place = new NativePlace(always(EPERM, () => calls++));
  const { socket, told } = place.open();
  socket.send(bytesOf("x"), udpAddress("127.0.0.1", 9));
  assertStringIncludes(
    (await told.refusals(1))[0]!,
    "the firewall of this machine blocks it (EPERM)",
  );
  assertEquals(calls, 3);
});

/** Every send fails. */
function always(errno: number, called: () => void): (libc: Libc) => Partial<Libc> {
  const fail = () => {
    called();
    return -1;
  };
  return () => ({
    sendmmsg: fail,
    sendmsg: fail,
    copyOut: (to) => (to as Int32Array)[0] = errno,
  });
}

test("errno() is that of the call that failed, but for what the runtime does in between", () => {
  const libc = takenLibc();
  const errno = new Int32Array(new ArrayBuffer(128), 0, 1);
  const address = BigInt(libc.__errno_location());
  let wrong = 0;
  const expect = (number: number) => {
    libc.copyOut(errno, address, 4n);
    if (errno[0] !== number) wrong++;
  };
  for (let round = 0; round < 10_000; round++) {
    assertEquals(libc.close(-1), -1);
    expect(9);
    assertEquals(libc.socket(-1, 0, 0), -1);
    expect(97);
  }
  // V8 may compile code or collect garbage between two calls. So nothing may hang on one number:
  // a receive is given up after 99 failures, a send after some.
  assert(wrong <= 20, `${wrong} of 20,000`);
  return Promise.resolve();
});

test("a socket that sends a million datagrams needs no more memory", async () => {
  await using place = new NativePlace();
  const { socket } = place.open();
  const sink = place.open();
  sink.told.receive = () => {};
  const blocks = new FileBlocks(numberedFile(64 * 512), 512);
  const send = (datagrams: number) => {
    for (let sent = 0; sent < datagrams; sent += 64) {
      socket.sendBlocks(blocks, 1, 64, sink.socket.address);
      if (sent % 640 === 0) socket.flush();
    }
    socket.flush();
  };
  send(200_000);
  const before = Deno.memoryUsage();
  send(1_000_000);
  const after = Deno.memoryUsage();
  const grown = Math.max(after.rss - before.rss, after.external - before.external);
  assert(grown < 8 * 1024 * 1024, `${grown} bytes more`);
});

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: LACKS_NATIVE, fn });
}
