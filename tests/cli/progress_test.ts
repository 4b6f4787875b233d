import { assert, assertEquals, assertMatch } from "@std/assert";
import { Meter, type Moving, progressLine, progressLines } from "../../src/cli/text/progress.ts";

const HALF: Moving = { name: "kernel", bytes: 5_000_000, size: 10_000_000, rate: 2_500_000 };

/** A line of its own, its name as wide as it is. */
function line(moving: Moving, width: number, turn = 0): string {
  return progressLine(moving, { width, turn, nameColumns: moving.name.length });
}

Deno.test("progressLine shows name, percent, bar, bytes, rate and time left", () => {
  const shown = line(HALF, 79);
  assertMatch(shown, /^kernel +50% \[#+-+\] {2}5\.00 MB {2}2\.50 MB\/s {2}0:02 left$/);
  const [, done = "", rest = ""] = /\[(#+)(-+)\]/.exec(shown) ?? [];
  assert(Math.abs(done.length - rest.length) <= 1, shown);
});

Deno.test("progressLine spins where the size is unknown, or nothing is to come", () => {
  const unknown = { ...HALF, size: undefined };
  const spun = [0, 1, 2, 3, 4].map((turn) => line(unknown, 79, turn).trim().split(/ +/));
  assertEquals(spun.map((words) => words[1]), ["|", "/", "-", "\\", "|"]);
  assertEquals(spun[0]?.slice(2).join(" "), "5.00 MB 2.50 MB/s");
  assert(!line({ ...HALF, size: 0 }, 79).includes("%"));
});

Deno.test("progressLine fits every width, and gives up the bar first", () => {
  const long = { ...HALF, name: "firmware-of-the-longest-name-there-is.bin" };
  for (const moving of [HALF, long, { ...long, size: undefined }, { ...HALF, rate: undefined }]) {
    for (let width = 1; width <= 200; width++) {
      const shown = line(moving, width, width);
      assert(shown.length <= width, `${width}: ${shown}`);
    }
  }
  assertEquals(line(HALF, 45), "kernel  50%  5.00 MB  2.50 MB/s  0:02 left");
  assertEquals(line(HALF, 32), "kernel  50%  5.00 MB  2.50 MB/s");
  assertEquals(line(HALF, 20), "kernel  50%  5.00 MB");
  assertMatch(line(long, 79), /^~[a-z-]*there-is\.bin {2}50% \[/);
  assertMatch(line({ ...HALF, name: "\u56fa\u4ef6".repeat(20) }, 30), /^~(\u56fa|\u4ef6){4} /);
});

Deno.test("progressLine shows an hour, a server that sends too much, and a hostile name", () => {
  const slow = { ...HALF, rate: 1000 };
  assertMatch(line(slow, 100), / 1:23:20 left$/);
  const excess = line({ ...HALF, bytes: 11_000_000 }, 79);
  assertMatch(excess, /100% \[#+\] /);
  assert(!line({ ...HALF, name: "a\x1b[2J\n" }, 79).includes("\x1b"));
});

Deno.test("progressLines shows as many transfers as there are rows, and counts the rest", () => {
  const names = ["a", "b", "c", "d"].map((name) => ({ ...HALF, name }));
  const lines = progressLines(names, { width: 60, rows: 3, turn: 0, waiting: 5 });
  assertEquals(lines.length, 3);
  assertEquals(lines[2], "(2 more at work, 5 waiting)");
  assertEquals(progressLines(names, { width: 60, rows: 24, turn: 0, waiting: 0 }).length, 4);
});

Deno.test("Meter tells the rate of the last seconds only", () => {
  const meter = new Meter();
  assertEquals(meter.rate, undefined);
  meter.note(0, 0);
  assertEquals(meter.rate, undefined);
  meter.note(1000, 100);
  assertEquals(meter.rate, 10_000);
  for (let ms = 200; ms <= 10_000; ms += 100) meter.note(1000, ms);
  assertEquals(meter.rate, 0);
});

Deno.test("progressLines of eight files take far less than a hundredth of the time", () => {
  const names = Array.from({ length: 8 }, (_, at) => ({ ...HALF, name: `file-${at}.bin` }));
  const startedMs = performance.now();
  for (let turn = 0; turn < 200; turn++) {
    progressLines(names, { width: 79, rows: 24, turn, waiting: 3 });
  }
  // Five pictures a second: a hundredth of the time is 2 ms for each.
  assert((performance.now() - startedMs) / 200 < 2);
});
