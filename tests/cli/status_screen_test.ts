import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { statusLines } from "../../src/cli/text/status_screen.ts";
import { Activity } from "../../src/watch/activity.ts";
import type { LogRecord } from "../../src/mod.ts";
import { PLAIN_AGREEMENT } from "../../src/protocol/mod.ts";

const HOSTILE = "a\x1b[2J\n\u202e" + "x".repeat(400);

function busy(running: number): Activity {
  const activity = new Activity(
    { version: "0.1.0", io: "deno", workers: 1, listening: ["[::]:69"] },
    0,
  );
  const moved = { bytes: 4000, blocks: 8, retransmits: 2 };
  const none = { bytes: 0, blocks: 0, retransmits: 0 };
  const rows = Array.from({ length: running }, (_, id) => ({
    ...{ id, client: `10.0.0.${id}:1`, op: "get", file: HOSTILE, mode: "octet" } as const,
    ...{ bytes: 500, size: 1000, durationMs: 1000, blksize: 512, windowsize: 1, retransmits: 2 },
  }));
  const sample = { atMs: 0, transfers: running, clients: running, waiting: 0, running: rows };
  activity.sample(
    { ...sample, get: moved, put: none, cacheHits: 0, cacheMisses: 0 },
    0,
    1000,
  );
  const record: LogRecord = {
    kind: "refused",
    ...{ client: "10.0.0.9:7", direction: "get", filename: HOSTILE, mode: "octet", code: 1 },
    ...{ message: "File not found", hint: "pxelinux.0" },
  };
  for (let count = 0; count < 30; count++) activity.record(record, 2000);
  activity.record(
    {
      kind: "transfer",
      result: "done",
      ...{ client: "10.0.0.9:7", direction: "get", filename: "kernel", mode: "octet" },
      ...{ bytes: 1000, elapsedMs: 20, agreement: PLAIN_AGREEMENT, retransmits: 0 },
    },
    3000,
  );
  return activity;
}

Deno.test("statusLines shows figures, progress, and why something was refused", () => {
  const lines = statusLines(busy(1).status(4000), { width: 160, rows: 50 });
  assertEquals(lines.slice(0, 3), [
    "tftp 0.1.0 on [::]:69",
    "1 running for 1 client, 0 B/s, loss 20.0 %",
    "1 done, 30 failed or refused, 4.00 kB in total",
  ]);
  const text = lines.join("\n");
  assertStringIncludes(text, "[######------] 50%");
  assertStringIncludes(text, "00:00:03  10.0.0.9:7  kernel");
  assertStringIncludes(text, "1,000 bytes in 0.02 s");
  assertStringIncludes(text, "File not found; did you mean pxelinux.0?");
});

Deno.test("statusLines fits any terminal, and lets no name move its cursor", () => {
  for (const running of [0, 1, 100]) {
    for (const [width, rows] of [[200, 1000], [80, 24], [20, 8], [1, 1]] as const) {
      const lines = statusLines(busy(running).status(4000), { width, rows });
      assert(lines.length <= rows, `${lines.length} of ${rows} rows`);
      assert(lines.every((line) => [...line].length <= width));
      assert(!/[\p{Cc}\p{Cf}]/u.test(lines.join("")), "an escape got through");
    }
  }
});

Deno.test("statusLines says how many do not fit", () => {
  const lines = statusLines(busy(100).status(4000), { width: 120, rows: 24 });
  assertStringIncludes(lines.join("\n"), "more)");
  assertStringIncludes(lines.join("\n"), "RESULT");
});
