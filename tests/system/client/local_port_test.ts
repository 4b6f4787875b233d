/** A client behind a firewall that lets out datagrams of one local port only. */

import { assertEquals, assertRejects } from "@std/assert";
import { get, type Summary } from "../../../src/mod.ts";
import { assertDone, ServedPlace } from "../../helpers/files/client_place.ts";
import { FakeServer } from "../../helpers/net/fake_server.ts";
import { data, oack } from "../../helpers/net/raw_client.ts";
import { testNetwork } from "../../helpers/net/test_network.ts";
import { freePort } from "../../helpers/process/peers.ts";
import { MemorySink } from "../../helpers/sim/memory_network.ts";

Deno.test("a client on one local port asks a silent server again, without options", async () => {
  await using fake = new FakeServer();
  const port = freePort();
  const options = { ...fake.target, localPorts: [port, port] as const, network: testNetwork() };
  const sink = new MemorySink();
  const fetched: Promise<Summary> = get("file", sink, { ...options, timeoutMs: 50, retries: 1 });
  let request = await fake.request();
  while (request.options.length > 0) request = await fake.request();
  await fake.ask(data(1, "whole"), "ACK 1");
  const summary = await fetched;
  assertEquals([summary.fellBack, sink.bytes.length], [true, 5]);
  assertEquals(fake.client?.port, port);
  await summary.dallied;
});

Deno.test("a client on one local port is not disturbed by a late OACK", async () => {
  await using fake = new FakeServer();
  const port = freePort();
  const options = { ...fake.target, localPorts: [port, port] as const, network: testNetwork() };
  const sink = new MemorySink();
  const fetched = get("file", sink, { ...options, timeoutMs: 50, retries: 1 });
  let request = await fake.request();
  while (request.options.length > 0) request = await fake.request();
  await fake.send(oack({ blksize: 1428 }));
  await fake.ask(data(1, "whole"), "ACK 1");
  await (await fetched).dallied;
  assertEquals(sink.bytes.length, 5);
});

Deno.test("a client on one local port transfers one file after the other", async () => {
  await using place = new ServedPlace();
  const names = ["a", "b", "c"];
  for (const name of names) place.served.folder.write(name, `content of ${name}`);
  const port = String(freePort());
  assertDone(await place.run(["get", "--local-port", port, place.host, ...names]));
  assertEquals(names.map((name) => place.here.text(name)), names.map((n) => `content of ${n}`));
  const clients = await Promise.all(names.map(() => place.served.nextTransfer()));
  assertEquals(clients.map(({ client }) => client), names.map(() => `127.0.0.1:${port}`));
});

Deno.test("the local port of a client is free when its transfer has ended", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "content");
  const port = freePort();
  const options = { ...place.served.target, localPorts: [port, port] as const };
  for (let count = 0; count < 5; count++) {
    const { dallied } = await get("file", new MemorySink(), options);
    await dallied;
    await assertRejects(() => get("missing", new MemorySink(), options), Error, "File not found");
  }
});
