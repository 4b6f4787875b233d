/**
 * The metrics of a server in Prometheus's text format. Names follow its conventions: base units,
 * and `_total` for counters. A label has one of a few known values, and never a client's address or
 * a file's name. docs/monitoring.md lists all metrics. Pure.
 */

import type { Activity } from "./activity.ts";
import { RESULTS } from "./counters.ts";
import type { Histogram } from "./histogram.ts";

/** The media type of the text. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
type Kind = "counter" | "gauge" | "histogram";

const DIRECTIONS = ["get", "put"] as const;

/** All metrics at this moment; `streams` is the number of readers of events. */
export function metricsText(activity: Activity, streams: number): string {
  const text = new MetricsText();
  tellOfServer(text, activity);
  tellOfTransfers(text, activity);
  tellOfRest(text, activity, streams);
  return text.text;
}

function tellOfServer(text: MetricsText, { about, startedMs }: Activity): void {
  const { version, io, workers } = about;
  text.family("tftp_build_info", "gauge", "The program's version.");
  text.sample("tftp_build_info", { version }, 1);
  text.family("tftp_server_info", "gauge", "Kind of sockets, and number of threads.");
  text.sample("tftp_server_info", { io, workers: `${workers}` }, 1);
  text.family("tftp_start_time_seconds", "gauge", "Start of the server, in Unix time.");
  text.sample("tftp_start_time_seconds", {}, Math.round(startedMs) / 1000);
}

function tellOfTransfers(text: MetricsText, { totals, counters }: Activity): void {
  text.family("tftp_transfers_total", "counter", "Requests that ended, by how they ended.");
  for (const direction of DIRECTIONS) {
    for (const result of RESULTS) {
      text.sample("tftp_transfers_total", { direction, result }, totals[direction][result]);
    }
  }
  const moved = [
    ["tftp_transferred_bytes_total", "bytes", "Bytes of files that were transferred."],
    ["tftp_data_blocks_total", "blocks", "DATA blocks that were transferred, each counted once."],
    ["tftp_retransmits_total", "retransmits", "Packets that the server retransmitted."],
  ] as const;
  for (const [name, key, help] of moved) {
    text.family(name, "counter", help);
    for (const direction of DIRECTIONS) text.sample(name, { direction }, totals[direction][key]);
  }
  text.family("tftp_refusals_total", "counter", "Refused requests, by the code of the ERROR.");
  for (const [code, count] of Object.entries(totals.refusals)) {
    text.sample("tftp_refusals_total", { code }, count);
  }
  const duration = "tftp_transfer_duration_seconds";
  text.family(duration, "histogram", "Duration of completed transfers.");
  for (const direction of DIRECTIONS) {
    text.histogram(duration, { direction }, counters.durations[direction]);
  }
  const roundTrip = "tftp_round_trip_seconds";
  text.family(roundTrip, "histogram", "Round trip of the first answer.");
  text.histogram(roundTrip, {}, counters.roundTrips);
}

function tellOfRest(text: MetricsText, { now, totals, about }: Activity, streams: number): void {
  const gauge = (name: string, value: number | undefined, help: string) => {
    if (value === undefined) return;
    text.family(name, "gauge", help);
    text.sample(name, {}, value);
  };
  const counter = (name: string, value: number, help: string) => {
    text.family(name, "counter", help);
    text.sample(name, {}, value);
  };
  gauge("tftp_transfers_running", now.transfers, "Running transfers.");
  gauge("tftp_clients_running", now.clients, "Clients with running transfers.");
  gauge("tftp_requests_waiting", now.waiting, "Requests in the queue.");
  counter(
    "tftp_file_cache_hits_total",
    totals.cacheHits,
    "Requested files that were in the cache.",
  );
  counter(
    "tftp_file_cache_misses_total",
    totals.cacheMisses,
    "Requested files that were not in the cache.",
  );
  gauge("tftp_upload_quota_used_bytes", now.quotaUsed, "Bytes that count for --upload-quota.");
  gauge("tftp_upload_quota_bytes", about.quota, "Limit of --upload-quota.");
  counter("tftp_dropped_datagrams_total", totals.dropped, "Datagrams of no transfer.");
  counter("tftp_malformed_datagrams_total", totals.malformed, "Datagrams that are no TFTP packet.");
  counter("tftp_internal_errors_total", totals.errors, "Errors of the server.");
  gauge("tftp_event_streams", streams, "Readers of /api/events.");
}

/** Lines of the format. */
class MetricsText {
  #lines: string[] = [];

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  family(name: string, kind: Kind, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`);
  }

  sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    const list = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
    this.#lines.push(`${name}${list} ${Number.isFinite(value) ? value : 0}`);
  }

  histogram(name: string, labels: Labels, { bounds, counts, sum }: Histogram): void {
    let total = 0;
    for (const [at, count] of counts.entries()) {
      total += count;
      const le = at < bounds.length ? `${bounds[at]}` : "+Inf";
      this.sample(`${name}_bucket`, { ...labels, le }, total);
    }
    this.sample(`${name}_sum`, labels, sum);
    this.sample(`${name}_count`, labels, total);
  }
}

/** The value of a label, escaped for its quotes. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
