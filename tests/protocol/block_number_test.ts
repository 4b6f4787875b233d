import { assert, assertEquals } from "@std/assert";
import { nearestIndex, type Rollover, toWire } from "../../src/protocol/block_number.ts";

const ROLLOVERS: readonly Rollover[] = [0, 1];

/** Indexes around the places where counting could go wrong. */
const REFERENCES = [1, 2, 100, 32766, 32767, 32768, 65534, 65535, 65536, 65537, 131070, 131072];

Deno.test("toWire() counts to 65535 alike and then goes on with the rollover", () => {
  assertEquals([0, 1, 65534, 65535].map((index) => toWire(index, 0)), [0, 1, 65534, 65535]);
  assertEquals([0, 1, 65534, 65535].map((index) => toWire(index, 1)), [0, 1, 65534, 65535]);
  assertEquals([65536, 65537, 131071, 131072].map((index) => toWire(index, 0)), [0, 1, 65535, 0]);
  assertEquals([65536, 65537, 131070, 131071].map((index) => toWire(index, 1)), [1, 2, 65535, 1]);
});

Deno.test("toWire() gives each number its follower, three times round", () => {
  for (const rollover of ROLLOVERS) {
    for (let index = 1; index < 200_000; index++) {
      const [before, number] = [toWire(index - 1, rollover), toWire(index, rollover)];
      if (number !== (before === 65535 ? rollover : before + 1)) {
        throw new Error(`${number} follows ${before} with rollover ${rollover}`);
      }
    }
  }
});

Deno.test("nearestIndex() finds every index again from any reference nearby", () => {
  for (const rollover of ROLLOVERS) {
    for (let index = 1; index < 200_000; index++) {
      const number = toWire(index, rollover);
      for (const distance of [-32_767, -1, 0, 1, 32_767]) {
        const reference = index + distance;
        if (reference < 1 || nearestIndex(number, reference, rollover) === index) continue;
        throw new Error(`${number} near ${reference} is not ${index}, rollover ${rollover}`);
      }
    }
  }
});

Deno.test("nearestIndex() gives all 65536 numbers an index that has them", () => {
  for (const rollover of ROLLOVERS) {
    for (const reference of REFERENCES) {
      for (let number = 0; number < 65536; number++) {
        const index = nearestIndex(number, reference, rollover);
        if (index < 0) continue;
        const isRight = toWire(index, rollover) === number && Math.abs(index - reference) <= 32768;
        assert(isRight, `${number} near ${reference} is not ${index}, rollover ${rollover}`);
      }
    }
  }
});

Deno.test("nearestIndex() is below zero for what could only lie before the first block", () => {
  for (const rollover of ROLLOVERS) {
    for (const reference of [0, 1]) {
      for (const number of [40_000, 65_534, 65_535]) {
        const index = nearestIndex(number, reference, rollover);
        assert(index < 0, `${number} near ${reference} is ${index}, rollover ${rollover}`);
      }
    }
  }
});

Deno.test("nearestIndex() takes 0 as the opening only, where counting goes on with 1", () => {
  assertEquals(nearestIndex(0, 1, 1), 0);
  assertEquals(nearestIndex(0, 0, 1), 0);
  assert(nearestIndex(0, 65_536, 1) < 0);
});
