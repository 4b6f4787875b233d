/** What the page computes, which needs no browser. */

import { assertEquals } from "@std/assert";
import { joined, lossOf, Model, recentLoss, seriesOf } from "../../src/watch/page/model.js";
import { humanSize } from "../../src/cli/text/format.ts";
import { endText, sizeText, timeText, visibleText } from "../../src/watch/page/text.js";

const START = Date.UTC(2026, 7, 3, 10);

function historyOf(untilMs: number, figures: number[]) {
  const until = new Date(untilMs).toISOString();
  return { stepMs: 5000, until, bytes: figures, blocks: figures, retransmits: figures };
}

const ROW = { id: 1, client: "10.0.0.7:2070", file: "kernel", op: "get", bytes: 0 };
const STATUS = {
  time: new Date(START).toISOString(),
  now: { transfers: 1 },
  totals: {},
  running: [ROW],
  ended: [{ seq: 7, client: "10.0.0.8:1", result: "done", bytes: 5 }],
  clients: [
    { client: "10.0.0.8", done: 1, failed: 0, refused: 0, bytes: 5, retransmits: 0 },
    { client: "10.0.0.9", done: 1, failed: 0, refused: 0, bytes: 5, retransmits: 0 },
  ],
  history: historyOf(START, [1, 2, 3, 4]),
};

Deno.test("the page's model follows a transfer to its end, also if that comes twice", () => {
  const model = new Model();
  assertEquals(model.take("begun", { transfers: [ROW] }), false);
  model.take("status", STATUS);
  model.take("begun", { transfers: [{ ...ROW, id: 2 }, ROW] });
  const history = historyOf(START, [3, 4]);
  model.take("progress", { transfers: [{ id: 2, bytes: 9 }], now: { transfers: 1 }, history });
  assertEquals([...model.running.values()].map(({ id, bytes }) => [id, bytes]), [[2, 9]]);
  const end = { seq: 8, id: 2, client: "10.0.0.9:7", result: "failed", bytes: 9 };
  model.take("ended", { transfers: [end, STATUS.ended[0]], leftOut: 0 });
  model.take("ended", { transfers: [end], leftOut: 0 });
  assertEquals(model.running.size, 0);
  assertEquals(model.ended.map(({ seq }: { seq: number }) => seq), [8, 7]);
  assertEquals(
    [...model.clients.values()].map(({ client, done, failed, bytes }) => [
      ...[client, done, failed, bytes],
    ]),
    [["10.0.0.8", 1, 0, 5], ["10.0.0.9", 1, 1, 14]],
  );
});

Deno.test("the page puts new steps behind old ones, however long it has missed them", () => {
  const whole = historyOf(START, [1, 2, 3, 4]);
  assertEquals(joined(whole, historyOf(START, [3, 5])).bytes, [1, 2, 3, 5]);
  assertEquals(joined(whole, historyOf(START + 5000, [6, 7])).bytes, [2, 3, 6, 7]);
  assertEquals(joined(whole, historyOf(START + 15_000, [6, 7])).bytes, [4, 0, 6, 7]);
  assertEquals(joined(whole, historyOf(START + 90_000, [6, 7])).bytes, [0, 0, 6, 7]);
});

Deno.test("the page's chart takes a step that still runs by its time", () => {
  const history = historyOf(START + 5000, [5000, 1000]);
  const startedAt = new Date(START - 60_000).toISOString();
  const at = (ms: number, began = startedAt) =>
    seriesOf({ time: new Date(START + ms).toISOString(), startedAt: began, history });
  assertEquals(at(2000, new Date(START).toISOString())[1], [1000, 500]);
  assertEquals(at(2000, new Date(START + 1000).toISOString())[1], [null, 500]);
  assertEquals(at(2000), [[START / 1000 - 5, START / 1000], [1000, 500], [0.5, 0.5]]);
  assertEquals(at(500)[1], [1000, null]);
  assertEquals(recentLoss(history), 0.5);
  const long = historyOf(START + 5000, Array(180).fill(9));
  const [times, , losses] = seriesOf({ time: STATUS.time, startedAt, history: long });
  assertEquals([times!.length, times!.at(-1)], [24, START / 1000]);
  assertEquals(losses!.every((loss: unknown) => loss === null), true, "too few to tell a share");
  assertEquals(lossOf(0, 0), null);
});

Deno.test("the page writes out what can't be seen or turns the reading direction", () => {
  assertEquals(visibleText("a<b>\n\x1b[2J\u202egpj\udc85é"), "a<b>\\x0a\\x1b[2J\\u{202e}gpj\\x85é");
});

Deno.test("the page says in words how a transfer ended", () => {
  const done = { result: "done", bytes: 1_500_000, durationMs: 500, retransmits: 0, note: "" };
  assertEquals(endText(done), "1.50 MB in 0.50 s, 3.00 MB/s");
  assertEquals(
    endText({ ...done, result: "failed", note: "no answer for 90 s", retransmits: 1200 }),
    "No answer for 90 s, after 1.50 MB in 0.50 s, 1,200 retransmitted",
  );
  assertEquals(endText({ ...done, result: "refused", note: "File not found" }), "File not found");
  assertEquals([sizeText(999), timeText(4.25), timeText(125_000)], [
    "999 B",
    "4.3 ms",
    "2 min 05 s",
  ]);
});

Deno.test("the page writes sizes as the command line does", () => {
  for (let bytes = 0; bytes < 1e16; bytes = bytes < 2000 ? bytes + 1 : Math.ceil(bytes * 1.07)) {
    assertEquals(sizeText(bytes), humanSize(bytes));
  }
});
