/** Which files are mapped, and for how long. */

import { assert, assertEquals } from "@std/assert";
import { FileCalls } from "../../src/files/native/file_calls.ts";
import {
  KEPT_MS,
  MappedFiles,
  MAX_MAPPED_BYTES,
  MIN_MAPPED_BYTES,
} from "../../src/files/native/mapped_files.ts";
import { ManualClock } from "../helpers/sim/memory_network.ts";

const PAGE = 4096;

/** A system that maps everything it is asked to, each at an address of its own. */
class Machine {
  readonly clock = new ManualClock();
  readonly files: MappedFiles;
  /** Addresses that are mapped now. */
  readonly mapped = new Set<number>();
  refuses = false;
  #next = PAGE;

  constructor() {
    const never = () => {
      throw new Error("not for a mapping");
    };
    const calls = new FileCalls({
      libc: {
        ...{ openat2: never, statx: never, pread: never, close: never },
        mmap: () => {
          if (this.refuses) return -1;
          this.mapped.add(this.#next += PAGE);
          return this.#next;
        },
        munmap: (address) => this.mapped.delete(Number(address)) ? 0 : -1,
      },
      errno: () => 0,
    });
    this.files = new MappedFiles(calls, this.clock);
  }

  take(name: number, length = MIN_MAPPED_BYTES) {
    return this.files.take(3, `${name} ${length}`, length);
  }

  /** Takes a file that was requested before. */
  retake(name: number, length?: number) {
    return this.take(name, length) ?? this.take(name, length);
  }

  release(file: ReturnType<Machine["take"]>): void {
    assert(file !== undefined, "it is not mapped");
    this.files.release(file);
  }
}

Deno.test("MappedFiles maps a file when it is requested again, and once for all", () => {
  const machine = new Machine();
  assertEquals(machine.take(1), undefined);
  const first = machine.take(1);
  assert(first !== undefined, "it was requested before");
  assertEquals(machine.take(1), first);
  assertEquals([machine.take(2), machine.mapped.size], [undefined, 1]);
});

Deno.test("MappedFiles forgets requests when many others have come", () => {
  const machine = new Machine();
  for (let name = 1; name <= 65; name++) machine.take(name);
  assertEquals(machine.take(1), undefined);
  assert(machine.take(65) !== undefined, "it came last");
});

Deno.test("MappedFiles leaves small files and what is too much to be read", () => {
  const machine = new Machine();
  assertEquals(machine.retake(1, MIN_MAPPED_BYTES - 1), undefined);
  assertEquals(machine.retake(2, MAX_MAPPED_BYTES + 1), undefined);
  assert(machine.retake(3, MAX_MAPPED_BYTES) !== undefined, "it fits exactly");
  assertEquals(machine.retake(4), undefined);
  assertEquals(machine.mapped.size, 1);
});

Deno.test("MappedFiles has no file that the system does not map", () => {
  const machine = new Machine();
  machine.refuses = true;
  assertEquals([machine.take(1), machine.take(1)], [undefined, undefined]);
  machine.refuses = false;
  assert(machine.take(1) !== undefined, "the refusal took no room");
});

Deno.test("MappedFiles keeps a file for a while after its last transfer", () => {
  const machine = new Machine();
  const [file] = [machine.retake(1), machine.retake(1)];
  machine.release(file);
  machine.clock.advance(2 * KEPT_MS);
  assertEquals(machine.mapped.size, 1, "a transfer still sends it");
  machine.release(file);
  machine.clock.advance(KEPT_MS - 1);
  assertEquals(machine.take(1)?.address, file?.address);
  machine.release(file);
  machine.clock.advance(KEPT_MS - 1);
  assertEquals(machine.mapped.size, 1, "it was used again");
  machine.clock.advance(1);
  assertEquals(machine.mapped.size, 0);
});

Deno.test("MappedFiles unmaps each file when its own time is over", () => {
  const machine = new Machine();
  const files = [machine.retake(1), machine.retake(2)];
  machine.release(files[0]);
  machine.clock.advance(KEPT_MS / 2);
  machine.release(files[1]);
  machine.clock.advance(KEPT_MS / 2);
  assertEquals([...machine.mapped], [files[1]!.address]);
  machine.clock.advance(KEPT_MS / 2);
  assertEquals(machine.mapped.size, 0);
});

Deno.test("MappedFiles has room again when files are unmapped", () => {
  const machine = new Machine();
  machine.release(machine.retake(1, MAX_MAPPED_BYTES));
  assertEquals(machine.retake(2), undefined);
  machine.clock.advance(KEPT_MS);
  assert(machine.take(2) !== undefined, "nothing is mapped any more");
});

Deno.test("MappedFiles.close() unmaps what is unused, and the rest when it is", () => {
  const machine = new Machine();
  const [used, unused] = [machine.retake(1), machine.retake(2)];
  machine.release(unused);
  machine.files.close();
  assertEquals([...machine.mapped], [used!.address]);
  machine.release(used);
  assertEquals(machine.mapped.size, 0);
  assertEquals([machine.retake(3), machine.clock.listeners], [undefined, 0]);
});
