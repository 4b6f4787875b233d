/**
 * That the assertions in offline/ pass and fail as those of `@std/assert` do: a test must not
 * depend on which of them runs it. As in offline_test.ts, the real ones are put to the same
 * cases where they can be loaded.
 */

import { assert, assertEquals } from "@std/assert";
import * as mappedAssert from "@std/assert";
import * as adapterAssert from "../../offline/std_assert.ts";
import { type AnyFunction, implementations } from "../helpers/process/implementations.ts";

class Point {
  #x: number;
  constructor(x: number) {
    this.#x = x;
  }
  get x(): number {
    return this.#x;
  }
}

const EQUAL: [unknown, unknown][] = [
  [NaN, NaN],
  [0, -0],
  [{ a: 1, b: [2] }, { b: [2], a: 1 }],
  [{ __proto__: null, a: 1 }, { a: 1 }],
  [Uint8Array.of(1, 2), Uint8Array.of(0, 1, 2).subarray(1)],
  [new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])],
  [new Map([["a", [1]]]), new Map([["a", [1]]])],
  [new Point(1), new Point(1)],
  [new Date(5), new Date(5)],
  [new URL("tftp://h/f"), new URL("tftp://h/f")],
];
const UNEQUAL: [unknown, unknown][] = [
  [1, "1"],
  [null, undefined],
  [{ a: undefined }, {}],
  [[1, undefined], [1]],
  [[], {}],
  [Uint8Array.of(1), [1]],
  [Uint8Array.of(1), Uint16Array.of(1)],
  [Uint8Array.of(1), Uint8Array.of(1, 0)],
  [new Point(1), new Point(2)],
  [new Point(1), { x: 1 }],
  [new Map([["a", [1]]]), new Map([["a", [2]]])],
  [new Error("a"), new Error("b")],
  [() => 1, () => 1],
];

Deno.test("assertEquals() finds the same values equal", () => {
  for (const [who, functions] of implementations(adapterAssert, mappedAssert)) {
    for (const [same, pairs] of [[true, EQUAL], [false, UNEQUAL]] as const) {
      for (const pair of pairs) {
        assert(passes(functions["assertEquals"]!, pair) === same, `${who}, ${Deno.inspect(pair)}`);
        assert(
          passes(functions["assertNotEquals"]!, pair) !== same,
          `${who}, ${Deno.inspect(pair)}`,
        );
      }
    }
  }
});

function passes(assertion: AnyFunction, args: readonly unknown[]): boolean {
  try {
    assertion(...args);
    return true;
  } catch (error) {
    assert(error instanceof Error && error.name === "AssertionError", String(error));
    return false;
  }
}

const throwRange = () => {
  throw new RangeError("too big");
};
const throwText = () => {
  // deno-lint-ignore no-throw-literal
  throw "text";
};

/** Arguments with which an assertion passes, and with which it fails. */
const ASSERTIONS: [name: string, passing: unknown[][], failing: unknown[][]][] = [
  ["assert", [[true], ["x"]], [[false], [""], [0, "why"]]],
  ["fail", [], [[], ["why"]]],
  ["assertStrictEquals", [[1, 1], [NaN, NaN]], [[0, -0], [{}, {}], ["a", "b", "why"]]],
  ["assertExists", [[0], [""]], [[null], [undefined]]],
  ["assertInstanceOf", [[new RangeError(), Error]], [[{}, Error], [null, Error], [Error, Error]]],
  ["assertStringIncludes", [["abc", "b"], ["abc", ""]], [["abc", "d"]]],
  ["assertMatch", [["abc", /b/]], [["abc", /^b/]]],
  ["assertGreaterOrEqual", [[2, 1], [1, 1], [2n, 1n]], [[0, 1], [NaN, 1]]],
  ["assertLess", [[0, 1]], [[1, 1], [2, 1]]],
  ["assertThrows", [
    [throwRange],
    [throwRange, "why"],
    [throwRange, RangeError],
    [throwRange, Error, "too"],
    [throwText],
  ], [
    [() => {}],
    [() => {}, "why"],
    [throwRange, TypeError],
    [throwRange, RangeError, "small"],
    [throwText, Error],
  ]],
];

Deno.test("assertions pass and fail alike", () => {
  for (const [who, functions] of implementations(adapterAssert, mappedAssert)) {
    for (const [name, passing, failing] of ASSERTIONS) {
      for (const args of passing) {
        assert(passes(functions[name]!, args), `${who}, ${name}(${args})`);
      }
      for (const args of failing) {
        assert(!passes(functions[name]!, args), `${who}, ${name}(${args})`);
      }
    }
    assertEquals((functions["assertThrows"]!(throwRange) as Error).message, "too big");
  }
});

Deno.test("assertRejects() tells a rejection from a throw alike", async () => {
  const reject = () => Promise.reject(new RangeError("too big"));
  const cases: [passes: boolean, args: unknown[]][] = [
    [true, [reject]],
    [true, [reject, RangeError, "too"]],
    [false, [reject, TypeError]],
    [false, [reject, RangeError, "small"]],
    [false, [() => Promise.resolve()]],
    [false, [() => undefined]],
    [false, [throwRange, RangeError]],
  ];
  for (const [who, functions] of implementations(adapterAssert, mappedAssert)) {
    for (const [expected, args] of cases) {
      const settled = await Promise.allSettled([functions["assertRejects"]!(...args)]);
      assertEquals(settled[0].status === "fulfilled", expected, `${who}, ${args}`);
    }
    assertEquals((await functions["assertRejects"]!(reject) as Error).message, "too big");
  }
});
