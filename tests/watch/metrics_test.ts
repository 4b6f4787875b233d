import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PLAIN_AGREEMENT } from "../../src/protocol/mod.ts";
import type { LogRecord } from "../../src/server/log_record.ts";
import { Activity } from "../../src/watch/activity.ts";
import { Histogram } from "../../src/watch/histogram.ts";
import { metricsText } from "../../src/watch/metrics.ts";

const HOSTILE = 'x"\n\\}<script>';

function activity(): Activity {
  const about = { version: HOSTILE, io: "native", workers: 2, listening: [], quota: 5000 } as const;
  return new Activity(about, 1500);
}

const DONE: LogRecord = {
  kind: "transfer",
  result: "done",
  ...{ client: HOSTILE, direction: "put", filename: HOSTILE, mode: "octet", bytes: 1000 },
  ...{ elapsedMs: 20, agreement: PLAIN_AGREEMENT, retransmits: 2, rttMs: 0.5 },
};

Deno.test("metricsText counts by nothing that a client chooses", () => {
  const model = activity();
  const refused: LogRecord = {
    kind: "refused",
    ...{ client: HOSTILE, direction: "get", filename: HOSTILE, mode: HOSTILE },
    message: HOSTILE,
    code: 77,
  };
  model.record(DONE, 0);
  model.record({ ...DONE, result: "replaced" }, 0);
  model.record(refused, 0);
  model.record({ ...refused, code: 2 }, 0);
  model.record({ kind: "dropped", client: HOSTILE, reason: HOSTILE, malformed: true }, 0);
  model.record({ kind: "error", message: HOSTILE }, 0);
  const lines = metricsText(model, 3).split("\n");
  for (
    const line of [
      'tftp_build_info{version="x\\"\\n\\\\}<script>"} 1',
      'tftp_server_info{io="native",workers="2"} 1',
      "tftp_start_time_seconds 1.5",
      'tftp_transfers_total{direction="put",result="done"} 1',
      'tftp_transfers_total{direction="put",result="replaced"} 1',
      'tftp_transfers_total{direction="get",result="refused"} 2',
      'tftp_refusals_total{code="2"} 1',
      'tftp_refusals_total{code="other"} 1',
      "tftp_malformed_datagrams_total 1",
      "tftp_internal_errors_total 1",
      "tftp_upload_quota_bytes 5000",
      "tftp_event_streams 3",
    ]
  ) assert(lines.includes(line), `${line} is missing`);
  assertEquals(lines.filter((line) => line.includes("script")).length, 1, "only our own version");
});

Deno.test("metricsText has as many lines after a thousand clients as after none", () => {
  const model = activity();
  const before = metricsText(model, 0).split("\n").length;
  for (let at = 0; at < 1000; at++) model.record({ ...DONE, client: `10.0.0.1:${at}` }, at);
  assertEquals(metricsText(model, 0).split("\n").length, before);
});

Deno.test("metricsText adds up the buckets of a histogram for Prometheus", () => {
  const model = activity();
  model.record(DONE, 0);
  model.record({ ...DONE, elapsedMs: 3_600_000 }, 0);
  const text = metricsText(model, 0);
  const name = "tftp_transfer_duration_seconds";
  assertStringIncludes(text, `${name}_bucket{direction="put",le="0.005"} 0\n`);
  assertStringIncludes(text, `${name}_bucket{direction="put",le="0.02"} 1\n`);
  assertStringIncludes(text, `${name}_bucket{direction="put",le="900"} 1\n`);
  assertStringIncludes(text, `${name}_bucket{direction="put",le="+Inf"} 2\n`);
  assertStringIncludes(text, `${name}_sum{direction="put"} 3600.02\n`);
  assertStringIncludes(text, `${name}_count{direction="put"} 2\n`);
});

Deno.test("Histogram counts a value with the first bound that holds it", () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [0, 1, 1.5, 2, 3]) histogram.add(value);
  assertEquals(histogram.counts, [2, 2, 1]);
  assertEquals(histogram.sum, 7.5);
});
