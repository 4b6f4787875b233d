import { assertEquals } from "@std/assert";
import { type SlowWriter, WriteQueue } from "../../src/files/write_queue.ts";

/** Takes what is written when a test lets it, and remembers each write. */
class Gate implements SlowWriter {
  readonly writes: string[] = [];
  error: Error | undefined;
  #opened: Promise<void> = Promise.resolve();
  #open = () => {};

  shut(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#opened = promise;
    this.#open = resolve;
  }

  open(): void {
    this.#open();
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#opened;
    if (this.error) throw this.error;
    this.writes.push(new TextDecoder().decode(bytes));
    return bytes.length;
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);
const lostNote = (count: number) => bytes(`(${count} lost)`);
/** Longer than any test takes. */
const LONG_MS = 60_000;

Deno.test("WriteQueue writes pieces that wait together at once", async () => {
  const gate = new Gate();
  const queue = new WriteQueue(gate, { maxBytes: 100 });
  for (const piece of ["a", "b", "c"]) queue.add(bytes(piece));
  assertEquals(await queue.close(LONG_MS), 0);
  assertEquals(gate.writes, ["abc"]);
});

Deno.test("WriteQueue never holds more than its bound, and tells later what was lost", async () => {
  const gate = new Gate();
  gate.shut();
  const queue = new WriteQueue(gate, { maxBytes: 10, lostNote });
  for (let i = 0; i < 20; i++) queue.add(bytes("four"));
  assertEquals(queue.lost, 18);
  gate.open();
  assertEquals(await queue.close(LONG_MS), 0);
  assertEquals(gate.writes, ["fourfour", "(18 lost)"]);
  queue.add(bytes("late"));
  assertEquals(queue.lost, 1);
});

Deno.test("WriteQueue gives up a writer that takes nothing, and counts what is left", async () => {
  const gate = new Gate();
  gate.shut();
  const queue = new WriteQueue(gate, { maxBytes: 10, lostNote });
  for (let i = 0; i < 5; i++) queue.add(bytes("four"));
  assertEquals(await queue.close(1), 5);
  gate.open();
});

Deno.test("WriteQueue tells of the first error in a row, and of no other", async () => {
  const gate = new Gate();
  gate.error = new Error("full");
  const told: unknown[] = [];
  const queue = new WriteQueue(gate, { maxBytes: 100, failed: (error) => told.push(error) });
  queue.add(bytes("a"));
  await queue.close(1);
  assertEquals([told, gate.writes], [[gate.error], []]);
});

Deno.test("WriteQueue tries again after an error, with nothing lost", async () => {
  const gate = new Gate();
  gate.error = new Error("full");
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = new WriteQueue(gate, { maxBytes: 100, failed: () => resolve() });
  queue.add(bytes("a"));
  await promise;
  queue.add(bytes("b"));
  gate.error = undefined;
  assertEquals([await queue.close(LONG_MS), gate.writes], [0, ["a", "b"]]);
});

Deno.test("WriteQueue that an error ends writes nothing more", async () => {
  const gate = new Gate();
  gate.error = new Error("full");
  const { promise, resolve } = Promise.withResolvers<void>();
  const failed = () => resolve();
  const queue = new WriteQueue(gate, { maxBytes: 100, endsByError: true, failed });
  queue.add(bytes("a"));
  await promise;
  gate.error = undefined;
  queue.add(bytes("b"));
  assertEquals([await queue.close(LONG_MS), gate.writes], [2, []]);
});
