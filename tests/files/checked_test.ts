import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FirstBlockWatch, PROBE_MS, sizesFrom } from "../../src/client/blksize_probe.ts";
import { HashingSink, SizedSink, SniffedSink } from "../../src/files/checked_sink.ts";
import { HashingSource, ReplaySource, SniffedSource } from "../../src/files/checked_source.ts";
import { ChecksumError, LocalFileError, SizeError } from "../../src/engine/errors.ts";
import { MemorySink, MemorySource, settle } from "../helpers/sim/memory_network.ts";

const ABC = new TextEncoder().encode("abc");
const ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("SizedSink commits what has the announced size, or none", () => {
  for (const announced of [3, undefined, 0]) {
    const inner = new MemorySink();
    const sink = new SizedSink(inner, { announced: () => announced });
    sink.write(ABC);
    sink.commit();
    assertEquals(inner.calls, ["write 3", "commit"]);
  }
});

Deno.test("SizedSink refuses less than was announced, and more at once", () => {
  const inner = new MemorySink();
  const short = new SizedSink(inner, { announced: () => 4 });
  short.write(ABC);
  const message = "Server announced 4 bytes, but sent 3";
  assertThrows(() => short.commit(), SizeError, message);
  const long = new SizedSink(inner, { announced: () => 2 });
  assertThrows(() => long.write(ABC), SizeError, "Server announced 2 bytes, but sends more");
  long.abandon();
  assertEquals(inner.calls, ["write 3", "abandon"]);
});

Deno.test("SizedSink takes no more than it may, announced or not", () => {
  const inner = new MemorySink();
  for (const announced of [undefined, 1000]) {
    const sink = new SizedSink(inner, { announced: () => announced, maxBytes: 2 });
    assertThrows(() => sink.write(ABC), LocalFileError, "more than the 2 bytes that are allowed");
  }
  assertEquals(inner.calls, []);
});

Deno.test("SizedSink ends an endless file without an announced size", () => {
  const chunk = { length: 2 ** 30 } as Uint8Array;
  const nowhere = { write() {}, commit() {}, abandon() {} };
  for (const announced of [undefined, 0]) {
    const sink = new SizedSink(nowhere, { announced: () => announced });
    for (let gib = 0; gib < 4; gib++) sink.write(chunk);
    const error = assertThrows(() => sink.write(chunk), LocalFileError, "announced no size");
    assertEquals(error.code, 3);
  }
  const allowed = new SizedSink(nowhere, {
    announced: () => undefined,
    maxBytes: 6 * 2 ** 30,
  });
  const honest = new SizedSink(nowhere, { announced: () => 5 * 2 ** 30 });
  for (let gib = 0; gib < 5; gib++) {
    allowed.write(chunk);
    honest.write(chunk);
  }
  honest.commit();
});

Deno.test("HashingSink knows the SHA-256, and commits only what is expected", () => {
  const right = new HashingSink(new MemorySink(), ABC_SHA256);
  right.write(ABC.subarray(0, 1));
  right.write(ABC.subarray(1));
  right.commit();
  assertEquals(right.hex, ABC_SHA256);
  const inner = new MemorySink();
  const wrong = new HashingSink(inner, ABC_SHA256);
  wrong.write(ABC.subarray(1));
  assertThrows(() => wrong.commit(), ChecksumError, `${ABC_SHA256} was expected`);
  assertEquals(inner.committed, false);
});

Deno.test("SniffedSink shows the first bytes once", () => {
  const seen: number[] = [];
  const sink = new SniffedSink(new MemorySink(), (bytes) => seen.push(bytes.length));
  sink.write(ABC);
  sink.write(ABC);
  assertEquals(seen, [3]);
});

Deno.test("HashingSource knows the SHA-256 of what was read", async () => {
  const source = new HashingSource(new MemorySource(ABC));
  const buffer = new Uint8Array(2);
  assertEquals([await source.read(buffer), await source.read(buffer)], [2, 1]);
  assertEquals([source.hex, source.size], [ABC_SHA256, 3]);
});

Deno.test("HashingSource gives not the last bytes of another file than is expected", async () => {
  for (const size of [1, 2, 3, 4]) {
    const read = async (sha256: string) => {
      const source = new HashingSource(new MemorySource(ABC), { sha256, path: "file" });
      const buffer = new Uint8Array(size);
      let bytes = 0;
      for (let length = size; length === size; bytes += length) {
        length = await source.read(buffer);
      }
      return bytes;
    };
    assertEquals(await read(ABC_SHA256), 3);
    const other = ABC_SHA256.replace("b", "c");
    await assertRejects(() => read(other), ChecksumError, 'The SHA-256 of "file" is');
  }
});

Deno.test("SniffedSource shows the first bytes once", async () => {
  const seen: string[] = [];
  const source = new SniffedSource(new MemorySource(ABC), (bytes) => {
    seen.push(new TextDecoder().decode(bytes));
  });
  const buffer = new Uint8Array(2);
  assertEquals([await source.read(buffer), await source.read(buffer)], [2, 1]);
  assertEquals([seen, source.size], [["ab"], 3]);
});

Deno.test("ReplaySource gives again what was read, in pieces of any size", async () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  const source = new ReplaySource(new MemorySource(bytes));
  for (const size of [30, 7, 64, 200]) {
    const read: number[] = [];
    for (let length = size; length === size;) {
      const buffer = new Uint8Array(size);
      length = await source.read(buffer);
      read.push(...buffer.subarray(0, length));
    }
    assertEquals(read, [...bytes], `pieces of ${size}`);
    assertEquals(source.rewind(), true);
  }
});

/** A source whose reads the test settles. */
function heldSource() {
  const reads: { into: Uint8Array; result: PromiseWithResolvers<number> }[] = [];
  const read = (into: Uint8Array) => {
    const result = Promise.withResolvers<number>();
    reads.push({ into, result });
    return result.promise;
  };
  return { reads, source: new ReplaySource({ size: undefined, read, close() {} }) };
}

Deno.test("ReplaySource loses nothing of a read that goes on while it begins again", async () => {
  const { reads, source } = heldSource();
  const first = source.read(new Uint8Array(2));
  await settle();
  reads[0]!.into.set([1, 2]);
  reads[0]!.result.resolve(2);
  await first;
  const givenUp = source.read(new Uint8Array(2));
  await settle();
  assertEquals(source.rewind(), true);
  const buffer = new Uint8Array(4);
  const second = source.read(buffer);
  await settle();
  assertEquals(reads.length, 2);
  reads[1]!.into.set([3, 4]);
  reads[1]!.result.resolve(2);
  assertEquals([await givenUp, await second, [...buffer]], [2, 4, [1, 2, 3, 4]]);
});

Deno.test("ReplaySource that failed in a read goes on failing", async () => {
  const { reads, source } = heldSource();
  const givenUp = assertRejects(() => source.read(new Uint8Array(2)), Error, "gone");
  await settle();
  source.rewind();
  reads[0]!.result.reject(new Error("gone"));
  await givenUp;
  await assertRejects(() => source.read(new Uint8Array(2)), Error, "gone");
  assertEquals(reads.length, 1);
});

Deno.test("ReplaySource does not begin again after megabytes", async () => {
  const source = new ReplaySource(new MemorySource(new Uint8Array(5 * 1024 * 1024)));
  await source.read(new Uint8Array(5 * 1024 * 1024));
  assertEquals(source.rewind(), false);
  const broken = new MemorySource(ABC);
  broken.readFault = new Error("gone");
  await assertRejects(() => new ReplaySource(broken).read(new Uint8Array(1)), Error, "gone");
});

Deno.test("FirstBlockWatch tells once when an answered transfer moves nothing", () => {
  const transfer = { answered: false, bytes: 0, done: false, deadlineMs: 0 };
  let lost = 0;
  const watch = new FirstBlockWatch(transfer, () => lost++);
  watch.tick(0);
  watch.tick(10 * PROBE_MS);
  transfer.answered = true;
  watch.tick(10 * PROBE_MS);
  watch.tick(11 * PROBE_MS - 1);
  assertEquals(lost, 0);
  watch.tick(11 * PROBE_MS);
  watch.tick(20 * PROBE_MS);
  assertEquals(lost, 1);
});

Deno.test("FirstBlockWatch is content with a first block, or the end", () => {
  for (const good of [{ bytes: 1 }, { done: true }]) {
    const transfer = { answered: true, bytes: 0, done: false, deadlineMs: 0, ...good };
    let lost = 0;
    const watch = new FirstBlockWatch(transfer, () => lost++);
    for (let turn = 0; turn < 5; turn++) watch.tick(turn * PROBE_MS);
    assertEquals(lost, 0);
  }
});

Deno.test("FirstBlockWatch gives a source that is slow its time", () => {
  const transfer = { answered: true, bytes: 0, done: false, deadlineMs: 0 };
  let lost = 0;
  const watch = new FirstBlockWatch(transfer, () => lost++);
  watch.tick(0);
  transfer.deadlineMs = Infinity;
  for (let turn = 1; turn < 5; turn++) watch.tick(turn * PROBE_MS);
  transfer.deadlineMs = 0;
  watch.tick(5 * PROBE_MS);
  assertEquals(lost, 0);
  watch.tick(6 * PROBE_MS);
  assertEquals(lost, 1);
});

Deno.test("sizesFrom begins with what got through before", () => {
  assertEquals(sizesFrom().at(0), 65464);
  assertEquals(sizesFrom().at(-1), 512);
  assertEquals(sizesFrom(1428).at(0), 1428);
});
