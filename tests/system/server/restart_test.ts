/** A server that ends, and another one on the same port at once. */

import { assertEquals } from "@std/assert";
import { serve } from "../../../src/mod.ts";
import { RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { endOf, testServerNetwork } from "../../helpers/net/test_network.ts";
import { freePort } from "../../helpers/process/peers.ts";

const RESTARTS = 5;

for (const singlePort of [false, true]) {
  const ports = singlePort ? "its single port" : "its ports";
  Deno.test(`a server that has shut down has freed ${ports}`, async () => {
    const port = freePort();
    const handler = () => new Uint8Array(1000);
    await using client = new RawClient();
    for (let count = 0; count < RESTARTS; count++) {
      const network = testServerNetwork();
      const server = serve({ handler, network, port, singlePort, addresses: ["127.0.0.1"] });
      await client.ask(rrq("file"), port, "DATA 1 (512 bytes)");
      await server.shutdown();
      const next = serve({ handler, network, port, singlePort, addresses: ["127.0.0.1"] });
      assertEquals(next.addresses[0]?.port, port);
      // What the socket still had to send is not lost.
      await client.expect('ERROR 0 "Server is shutting down"');
      await next.shutdown();
      await endOf(network);
    }
  });
}
