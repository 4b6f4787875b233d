/** What a server does with the address that a request was sent to (RFC 1123 §4.2.3.5). */

import { assertEquals, assertThrows } from "@std/assert";
import { udpAddress } from "../../../src/engine/address.ts";
import { NetworkError } from "../../../src/engine/errors.ts";
import type { LogRecord, ServeOptions } from "../../../src/mod.ts";
import { NativeNetwork } from "../../../src/net/native/mod.ts";
import { openSocket } from "../../../src/net/native/open_socket.ts";
import { System } from "../../../src/net/native/system.ts";
import { encodePacket, Opcode, type Packet } from "../../../src/protocol/mod.ts";
import { serveThread } from "../../../src/server/server.ts";
import { LACKS_NATIVE, NativePlace, takenLibc, Told } from "../../helpers/net/native.ts";
import { describe, rrq } from "../../helpers/net/raw_client.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { freePort } from "../../helpers/process/peers.ts";
import { until } from "../../helpers/sim/within.ts";

/** A server of every IPv4 address, with one file. */
function servedEverywhere(options: Partial<ServeOptions> = {}): ServedFolder {
  const served = new ServedFolder({
    addresses: ["0.0.0.0"],
    network: new NativeNetwork(takenLibc()),
    ...options,
  });
  served.folder.write("file", "short");
  return served;
}

/** Sends a packet from a port of its own. */
function ask(place: NativePlace, packet: Packet, port: number, hostname: string): Told {
  const { socket, told } = place.open({ hostname: "0.0.0.0" });
  socket.send(encodePacket(packet), udpAddress(hostname, port));
  socket.flush();
  return told;
}

for (const singlePort of [false, true]) {
  const place = singlePort ? "a single port" : "a port of the transfer";
  Deno.test({
    name: `serve() answers from the address that was asked, from ${place}`,
    ignore: LACKS_NATIVE,
    async fn() {
      await using served = servedEverywhere({ singlePort });
      await using place = new NativePlace();
      const told = ask(place, rrq("file"), served.port, "127.0.0.9");
      await until(() => told.received.length > 0, "the answer");
      assertEquals(describe(told.received[0]!), "DATA 1 (5 bytes)");
      assertEquals(told.received[0]!.from.hostname, "127.0.0.9");
    },
  });
}

Deno.test({
  name: "serve() ignores a request to a broadcast address",
  ignore: LACKS_NATIVE,
  async fn() {
    await using served = servedEverywhere();
    await using place = new NativePlace();
    // The second one is answered: by then the first one has been ignored.
    const told = ask(place, rrq("file"), served.port, "127.255.255.255");
    const after = ask(place, rrq("file"), served.port, "127.0.0.1");
    await until(() => after.received.length > 0, "the answer");
    assertEquals(told.received, []);
    assertEquals(served.records.filter(({ kind }) => kind === "dropped").length, 1);
  },
});

Deno.test({
  name: "serve() with broadcast answers a request to a broadcast address, from its own",
  ignore: LACKS_NATIVE,
  async fn() {
    await using served = servedEverywhere({ broadcast: true });
    await using place = new NativePlace();
    const told = ask(place, rrq("file"), served.port, "127.255.255.255");
    await until(() => told.received.length > 0, "the answer");
    assertEquals(describe(told.received[0]!), "DATA 1 (5 bytes)");
    assertEquals(told.received[0]!.from.hostname, "127.0.0.1");
  },
});

Deno.test({
  name: "threads that share a port answer a request to a broadcast address once",
  ignore: LACKS_NATIVE,
  async fn() {
    using folder = new TempFolder();
    folder.write("file", "short");
    const records: LogRecord[] = [];
    const networks = [0, 1].map(() => new NativeNetwork(takenLibc()));
    const [port, addresses] = [freePort(), ["0.0.0.0"]];
    const threads = networks.map((network, index) =>
      serveThread({
        ...{ root: folder.path, network, port, addresses, broadcast: true },
        shared: { index, count: 2 },
        log: (record) => records.push(record),
      })
    );
    await using place = new NativePlace();
    const told = ask(place, rrq("file"), port, "127.255.255.255");
    // Once each has answered a later request, it has had the broadcast too.
    const after = ["127.0.0.2", "127.0.0.3"].map((hostname) => {
      const { socket, told } = place.open({ hostname });
      socket.send(encodePacket(rrq("missing")), udpAddress("127.0.0.1", port));
      socket.flush();
      return told;
    });
    await until(() => after.every(({ received }) => received.length > 0), "the other answers");
    await until(() => told.received.length > 0, "the answer");
    assertEquals(told.received.map(describe), ["DATA 1 (5 bytes)"]);
    assertEquals(records.map(({ kind }) => kind), ["refused", "refused"]);
    await Promise.all(threads.map((thread) => thread.shutdown()));
    await Promise.all(networks.map(({ ended }) => ended));
  },
});

Deno.test({
  name: "a native socket of :: leaves the IPv4 port to others where it is asked to",
  ignore: LACKS_NATIVE,
  async fn() {
    await using place = new NativePlace();
    const port = freePort();
    for (const shared of [undefined, { index: 0, count: 2 }]) {
      const six = place.bind({ hostname: "::", port, ipv6Only: true, ...(shared && { shared }) });
      const four = place.bind({ hostname: "0.0.0.0", port });
      assertEquals([six.address.port, four.address.port], [port, port]);
      six.close();
      four.close();
    }
    place.bind({ hostname: "::", port });
    assertThrows(() => place.bind({ hostname: "0.0.0.0", port }), NetworkError, "in use");
  },
});

Deno.test({
  name: "serve() listens on :: beside IPv4 addresses, each with its own socket",
  ignore: LACKS_NATIVE,
  async fn() {
    const port = freePort();
    await using served = servedEverywhere({ addresses: ["::", "127.0.0.1"], port });
    await using place = new NativePlace();
    for (const [hostname, own] of [["127.0.0.1", "0.0.0.0"], ["::1", "::"]] as const) {
      const { socket, told } = place.open({ hostname: own });
      socket.send(encodePacket(rrq("file")), udpAddress(hostname, port));
      socket.flush();
      await until(() => told.received.length > 0, "the answer");
      assertEquals(describe(told.received[0]!), "DATA 1 (5 bytes)");
    }
    assertEquals(served.errors, []);
  },
});

for (const [hostname, to] of [["0.0.0.0", "127.0.0.1"], ["::", "127.0.0.1"], ["::", "::1"]]) {
  Deno.test({
    name: `adopt() takes what came to ${hostname} for ${to} before it for no broadcast`,
    ignore: LACKS_NATIVE,
    async fn() {
      await using place = new NativePlace();
      const bound = openSocket(new System(takenLibc()), { hostname: hostname!, port: 0 });
      const early = place.open({ hostname: hostname! });
      early.socket.send(encodePacket(rrq("early")), udpAddress(to!, bound.address.port));
      early.socket.flush();
      const options = { hostname: hostname!, port: 0, reportsLocal: true };
      const told = new Told();
      const socket = place.network.adopt(bound.fd, told, options);
      try {
        await until(() => told.received.length > 0, "the request");
        assertEquals(told.received[0]!.from.broadcast ?? false, false);
        socket.send(encodePacket({ opcode: Opcode.ACK, block: 1 }), told.received[0]!.from);
        socket.flush();
        await until(() => early.told.received.length > 0, "the answer");
      } finally {
        socket.close();
      }
    },
  });
}
