/** One request and its transfer, on a network in memory. */

import { assertEquals } from "@std/assert";
import type { Address, DatagramHandler, Network } from "../../../src/mod.ts";
import { Opcode } from "../../../src/protocol/mod.ts";
import { Attempt } from "../../../src/client/attempt.ts";
import { UnreachableError } from "../../../src/engine/errors.ts";
import { data } from "../../helpers/net/raw_client.ts";
import { MemoryNetwork, MemorySink } from "../../helpers/sim/memory_network.ts";

const ASKED = { hostname: "10.0.0.1", port: 69 };
const PEER = { hostname: "10.0.0.1", port: 2070 };
const RRQ = { opcode: Opcode.RRQ, filename: "file", mode: "octet", options: [] } as const;

/** A download, with its socket and what has become of it. */
function download() {
  const inner = new MemoryNetwork();
  let handler: DatagramHandler;
  const network: Network = {
    ...{ clock: inner.clock, receiveBufferBytes: inner.receiveBufferBytes },
    bind: (options, given) => inner.bind(options, handler = given),
  };
  const sink = new MemorySink();
  let error: Error | undefined;
  const attempt = new Attempt(RRQ, ASKED, {
    ...{ network, ends: { sink } },
    whole() {},
    failed: (failure) => error = failure,
    ended() {},
  });
  attempt.start();
  return {
    sink,
    error: () => error,
    deliver: inner.sockets[0]!.deliver.bind(inner.sockets[0]!),
    /** ICMP says that nobody listens there. */
    closed: (to: Address) =>
      handler.unsendable(new UnreachableError(to.hostname, "ECONNREFUSED"), to),
  };
}

Deno.test("Attempt is not ended by what ICMP says of a stranger", () => {
  const before = download();
  before.closed({ hostname: "10.0.0.9", port: ASKED.port });
  assertEquals(before.error(), undefined);
  const during = download();
  during.deliver(data(1, new Uint8Array(512)), PEER);
  for (const stranger of [{ ...PEER, hostname: "10.0.0.9" }, { ...PEER, port: 2071 }]) {
    during.closed(stranger);
  }
  during.deliver(data(2, "end"), PEER);
  assertEquals([during.error(), during.sink.bytes.length], [undefined, 515]);
});

Deno.test("Attempt ends at once when ICMP says that the server is gone", () => {
  const before = download();
  before.closed(ASKED);
  assertEquals(before.error()?.name, "UnreachableError");
  const during = download();
  during.deliver(data(1, new Uint8Array(512)), PEER);
  during.closed(PEER);
  assertEquals(during.error()?.name, "UnreachableError");
});
