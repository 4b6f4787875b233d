/** Native sockets on this machine's own addresses: what is sent arrives, and tells its sender. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Peer } from "../../../src/engine/network.ts";
import { udpAddress } from "../../../src/engine/address.ts";
import { NetworkError } from "../../../src/engine/errors.ts";
import { bytesOf, LACKS_NATIVE, NativePlace, Told } from "../../helpers/net/native.ts";
import { until } from "../../helpers/sim/within.ts";

/** A handler that sends everything back. */
class Echo extends Told {
  override receive(bytes: Uint8Array, from: Peer): void {
    super.receive(bytes, from);
    this.socket!.send(bytes, from);
  }
  socket: { send(bytes: Uint8Array, to: Peer): void } | undefined;
}

function echo(place: NativePlace, options: Parameters<NativePlace["bind"]>[0]) {
  const told = new Echo();
  const socket = place.bind(options, told);
  told.socket = socket;
  return { socket, told };
}

/** [where the server is bound, what the client asks, how the server shows the client] */
const FAMILIES = [
  ["127.0.0.1", "127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.2", "127.0.0.1"],
  ["::1", "::1", "::1"],
  ["::", "::1", "::1"],
  ["::", "127.0.0.3", "::ffff:127.0.0.1"],
] as const;

for (const [bound, asked, shown] of FAMILIES) {
  test(`a native socket on ${bound} answers at ${asked} from there`, async () => {
    await using place = new NativePlace();
    const server = echo(place, { hostname: bound, reportsLocal: true });
    const { port } = server.socket.address;
    const client = place.open({ hostname: asked.includes(":") ? "::1" : "127.0.0.1" });
    client.socket.send(bytesOf("hello"), udpAddress(asked, port));
    assertEquals(await client.told.texts(1), ["hello"]);
    const [answer] = client.told.received;
    assertEquals([answer!.from.hostname, answer!.from.port], [asked, port]);
    const [question] = server.told.received;
    assertEquals(question!.from.hostname, shown);
    assertEquals(question!.from.port, client.socket.address.port);
    const isWildcard = bound === "::" || bound === "0.0.0.0";
    assertEquals(question!.from.broadcast, isWildcard ? false : undefined);
  });
}

test("a native socket answers from the address that was asked, from another port too", async () => {
  await using place = new NativePlace();
  for (const hostname of ["0.0.0.0", "::"]) {
    const server = place.open({ hostname, reportsLocal: true });
    const pool = place.open({ hostname });
    const client = place.open({ hostname: "127.0.0.1" });
    client.socket.send(bytesOf("?"), udpAddress("127.0.0.9", server.socket.address.port));
    await server.told.texts(1);
    pool.socket.send(bytesOf("!"), server.told.received[0]!.from);
    assertEquals(await client.told.texts(1), ["!"]);
    const { from } = client.told.received[0]!;
    assertEquals([from.hostname, from.port], ["127.0.0.9", pool.socket.address.port]);
  }
});

test("a native socket says that a datagram was sent to a broadcast address", async () => {
  await using place = new NativePlace();
  const server = place.open({ hostname: "0.0.0.0", reportsLocal: true });
  const client = place.open();
  client.socket.send(bytesOf("all"), udpAddress("127.255.255.255", server.socket.address.port));
  assertEquals(await server.told.texts(1), ["all"]);
  assertEquals(server.told.received[0]!.from.broadcast, true);
});

test("a native socket shows the same sender as the same object", async () => {
  await using place = new NativePlace();
  const server = place.open();
  const one = place.open();
  const other = place.open();
  for (const { socket } of [one, other, one]) {
    socket.send(bytesOf("x"), server.socket.address);
    socket.flush();
  }
  await server.told.texts(3);
  const [first, second, third] = server.told.received.map(({ from }) => from);
  assert(first === third);
  assert(first !== second);
});

test("a native socket and a plain one understand each other", async () => {
  await using place = new NativePlace();
  const { socket, told } = place.open();
  const plain = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  socket.send(bytesOf("to plain"), plain.addr as Deno.NetAddr);
  const [bytes, from] = await plain.receive();
  assertEquals(new TextDecoder().decode(bytes), "to plain");
  assertEquals((from as Deno.NetAddr).port, socket.address.port);
  await plain.send(bytesOf("to native"), from);
  assertEquals(await told.texts(1), ["to native"]);
  const { hostname, port } = plain.addr as Deno.NetAddr;
  assertEquals([told.received[0]!.from.hostname, told.received[0]!.from.port], [hostname, port]);
  plain.close();
});

test("a native socket sends what it was handed before it is changed or closed", async () => {
  await using place = new NativePlace();
  const { socket, told } = place.open();
  const sender = place.open();
  const small = new Uint8Array(8).fill(65);
  sender.socket.send(small, socket.address);
  small.fill(66);
  sender.socket.send(new Uint8Array(60_000).fill(67), socket.address);
  const before = sender.socket.turn;
  sender.socket.close();
  assertEquals(sender.socket.turn, before + 1);
  const texts = await told.texts(2);
  assertEquals(texts[0], "AAAAAAAA");
  assertEquals([texts[1]!.length, texts[1]![59_999]], [60_000, "C"]);
});

test("a native socket shows that a datagram is longer than any of TFTP", async () => {
  await using place = new NativePlace();
  const { socket, told } = place.open();
  const sender = place.open();
  sender.socket.send(new Uint8Array(65_507), socket.address);
  sender.socket.send(new Uint8Array(65_468), socket.address);
  sender.socket.send(new Uint8Array(0), socket.address);
  await told.texts(3);
  assertEquals(told.received.map(({ bytes }) => bytes.length), [65_469, 65_468, 0]);
});

test("a native socket loses none of a thousand datagrams that come at once", async () => {
  await using place = new NativePlace();
  const { socket, told } = place.open();
  const sender = place.open();
  assert(socket.receiveBufferBytes > 0);
  // What the system counts of a datagram of this size, where it gives no larger buffer.
  const count = Math.min(1000, Math.floor(socket.receiveBufferBytes / 2304));
  const numbers = Array.from({ length: count }, (_, at) => `datagram ${at}`.padEnd(600, "."));
  for (const text of numbers) sender.socket.send(bytesOf(text), socket.address);
  assertEquals(await told.texts(count), numbers);
});

test("a native socket tells of a peer where no program listens", async () => {
  await using place = new NativePlace();
  for (const hostname of ["127.0.0.1", "::1"]) {
    const gone = place.open({ hostname });
    const { port } = gone.socket.address;
    gone.socket.close();
    const { socket, told } = place.open({ hostname });
    socket.send(bytesOf("anybody?"), udpAddress(hostname, port));
    const where = hostname === "::1" ? `[::1]:${port}` : `127.0.0.1:${port}`;
    assertEquals(await told.refusals(1), [`${where} answers that no program listens on that port`]);
    assertEquals([told.unsent[0]!.to.hostname, told.unsent[0]!.to.port], [hostname, port]);
    assertEquals((told.unsent[0]!.error as { code?: string }).code, "ECONNREFUSED");
  }
});

test("a dual-stack native socket tells of an IPv4 peer where no program listens", async () => {
  await using place = new NativePlace();
  const gone = place.open();
  const { port } = gone.socket.address;
  gone.socket.close();
  const { socket, told } = place.open({ hostname: "::" });
  socket.send(bytesOf("anybody?"), udpAddress("127.0.0.1", port));
  assertEquals(await told.refusals(1), [
    `127.0.0.1:${port} answers that no program listens on that port`,
  ]);
  assertEquals(told.unsent[0]!.to.hostname, "::ffff:127.0.0.1");
});

test("a native socket may be bound to an interface", async () => {
  await using place = new NativePlace();
  const { socket, told } = place.open({ hostname: "0.0.0.0", interfaceName: "lo" });
  const sender = place.open();
  sender.socket.send(bytesOf("by lo"), udpAddress("127.0.0.1", socket.address.port));
  assertEquals(await told.texts(1), ["by lo"]);
});

test("a native socket serves others while one peer is gone", async () => {
  await using place = new NativePlace();
  const gone = place.open();
  const dead = udpAddress("127.0.0.1", gone.socket.address.port);
  gone.socket.close();
  const server = place.open();
  const client = place.open();
  for (let round = 0; round < 100; round++) {
    server.socket.send(bytesOf("dead"), dead);
    server.socket.send(bytesOf(`alive ${round}`), client.socket.address);
    server.socket.flush();
  }
  assertEquals((await client.told.texts(100)).at(-1), "alive 99");
  assertEquals(server.told.errors, []);
  assertEquals(server.told.isBroken, false);
});

test("a native socket goes on behind a datagram that can't be sent", async () => {
  await using place = new NativePlace();
  const client = place.open();
  const { socket, told } = place.open();
  const to = client.socket.address;
  socket.send(bytesOf("first"), to);
  socket.send(new Uint8Array(65_520), to);
  socket.send(bytesOf("second"), to);
  socket.send(bytesOf("six"), udpAddress("::1", 1));
  socket.send(bytesOf("name"), udpAddress("host.example", 1));
  socket.send(bytesOf("third"), to);
  assertEquals(await client.told.texts(3), ["first", "second", "third"]);
  const refusals = await told.refusals(3);
  assertStringIncludes(refusals.join("\n"), "the datagram is too large for the path (EMSGSIZE)");
  assertStringIncludes(refusals.join("\n"), "the socket is of the other address family");
  assertStringIncludes(refusals.join("\n"), '"host.example": it is not an IP address');
});

test("a native socket goes on when its handler fails", async () => {
  await using place = new NativePlace();
  const failing = new Told();
  failing.receive = () => {
    throw new Error("by the handler");
  };
  const socket = place.bind({}, failing);
  const sender = place.open();
  sender.socket.send(bytesOf("1"), socket.address);
  sender.socket.send(bytesOf("2"), socket.address);
  await until(() => failing.errors.length === 2, "the second failure");
  assertEquals(failing.errors.map((error) => (error as Error).message), [
    "by the handler",
    "by the handler",
  ]);
});

test("a native socket says why it can't be bound", async () => {
  await using place = new NativePlace();
  const { socket } = place.open();
  const { port } = socket.address;
  const message = (options: Parameters<NativePlace["bind"]>[0]) =>
    assertThrows(() => place.bind(options), NetworkError).message;
  assertEquals(
    message({ port }),
    `Port 127.0.0.1:${port} is in use by another program: stop it, ` +
      "or choose another port with --port",
  );
  assertEquals(
    message({ hostname: "192.0.2.77" }),
    "192.0.2.77:0 is not an address of this machine: see --address",
  );
  assertStringIncludes(
    message({ hostname: "localhost" }),
    '"localhost" can\'t be bound: it is not an IP address',
  );
  assertStringIncludes(
    message({ hostname: "fe80::1%nosuch" }),
    'this machine has no network interface "nosuch"',
  );
  assertStringIncludes(
    message({ interfaceName: "none0" }),
    '"none0" can\'t be used: this machine has',
  );
});

test("a native socket adopts one that was bound elsewhere, and nothing else", async () => {
  await using place = new NativePlace();
  const { socket } = place.open();
  assertThrows(
    () => place.network.adopt(0, new Told(), { hostname: "", port: 0 }),
    NetworkError,
    "Descriptor 0 is no UDP socket",
  );
  const told = new Told();
  const port = socket.address.port;
  // The same descriptor under another number, as whoever starts a program hands one over.
  const duplicate = duplicateOf(socket.fd);
  socket.close();
  const adopted = place.network.adopt(duplicate, told, { hostname: "", port: 0 });
  assertEquals([adopted.address.hostname, adopted.address.port], ["127.0.0.1", port]);
  const sender = place.open();
  sender.socket.send(bytesOf("inherited"), adopted.address);
  assertEquals(await told.texts(1), ["inherited"]);
  adopted.close();
});

function duplicateOf(fd: number): number {
  const library = Deno.dlopen("libc.so.6", { dup: { parameters: ["i32"], result: "i32" } });
  try {
    return library.symbols.dup(fd);
  } finally {
    library.close();
  }
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: LACKS_NATIVE, fn });
}
