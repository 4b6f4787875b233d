/** `--upload-quota`: the folder never holds more, whatever ends at the same moment. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { LocalFileError } from "../../../src/engine/errors.ts";
import { serveThread } from "../../../src/server/server.ts";
import { MemoryNetwork } from "../../../src/testing/memory_network.ts";
import { QUOTA_BYTES, UploadQuota } from "../../../src/server/upload_quota.ts";
import { data, describe, RawClient, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

const FULL = 'ERROR 3 "Disk full or allocation exceeded"';
const BLOCK = 4096;

/** What the files of a folder count; of an unfinished upload, what is written. */
function held(folder: TempFolder): number {
  return folder.names().reduce((sum, name) => sum + Deno.lstatSync(folder.at(name)).size, 0);
}

/** Sends a small file whole. */
async function upload(served: ServedFolder, name: string, content: string): Promise<void> {
  await using client = new RawClient();
  const tid = await client.ask(wrq(name), served.port, "ACK 0");
  await client.ask(data(1, content), tid, "ACK 1");
  await served.nextTransfer();
}

Deno.test("serve() with uploadQuota counts what is there, and what is on its way", async () => {
  await using served = new ServedFolder({ uploads: "overwrite", uploadQuota: 4 * BLOCK });
  const options = { blksize: 2 * BLOCK };
  const granted = `OACK blksize=${2 * BLOCK}`;
  served.folder.write("old", pattern(2 * BLOCK - 100));
  await using one = new RawClient();
  await using two = new RawClient();
  await one.ask(wrq("big", { tsize: 2 * BLOCK + 101 }), served.port, FULL);
  const first = await one.ask(wrq("a", options), served.port, granted);
  const second = await two.ask(wrq("b", options), served.port, granted);
  await one.ask(data(1, pattern(BLOCK + 10)), first, "ACK 1");
  await two.ask(data(1, pattern(BLOCK + 91)), second, FULL);
  assertEquals(served.folder.names(), ["a", "old"]);
  await upload(served, "a", "shorter");
  await one.ask(wrq("c", { tsize: BLOCK + 101 }), served.port, FULL);
  await one.ask(wrq("c", { tsize: BLOCK + 100 }), served.port, `OACK tsize=${BLOCK + 100}`);
});

Deno.test("serve() with uploadQuota subtracts a replaced file once", async () => {
  const uploadQuota = 1_000_000;
  await using served = new ServedFolder({ uploads: "overwrite", uploadQuota });
  served.folder.write("big", pattern(500_000));
  const clients = Array.from({ length: 100 }, (_, i) => new RawClient(`127.0.4.${i + 1}`));
  const to = served.server.addresses[0]!;
  try {
    const tids = await Promise.all(
      clients.map((client) => client.ask(wrq("big"), to, "ACK 0")),
    );
    await Promise.all(clients.map((client, i) => client.ask(data(1, "x"), tids[i]!, "ACK 1")));
    const [client] = clients as [RawClient];
    const options = { blksize: 60_000 };
    let told = "";
    for (let file = 0; told !== FULL; file++) {
      assert(file < 10, "there is no end of what may be sent");
      const tid = await client.ask(wrq(`file${file}`, options), to, "OACK blksize=60000");
      for (let block = 1; block <= 4 && told !== FULL; block++) {
        const bytes = pattern(block < 4 ? 60_000 : 20_000);
        await client.send(data(block, bytes), tid);
        const { packet } = await client.next();
        told = packet?.opcode === 5 ? `ERROR 3 "${packet.message}"` : "";
        assert(held(served.folder) <= uploadQuota, `${held(served.folder)} bytes`);
      }
    }
    assert(held(served.folder) > uploadQuota - 220_000, `${held(served.folder)} bytes are few`);
  } finally {
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
});

Deno.test("serve() with uploadQuota counts empty files too", async () => {
  await using served = new ServedFolder({ uploads: "new", uploadQuota: 100 * BLOCK });
  let taken = 0;
  for (; taken < 200; taken++) {
    await using client = new RawClient();
    await client.send(wrq(`empty${taken}`), served.port);
    const heard = await client.next();
    if (describe(heard) !== "ACK 0") {
      assertEquals(describe(heard), FULL);
      break;
    }
    await client.ask(data(1, ""), heard.from, "ACK 1");
  }
  assertEquals([taken, served.folder.names().length], [100, 100]);
});

Deno.test("serve() with uploadQuota gives back what an upload that failed had taken", async () => {
  await using served = new ServedFolder({ uploads: "new", uploadQuota: 2 * BLOCK });
  await using client = new RawClient();
  for (let round = 0; round < 5; round++) {
    const tid = await client.ask(wrq("file"), served.port, "ACK 0");
    await client.ask(data(1, pattern(512)), tid, "ACK 1");
    await client.send("\0\x05\0\0enough\0", tid);
    await served.nextTransfer();
  }
  await upload(served, "a", "a");
  await upload(served, "b", "b");
  await client.ask(wrq("c"), served.port, FULL);
});

Deno.test("serve() with uploadQuota counts another folder from a reload on", async () => {
  await using served = new ServedFolder({ uploads: "new", uploadDir: ".", uploadQuota: 3 * BLOCK });
  served.folder.write("a/full", pattern(3 * BLOCK));
  served.folder.makeFolder("b");
  await using client = new RawClient();
  const reload = (uploadDir: string) =>
    served.server.reconfigure({ uploads: "new", uploadDir, uploadQuota: 3 * BLOCK });
  reload("b");
  await upload(served, "b/one", "1");
  const begun = await client.ask(wrq("b/two"), served.port, "ACK 0");
  reload("a");
  await using other = new RawClient();
  await other.ask(wrq("a/more"), served.port, FULL);
  reload("b");
  // What began before counts where it began.
  await client.ask(data(1, "2"), begun, "ACK 1");
  await served.nextTransfer();
  await upload(served, "b/three", "3");
  assertThrows(() => reload("none"), LocalFileError, "the folder does not exist");
  await other.ask(wrq("b/four"), served.port, FULL);
});

/** A thread that makes one file after the other count, as an upload does. */
const COUNTER = `
import { UploadQuota } from "${new URL("../../../src/server/upload_quota.ts", import.meta.url)}";
onmessage = ({ data: { folder, memory, limit, name } }) => {
  const quota = new UploadQuota(folder, () => performance.now(), memory);
  let taken = 0;
  for (let file = 0; file < 2000; file++) {
    if (!quota.reserve(5000, limit)) continue;
    if (file % 3 === 0) quota.release(5000);
    else {
      quota.settle(5000, 5000, () => {
        Deno.writeFileSync(folder + "/" + name + file, new Uint8Array(5000));
      });
      taken++;
    }
  }
  postMessage(taken);
};
`;

Deno.test("UploadQuota counts together in threads that share its memory", async () => {
  using folder = new TempFolder();
  const memory = new SharedArrayBuffer(QUOTA_BYTES);
  const limit = 500 * 5000;
  assert(new UploadQuota(folder.path, () => 0, memory).fits(1, limit));
  const url = URL.createObjectURL(new Blob([COUNTER], { type: "text/javascript" }));
  const workers = ["a", "b", "c"].map((name) => {
    const worker = new Worker(url, { type: "module" });
    worker.postMessage({ folder: folder.path, memory, limit, name });
    return worker;
  });
  const taken = await Promise.all(workers.map((worker) =>
    new Promise<number>((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
    })
  ));
  for (const worker of workers) worker.terminate();
  URL.revokeObjectURL(url);
  assertEquals(taken.reduce((sum, count) => sum + count, 0), 500);
  assertEquals(folder.names().length, 500);
});

Deno.test("UploadQuota finds what others have removed", () => {
  using folder = new TempFolder();
  let nowMs = 0;
  const quota = new UploadQuota(folder.path, () => nowMs);
  folder.write("file", pattern(10_000));
  assert(!quota.fits(BLOCK, 10_000));
  Deno.removeSync(folder.at("file"));
  assert(!quota.fits(BLOCK, 10_000));
  nowMs = 5001;
  assert(quota.fits(BLOCK, 10_000));
});

Deno.test("UploadQuota counts a file once that has two names", () => {
  using folder = new TempFolder();
  folder.write("file", pattern(10_000));
  Deno.linkSync(folder.at("file"), folder.at("other"));
  assert(new UploadQuota(folder.path, () => 0).fits(BLOCK, 10_000 + BLOCK));
});

Deno.test("serve() with uploadQuota scans for a hundredth of the time at most", () => {
  using folder = new TempFolder();
  folder.write("file", pattern(BLOCK));
  const network = new MemoryNetwork();
  const { readDirSync } = Deno;
  const { now } = performance;
  let [nowMs, scans] = [0, 0];
  performance.now = () => nowMs;
  Deno.readDirSync = (path) => {
    scans++;
    nowMs += 1000;
    return readDirSync(path);
  };
  try {
    const options = { root: folder.path, uploads: "new", uploadQuota: BLOCK, network } as const;
    serveThread({ ...options, addresses: ["10.0.0.1"] });
    scans = 0;
    const asked = (ms: number) => {
      nowMs += ms;
      network.clock.advance(ms);
      network.sockets[0]!.deliver(wrq("new", { tsize: BLOCK }), { hostname: "10.0.0.7", port: 7 });
      for (let turn = 0; turn < 3; turn++) network.clock.turn();
      return scans;
    };
    assertEquals([asked(0), asked(50_000), asked(49_000), asked(2000)], [1, 1, 1, 2]);
    assertEquals(network.sockets[0]!.sent, Array(4).fill(`${FULL} to 7`));
  } finally {
    Object.assign(Deno, { readDirSync });
    performance.now = now;
  }
});
