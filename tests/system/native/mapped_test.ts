/** Large files that the system sends from where it has mapped them. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FileCalls } from "../../../src/files/native/file_calls.ts";
import { NativeOpener } from "../../../src/files/native/native_opener.ts";
import { TappedNetwork } from "../../../src/instruments/tapped_network.ts";
import { describePacket } from "../../../src/protocol/mod.ts";
import { NativeNetwork } from "../../../src/net/native/mod.ts";
import { System } from "../../../src/net/native/system.ts";
import { serveThread } from "../../../src/server/server.ts";
import type { LogRecord, TransferRecord } from "../../../src/server/log_record.ts";
import { LACKS_NATIVE, takenLibc } from "../../helpers/net/native.ts";
import { ack, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { until } from "../../helpers/sim/within.ts";

const PAGE = 4096;
/** More than is read into the cache of files. */
const BYTES = 5 * 1024 * 1024;
const BLKSIZE = 65464;
const LAST = Math.floor(BYTES / BLKSIZE) + 1;
const NAME = "image";

/** A server that maps files, on native sockets. */
class Place implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly path: string;
  readonly port: number;
  /** Bytes that were read. */
  readBytes = 0;
  /** Mappings that there are. */
  mappings = 0;
  readonly #transfers: TransferRecord[] = [];
  readonly #network: NativeNetwork;
  readonly #server: ReturnType<typeof serveThread>;

  constructor(content: Uint8Array, { tapped = false } = {}) {
    this.path = this.folder.write(NAME, content);
    const taken = takenLibc();
    const system = new System(taken);
    const libc: typeof taken = {
      ...taken,
      pread: (fd, into, length, at) => {
        const count = taken.pread(fd, into, length, at);
        this.readBytes += count;
        return count;
      },
      mmap: (...args) => {
        this.mappings++;
        return taken.mmap(...args);
      },
      munmap: (address, length) => {
        this.mappings--;
        return taken.munmap(address, length);
      },
    };
    this.#network = new NativeNetwork(libc);
    const calls = { libc, errno: () => system.errno() };
    this.#server = serveThread({
      ...{ root: this.folder.path, port: 0, addresses: ["127.0.0.1"] },
      network: tapped ? new TappedNetwork(this.#network, () => {}) : this.#network,
      opener: new NativeOpener(calls, this.#network),
      log: (record: LogRecord) => {
        if (record.kind === "transfer") this.#transfers.push(record);
      },
    });
    this.port = this.#server.addresses[0]!.port;
  }

  /** Fetches the file twice, and returns it as it came the second time, when it may be mapped. */
  async fetchAgain(client: RawClient, options: Record<string, number>): Promise<Uint8Array> {
    await client.fetch(rrq(NAME, options), this.port);
    this.readBytes = 0;
    return await client.fetch(rrq(NAME, options), this.port);
  }

  /** The record of a transfer, once so many have ended. */
  async transfer(count: number): Promise<TransferRecord> {
    await until(() => this.#transfers.length >= count, `transfer ${count}`);
    return this.#transfers[count - 1]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#network.ended;
    this.folder[Symbol.dispose]();
  }
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `A mapped file ${name}`, ignore: LACKS_NATIVE, fn });
}

/** Starts a transfer of the mapped file, and acknowledges everything up to a block. */
async function fetchUpTo(client: RawClient, place: Place, block: number): Promise<Deno.NetAddr> {
  await client.send(rrq(NAME, { blksize: BLKSIZE }), place.port);
  for (let next = 0;; next++) {
    const { packet, from } = await client.next();
    const [opcode, number] = packet?.opcode === 3 ? [3, packet.block] : [packet?.opcode, 0];
    assertEquals([opcode, number], [next === 0 ? 6 : 3, next]);
    if (next === block) return from;
    await client.send(ack(next), from);
  }
}

test("arrives whole and is not read, in windows and block by block", async () => {
  // The last block is empty, shorter than what is usually copied, or nearly full.
  for (const rest of [0, 1, 255, 32_767]) {
    const content = pattern(32_768 * 150 + rest);
    await using place = new Place(content);
    await using client = new RawClient();
    for (const windowsize of [1, 8]) {
      const whole = await place.fetchAgain(client, { blksize: 32_768, windowsize });
      assertEquals(whole.length, content.length);
      assert(whole.every((byte, at) => byte === content[at]), "other bytes");
      assertEquals(place.mappings, 1);
      // Only what is sent last, or again because this side was slow.
      assert(place.readBytes < content.length / 10, `${place.readBytes} bytes were read`);
    }
  }
});

test("is unmapped when the server has ended", async () => {
  let ended: Place;
  {
    await using place = ended = new Place(pattern(BYTES));
    await using client = new RawClient();
    await place.fetchAgain(client, { blksize: BLKSIZE });
    assertEquals(place.mappings, 1);
  }
  assertEquals(ended.mappings, 0);
});

test("is read where somebody wants to see each datagram", async () => {
  const content = pattern(BYTES);
  await using place = new Place(content, { tapped: true });
  await using client = new RawClient();
  const whole = await place.fetchAgain(client, { blksize: BLKSIZE });
  assert(whole.every((byte, at) => byte === content[at]), "other bytes");
  assertEquals([whole.length, place.mappings], [BYTES, 0]);
});

test("is never complete when it has become shorter", async () => {
  // Within the last block, where the system has zeros, and far before, where it has nothing.
  for (const left of [BYTES - 1, BYTES - BLKSIZE, 10]) {
    await using place = new Place(pattern(BYTES));
    await using client = new RawClient();
    await place.fetchAgain(client, { blksize: BLKSIZE });
    const tid = await fetchUpTo(client, place, LAST - 1);
    await Deno.truncate(place.path, left);
    await client.ask(ack(LAST - 1), tid, 'ERROR 0 "The file changed while it was sent"');
    const { error } = await place.transfer(3);
    assertStringIncludes(error?.message ?? "", `"${NAME}" became shorter while it was sent`);
    // The process lives, and serves what is there now.
    const now = await client.fetch(rrq(NAME, { blksize: BLKSIZE }), place.port);
    assertEquals(now.length, left);
  }
});

test("that has become much shorter fails before its end", async () => {
  await using place = new Place(pattern(BYTES));
  await using client = new RawClient();
  await place.fetchAgain(client, { blksize: BLKSIZE });
  const tid = await fetchUpTo(client, place, 5);
  await Deno.truncate(place.path, 10);
  const { packet } = await client.insist(ack(5), tid);
  assertEquals(packet && describePacket(packet), 'ERROR 0 "The file changed while it was sent"');
  assertStringIncludes((await place.transfer(3)).error?.message ?? "", "became shorter");
});

test("that has become shorter sends nothing again", async () => {
  await using place = new Place(pattern(BYTES));
  await using client = new RawClient();
  await place.fetchAgain(client, { blksize: BLKSIZE });
  await fetchUpTo(client, place, 5);
  await Deno.truncate(place.path, 5 * BLKSIZE - 1);
  // The server repeats block 5 for want of an ACK, and finds that it is no longer there.
  await client.expect('ERROR 0 "The file changed while it was sent"');
  assertStringIncludes((await place.transfer(3)).error?.message ?? "", "became shorter");
});

test("is another one when it was replaced or has grown", async () => {
  await using place = new Place(pattern(BYTES));
  await using client = new RawClient();
  await place.fetchAgain(client, { blksize: BLKSIZE });
  await Deno.writeFile(place.path, pattern(BYTES), { append: true });
  const grown = await place.fetchAgain(client, { blksize: BLKSIZE });
  assertEquals([grown.length, grown.slice(BYTES)], [2 * BYTES, pattern(BYTES)]);
  const other = place.folder.write("new", new Uint8Array(2 * BYTES));
  await Deno.rename(other, place.path);
  const replaced = await place.fetchAgain(client, { blksize: BLKSIZE });
  assert(replaced.length === 2 * BYTES && replaced.every((byte) => byte === 0), "old bytes");
});

Deno.test({
  name: "FileCalls.map() has no address where the system refuses",
  ignore: LACKS_NATIVE,
  fn: () => {
    const libc = takenLibc();
    const system = new System(libc);
    const calls = new FileCalls({ libc, errno: () => system.errno() });
    assertEquals(calls.map(-1, PAGE), undefined);
  },
});
