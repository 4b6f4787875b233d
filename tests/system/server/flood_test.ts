/**
 * Floods over real sockets: others are served at their first try, and afterwards the server holds
 * what it held before. tests/server/flood_test.ts has the same in virtual time, with more.
 */

import { assert, assertEquals } from "@std/assert";
import { encodePacket } from "../../../src/protocol/mod.ts";
import { descriptorsAsBefore, openDescriptors } from "../../helpers/files/descriptors.ts";
import { ack, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { SoakedServer } from "../../soak/soaked_server.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { until } from "../../helpers/sim/within.ts";

const CLIENTS = 20;

/** How much more memory may be held after a flood than before it. */
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;

/** Sockets of many loopback addresses that send requests and hear nothing. */
class Forger implements Disposable {
  readonly #sockets: Deno.DatagramConn[];

  constructor(addresses: number) {
    this.#sockets = Array.from({ length: addresses }, (_, index) =>
      Deno.listenDatagram({
        transport: "udp",
        hostname: `127.1.${index >> 8}.${(index & 255) || 1}`,
        port: 0,
      }));
  }

  /** Sends so many, some hundred at a time, so that the socket's buffer takes them. */
  async send(count: number, port: number, request: (index: number) => Uint8Array): Promise<void> {
    const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
    for (let sent = 0; sent < count; sent++) {
      const socket = this.#sockets[sent % this.#sockets.length]!;
      await socket.send(request(sent), to);
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.close();
  }
}

/** Clients that mean it, one after the other: what the first try of each brought. */
async function assertAllServed(port: number): Promise<void> {
  const whole = pattern(900);
  for (let index = 0; index < CLIENTS; index++) {
    await using client = new RawClient(`127.9.0.${index + 1}`);
    const to = { hostname: "127.0.0.1", port };
    const { from } = await client.insist(rrq("file"), to);
    await client.send(ack(1), from);
    const { packet } = await client.next();
    await client.send(ack(2), from);
    assert(packet?.opcode === 3, `client ${index} was answered ${packet?.opcode}`);
    assertEquals(packet.payload, whole.subarray(512));
  }
}

Deno.test({
  name: "serve() serves others beside 20,000 forged requests, and gives back what they took",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = new TempFolder();
    folder.write("file", pattern(900));
    folder.write("large", pattern(100_000));
    const requests = [rrq("large"), rrq("large", { blksize: 65464, windowsize: 64 }), wrq("new")]
      .map(encodePacket);
    // In a process of its own, so that its memory is the server's alone.
    const server = await SoakedServer.start(folder.path);
    try {
      using forger = new Forger(250);
      // What the runtime opens for its own use, it opens once.
      await forger.send(30, server.port, (index) => requests[index % 3]!);
      await assertAllServed(server.port);
      const before = await server.atRest();
      const flood = forger.send(20_000, server.port, (index) => requests[index % 3]!);
      await assertAllServed(server.port);
      await flood;
      const after = await server.atRest();
      for (const what of ["descriptors", "temporaryFiles", "transfers", "clients"]) {
        assertEquals(after[what], before[what], what);
      }
      const growthBytes = after["rss"]! - before["rss"]!;
      assert(growthBytes < MAX_GROWTH_BYTES, `${growthBytes} bytes more`);
    } finally {
      await server.stop();
    }
  },
});

Deno.test({
  name: "serve() serves others beside 2,000 clients that acknowledge one OACK and go silent",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using served = new ServedFolder({ idleTimeoutMs: 3000 });
    served.folder.write("file", pattern(900));
    served.folder.write("large", pattern(100_000));
    const to = { hostname: "127.0.0.1", port: served.port };
    await using stack = new AsyncDisposableStack();
    const before = openDescriptors();
    const silent = Array.from(
      { length: 2000 },
      (_, index) => stack.use(new RawClient(`127.2.${index >> 8}.${(index & 255) || 1}`)),
    );
    for (let first = 0; first < silent.length; first += 50) {
      await Promise.all(
        silent.slice(first, first + 50).map(async (client) => {
          const { from } = await client.insist(rrq("large", { blksize: 1000 }), to);
          await client.send(ack(0), from);
        }),
      );
    }
    await assertAllServed(served.port);
    await until(() => served.server.status.transfers === 0, "the end of all transfers");
    await stack.disposeAsync();
    await descriptorsAsBefore(before);
    assertEquals(served.errors, []);
  },
});
