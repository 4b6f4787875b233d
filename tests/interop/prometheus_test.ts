/** A real Prometheus: it finds nothing to complain of, scrapes, and answers from what it got. */

import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { run, runCli } from "../helpers/process/cli.ts";
import { findProgram } from "../helpers/process/peers.ts";
import { leaveOut, missingAmong } from "../helpers/process/missing.ts";
import { pattern, TempFolder } from "../helpers/files/temp_folder.ts";
import { eventually, statusWhen, textAt, withWatched } from "../helpers/net/watched_server.ts";

const PACKAGING = fromFileUrl(new URL("../../packaging/", import.meta.url));

const [promtool, prometheus] = ["promtool", "prometheus"].map((name) =>
  findProgram({ name, flag: "--version", says: /version ([\d.]+)/ })
);
const isLeftOut = leaveOut(
  "prometheus",
  missingAmong([
    { name: "promtool", find: () => promtool },
    { name: "prometheus", find: () => prometheus },
  ]),
);

Deno.test({
  name: "promtool finds no fault in the metrics, and none in the rules",
  ignore: isLeftOut("promtool"),
  fn: async () => {
    using folder = new TempFolder();
    folder.write("file", pattern(3000));
    const args = ["--uploads", "new", "--upload-quota", "1M", folder.path];
    await withWatched(args, async ({ url, host, port }) => {
      const target = `${host}:${port}`;
      await runCli(["put", "-q", "-n", "new", target, folder.at("file")]);
      await runCli(["get", "-q", "-o", "-", target, "missing"]);
      await statusWhen(url, ({ now }) => now.quotaUsed !== undefined, "what uploads take");
      const metrics = new TextEncoder().encode(await textAt(url, "metrics"));
      const checked = await run(promtool!.path, { args: ["check", "metrics"], stdin: metrics });
      assertEquals(checked, { code: 0, stdout: "", stderr: "" });
    });
    const rules = join(PACKAGING, "prometheus-alerts.yml");
    const { code, stdout } = await run(promtool!.path, { args: ["check", "rules", rules] });
    assertEquals([code, /SUCCESS: (\d+) rules/.exec(stdout)?.[1]], [0, "4"]);
  },
});

Deno.test({
  name: "Prometheus scrapes the server and answers from its figures, and so does each panel",
  ignore: isLeftOut("prometheus"),
  fn: async () => {
    using folder = new TempFolder();
    folder.write("file", pattern(3000));
    await withWatched([folder.path], async ({ url, host, port }) => {
      await runCli(["get", "-q", "-o", "-", `${host}:${port}`, "file"]);
      await statusWhen(url, ({ totals }) => totals.get.bytes === 3000, "the file");
      const place = freeTcpPort();
      const base = `http://${place}/`;
      const child = new Deno.Command(prometheus!.path, {
        args: [
          `--config.file=${folder.write("prometheus.yml", configOf(new URL(url).host))}`,
          `--storage.tsdb.path=${folder.at("prometheus")}`,
          `--web.listen-address=${place}`,
        ],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      try {
        const query = 'sum(tftp_transferred_bytes_total{job="tftp",direction="get"})';
        const answer = await eventually(
          () => queried(base, query).catch(() => undefined),
          (answer) => answer?.[0] !== undefined,
          "an answer of Prometheus",
        );
        assertEquals(answer, ["3000"]);
        for (const expr of panelQueries()) await queried(base, expr);
      } finally {
        child.kill("SIGTERM");
        await child.status;
      }
    });
  },
});

function configOf(target: string): string {
  const targets = `static_configs: [{ targets: ["${target}"] }]`;
  return `global: { scrape_interval: 1s }\nscrape_configs:\n  - { job_name: tftp, ${targets} }\n`;
}

/** The values that a query gives. Throws what Prometheus thinks of it. */
async function queried(base: string, query: string): Promise<string[]> {
  const place = new URL("api/v1/query", base);
  place.searchParams.set("query", query);
  const response = await fetch(place);
  const { status, data, error } = await response.json();
  if (status !== "success") throw new Error(`${query}: ${error}`);
  return data.result.map(({ value }: { value: [number, string] }) => value[1]);
}

/** What the dashboard asks for, with its variables as Grafana fills them in. */
function panelQueries(): string[] {
  const dashboard = JSON.parse(
    Deno.readTextFileSync(join(PACKAGING, "grafana-dashboard.json")),
  ) as { panels: { targets: { expr: string }[] }[] };
  return dashboard.panels.flatMap(({ targets }) => targets).map(({ expr }) =>
    expr.replaceAll("$__rate_interval", "1m").replaceAll("$instance", ".*")
  );
}

/** A TCP port that nobody had a moment ago. */
function freeTcpPort(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  listener.close();
  return `${hostname}:${port}`;
}
