/** Who gets in when as many transfers run as may. */

import { assertEquals } from "@std/assert";
import { Opcode } from "../../../src/protocol/mod.ts";
import { ack, data, describe, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";

const BUSY = 'ERROR 0 "Server is busy, try again"';

Deno.test("serve() refuses clients beyond its bounds while those it has are there", async () => {
  await using served = new ServedFolder({ maxTransfers: 3, maxPerClient: 2 });
  served.folder.write("file", pattern(1600));
  const to = { hostname: "127.0.0.1", port: served.port };
  await using one = new RawClient();
  await using two = new RawClient();
  await using three = new RawClient();
  await using other = new RawClient("127.0.0.2");
  await using last = new RawClient("127.0.0.3");
  const tids = [];
  for (const client of [one, two, other]) {
    const tid = await client.ask(rrq("file"), to, "DATA 1 (512 bytes)");
    await client.ask(ack(1), tid, "DATA 2 (512 bytes)");
    await client.ask(ack(2), tid, "DATA 3 (512 bytes)");
    tids.push(tid);
  }
  await three.ask(rrq("file"), to, BUSY);
  await last.ask(rrq("file"), to, BUSY);
  await one.send(ack(3), tids[0]!);
  // What was not acknowledged meanwhile may have come again.
  let heard = describe(await one.next());
  while (heard === "DATA 3 (512 bytes)") heard = describe(await one.next());
  assertEquals(heard, "DATA 4 (64 bytes)");
  await one.send(ack(4), tids[0]!);
  await served.nextTransfer();
  await three.ask(rrq("file"), to, "DATA 1 (512 bytes)");
});

Deno.test("serve() replaces a client that never answered by a new one", async () => {
  await using served = new ServedFolder({ maxTransfers: 1 });
  served.folder.write("file", "short");
  await using forged = new RawClient("127.0.0.2");
  const to = { hostname: "127.0.0.1", port: served.port };
  await forged.ask(rrq("file"), to, "DATA 1 (5 bytes)");
  await using client = new RawClient();
  await client.ask(rrq("file"), to, BUSY);
  // For a second it is waited for, then it gives way.
  for (;;) {
    await client.send(rrq("file"), to);
    if (describe(await client.next()) === "DATA 1 (5 bytes)") break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { client: gone, error } = await served.nextTransfer();
  assertEquals([gone, error?.name], [`127.0.0.2:${forged.port}`, "PeerSilentError"]);
});

Deno.test("serve() lets a client in for an upload that is whole", async () => {
  await using served = new ServedFolder({ maxTransfers: 1, uploads: "new" });
  await using writer = new RawClient();
  const tid = await writer.ask(wrq("upload"), served.port, "ACK 0");
  await writer.ask(data(1, "all"), tid, "ACK 1");
  await using other = new RawClient();
  const second = await other.ask(wrq("second"), served.port, "ACK 0");
  // The first still repeats its last ACK, to a client that missed it.
  const { packet } = await writer.insist(data(1, "all"), tid);
  assertEquals(packet, { opcode: Opcode.ACK, block: 1 });
  await other.ask(data(1, "too"), second, "ACK 1");
  assertEquals(served.folder.names(), ["second", "upload"]);
});
