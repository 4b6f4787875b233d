/** A server of two workers: the same to every client as one of a single thread. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  get,
  LocalFileError,
  MapFile,
  openFileSink,
  openFileSource,
  put,
} from "../../../src/mod.ts";
import { workerOf } from "../../../src/server/shard.ts";
import { MAX_IN_FLIGHT } from "../../../src/server/worker_link.ts";
import { serveByWorkers } from "../../../src/server/workers.ts";
import { Prng } from "../../helpers/sim/prng.ts";
import { freePort } from "../../helpers/process/peers.ts";
import { ack, data, error, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { WorkersFolder } from "../../helpers/files/workers_folder.ts";

const CLIENTS = Array.from({ length: 12 }, (_, index) => `127.0.7.${index + 1}`);

Deno.test("what two workers send and take is whole, for clients of many addresses", async () => {
  await using served = await WorkersFolder.open({ uploads: "new" });
  using here = new TempFolder();
  const { folder, door } = served;
  const content = pattern(300_001);
  folder.write("big", content);
  const path = here.write("mine", content);
  await Promise.all(CLIENTS.map(async (from, index) => {
    const target = { host: "127.0.0.1", port: door.port, from };
    const got = await get("big", openFileSink(here.at(from), { overwrite: false }), target);
    const sent = await put(`up-${index}`, openFileSource(path), target);
    await Promise.all([got.dallied, sent.dallied]);
    assertEquals(here.bytes(from), content);
    assertEquals(folder.bytes(`up-${index}`), content);
  }));
  const records = await served.recorded("transfer", 2 * CLIENTS.length);
  assertEquals(records.map(({ result }) => result), records.map(() => "done"));
  // The ACK of a last block that was repeated comes when the transfer is over.
  const repeated = records.filter(({ retransmits }) => retransmits > 0).map(({ client }) => client);
  const others = served.records.filter((record) =>
    record.kind !== "transfer" && !(record.kind === "dropped" && repeated.includes(record.client))
  );
  assertEquals([records.length, others], [2 * CLIENTS.length, []]);
});

Deno.test("each worker answers its clients from ports of its own", async () => {
  await using served = await WorkersFolder.open();
  served.folder.write("file", "content");
  const ports: [Set<number>, Set<number>] = [new Set(), new Set()];
  for (const hostname of CLIENTS) {
    await using client = new RawClient(hostname);
    const tid = await client.ask(rrq("file"), served.door, "DATA 1 (7 bytes)");
    await client.send(ack(1), tid);
    ports[workerOf(hostname, 2) as 0 | 1].add(tid.port);
  }
  assert(ports[0].size > 1 && ports[1].size > 1, "one worker has all the clients");
  assertEquals([...ports[0].intersection(ports[1])], []);
  assert(![...ports[0], ...ports[1]].includes(served.door.port));
});

Deno.test("a range of ports is shared out among the workers", async () => {
  const free = Array.from({ length: 2 }, () => new RawClient());
  const [first, last] = free.map(({ port }) => port).sort((a, b) => a - b) as [number, number];
  for (const client of free) await client[Symbol.asyncDispose]();
  await using served = await WorkersFolder.open({ portRange: { first, last } });
  served.folder.write("file", "content");
  for (const hostname of CLIENTS.slice(0, 4)) {
    await using client = new RawClient(hostname);
    const tid = await client.ask(rrq("file"), served.door, "DATA 1 (7 bytes)");
    await client.send(ack(1), tid);
    assert(tid.port >= first && tid.port <= last);
  }
});

Deno.test("a repeated request finds its transfer, whichever worker has it", async () => {
  await using served = await WorkersFolder.open();
  served.folder.write("file", pattern(600));
  for (const hostname of CLIENTS.slice(0, 2)) {
    await using client = new RawClient(hostname);
    const request = rrq("file", { blksize: 600 });
    const tid = await client.ask(request, served.door, "OACK blksize=600");
    const { from } = await client.insist(request, served.door);
    assertEquals(from.port, tid.port);
    const block = await client.insist(ack(0), tid);
    assertEquals(block.from.port, tid.port);
    await client.send(error(0, "enough"), tid);
  }
  const records = await served.recorded("transfer", 2);
  assertEquals([records.length, records[0]!.agreement.blksize], [2, 600]);
});

Deno.test("refusals leave from the listening port, and are logged", async () => {
  await using served = await WorkersFolder.open({ maxPerClient: 1 });
  served.folder.write("file", pattern(600));
  for (const hostname of CLIENTS.slice(0, 2)) {
    await using client = new RawClient(hostname);
    await using other = new RawClient(hostname);
    const ask = async (content: Parameters<RawClient["ask"]>[0], answer: string) =>
      assertEquals((await client.ask(content, served.door, answer)).port, served.door.port);
    await ask(rrq("missing"), 'ERROR 1 "File not found"');
    await ask(wrq("new"), 'ERROR 2 "Uploads are switched off"');
    await ask(data(1), 'ERROR 4 "Illegal TFTP operation"');
    await other.ask(rrq("file"), served.door, "DATA 1 (512 bytes)");
    await ask(rrq("file"), 'ERROR 0 "Server is busy, try again"');
  }
  const refused = await served.recorded("refused", 6);
  assertEquals(refused.map(({ code }) => code), [1, 2, 0, 1, 2, 0]);
  assertEquals((await served.recorded("dropped", 2)).length, 2);
});

Deno.test("a policy reaches every worker, with its map", async () => {
  await using served = await WorkersFolder.open({ map: new MapFile("r ^a$ file\n", "map") });
  served.folder.write("file", "content");
  served.folder.write("other", "more than that");
  for (
    const [policy, answer] of [
      [undefined, "DATA 1 (7 bytes)"],
      [{ map: new MapFile("r ^a$ other\n", "map") }, "DATA 1 (14 bytes)"],
      [{}, 'ERROR 1 "File not found"'],
    ] as const
  ) {
    if (policy) await served.server.reconfigure(policy);
    for (const hostname of CLIENTS.slice(0, 2)) {
      await using client = new RawClient(hostname);
      const from = await client.ask(rrq("a"), served.door, answer);
      if (from.port !== served.door.port) await client.send(ack(1), from);
    }
  }
});

Deno.test("a quota for another folder is counted by all workers together", async () => {
  const quota = { uploads: "new", uploadQuota: 2 * 4096 } as const;
  await using served = await WorkersFolder.open({ ...quota, uploadDir: "." });
  served.folder.write("a/full", pattern(2 * 4096));
  served.folder.makeFolder("b");
  await served.server.reconfigure({ ...quota, uploadDir: "b" });
  for (const hostname of CLIENTS.slice(0, 2)) {
    await using client = new RawClient(hostname);
    const from = await client.ask(wrq(`b/${hostname}`), served.door, "ACK 0");
    await client.ask(data(1, "small"), from, "ACK 1");
  }
  for (const hostname of CLIENTS.slice(0, 2)) {
    await using client = new RawClient(hostname);
    const full = 'ERROR 3 "Disk full or allocation exceeded"';
    await client.ask(wrq("b/more"), served.door, full);
  }
});

Deno.test("a shutdown lets the transfers of all workers end, and tells the rest", async () => {
  await using served = await WorkersFolder.open();
  served.folder.write("file", pattern(600));
  const clients = CLIENTS.slice(0, 4).map((hostname) => new RawClient(hostname));
  const tids: Deno.NetAddr[] = [];
  for (const client of clients) {
    tids.push(await client.ask(rrq("file"), served.door, "DATA 1 (512 bytes)"));
  }
  const stopped = served.server.shutdown(1000);
  for (const [index, client] of clients.entries()) {
    if (index < 2) {
      await client.ask(ack(1), tids[index]!, "DATA 2 (88 bytes)");
      await client.send(ack(2), tids[index]!);
    }
  }
  for (const client of clients.slice(2)) {
    // Until then it repeats itself, as the network may have lost the first.
    for (;;) if ((await client.next()).packet?.opcode === 5) break;
  }
  await stopped;
  for (const client of clients) await client[Symbol.asyncDispose]();
  const results = (await served.recorded("transfer", 4)).map(({ result }) => result);
  assertEquals(results.toSorted(), ["done", "done", "failed", "failed"]);
});

Deno.test("hostile datagrams get nowhere, and no more wait than may", async () => {
  await using served = await WorkersFolder.open({ uploads: "new" });
  served.folder.write("file", "content");
  const random = new Prng(1);
  const hostile = CLIENTS.slice(0, 4).map((hostname) => new RawClient(hostname));
  for (let count = 0; count < 2 * MAX_IN_FLIGHT; count++) {
    const bytes = new Uint8Array(random.below(40)).map(() => random.below(256));
    if (bytes.length > 1) bytes.set([0, random.below(7)]);
    await hostile[count % hostile.length]!.send(bytes, served.door);
  }
  await hostile[0]!.send(new Uint8Array(65_000).fill(65), served.door);
  for (const client of hostile) await client[Symbol.asyncDispose]();
  for (const hostname of CLIENTS.slice(4, 6)) {
    await using client = new RawClient(hostname);
    const { from, packet } = await client.insist(rrq("file"), served.door);
    assertEquals(packet?.opcode, 3);
    await client.send(ack(1), from);
  }
  assertEquals(served.records.filter(({ kind }) => kind === "error"), []);
  assertEquals(served.folder.names(), ["file"]);
});

Deno.test("a worker that fails ends the server, which says so and frees its port", async () => {
  using folder = new TempFolder();
  const options = { root: folder.path, addresses: ["127.0.0.1"], workers: 2 };
  const port = freePort();
  const server = await serveByWorkers({ ...options, port });
  const broken = { source: { text: "z nothing\n", path: "map" } } as MapFile;
  await server.reconfigure({ map: broken });
  const failure = await assertRejects(() => server.finished, Error, "A worker has failed");
  assertEquals(failure.name, "WorkerError");
  await (await serveByWorkers({ ...options, port })).shutdown();
});

Deno.test("workers that can't begin leave nothing behind, and say why", async () => {
  using folder = new TempFolder();
  const options = { root: folder.at("none"), addresses: ["127.0.0.1"], workers: 2, port: 0 };
  const missing = await assertRejects(() => serveByWorkers(options), Error, "no such file");
  assertEquals(missing.name, new LocalFileError("", "", 0).name);
  await using taken = new RawClient();
  const portRange = { first: taken.port, last: taken.port };
  const network = await assertRejects(
    () => serveByWorkers({ ...options, root: folder.path, portRange, workers: 1 }),
    Error,
    `Can't bind any port from ${taken.port} to ${taken.port}`,
  );
  assertEquals(network.name, "NetworkError");
});
