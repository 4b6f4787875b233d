import { assertEquals } from "@std/assert";
import { Pace } from "../../src/protocol/pace.ts";

/** The bursts after each of these events. */
function bursts(pace: Pace, events: readonly ("clean" | number)[]): number[] {
  return events.map((event) => {
    if (event === "clean") pace.clean();
    else pace.lost(event);
    return pace.burst;
  });
}

Deno.test("Pace lets a window leave in one go", () => {
  assertEquals([1, 4, 64].map((windowsize) => new Pace(windowsize).burst), [1, 4, 64]);
});

Deno.test("Pace takes single losses for bad luck", () => {
  const events = [1, 1, 1, "clean", 1, 1, 1, "clean", 1] as const;
  assertEquals(bursts(new Pace(64), events), events.map(() => 64));
});

Deno.test("Pace halves its bursts when a window loses much, down to four blocks", () => {
  assertEquals(bursts(new Pace(64), [1, 1, 1, 1]), [64, 64, 64, 32]);
  assertEquals(bursts(new Pace(64), [1, 1, 1, 1, 1, 1, 1, 1]).at(-1), 16);
});

Deno.test("Pace halves its bursts when one block is lost again and again", () => {
  assertEquals(bursts(new Pace(64), [2, 3, 4, 5, 6]), [32, 16, 8, 4, 4]);
  assertEquals(bursts(new Pace(3), [2, 3]), [3, 3]);
  assertEquals(bursts(new Pace(1), [2, 3]), [1, 1]);
});

Deno.test("Pace recovers in clean windows", () => {
  const events = [2, 3, 4, "clean", "clean", "clean", "clean"] as const;
  assertEquals(bursts(new Pace(50), events), [25, 13, 7, 14, 28, 50, 50]);
});

Deno.test("Pace spreads the bursts of a window over a round trip at most", () => {
  const pace = new Pace(64);
  bursts(pace, [2, 3]);
  assertEquals(pace.burst, 16);
  assertEquals([0, 10, 20, 100].map((ms) => pace.pauseMs(ms)), [5, 5, 5, 25]);
});
