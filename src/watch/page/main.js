/** The page: shows what the server reports. */

import { Chart } from "./chart.js";
import { Model, recentLoss, seriesOf } from "./model.js";
import { clientEntry, endedEntry, runningEntry, say, Table } from "./rows.js";
import { EventReader } from "./stream.js";
import { addressOf, countText, rateText, shareText, sizeText } from "./text.js";

const byId = (id) => document.getElementById(id);
const model = new Model();
const chart = new Chart(byId("chart"));
const tables = ["running", "ended", "clients"].map((id) => new Table(id));
const filter = byId("filter");
/** Running transfers that the server lists. */
const MOST_SHOWN = 200;
/** Where the token is kept while the browser's tab is open. */
const TOKEN = "tftp-token";

function connection(state, words) {
  byId("connection").dataset.state = state;
  say(byId("connection"), words);
}

/** Shows this client alone, or everybody again. */
function choose(address) {
  filter.value = filter.value === address ? "" : address;
  showTables();
}

function showFigures({ now, totals, history }) {
  const { get, put } = totals;
  const both = (key) => get[key] + put[key];
  const clients = now.clients === 1 ? "1 client" : `${countText(now.clients)} clients`;
  const waiting = now.waiting > 0 ? `, ${countText(now.waiting)} requests waiting` : "";
  say(byId("now-transfers"), countText(now.transfers));
  say(byId("now-clients"), `${clients}${waiting}`);
  say(byId("now-rate"), rateText(now.bytesPerSecond));
  say(byId("total-bytes"), `${sizeText(both("bytes"))} in total`);
  const loss = recentLoss(history);
  say(byId("now-loss"), loss === null ? "–" : shareText(loss));
  say(byId("total-repeats"), `${countText(both("retransmits"))} packets retransmitted`);
  say(byId("total-done"), countText(both("done")));
  say(byId("total-probes"), `${countText(both("probe"))} size queries`);
  say(byId("total-failed"), countText(both("failed") + both("refused")));
  say(byId("total-refused"), `${countText(both("refused"))} refused`);
}

function showAbout({ version, listening, io, workers, startedAt }) {
  const threads = workers > 1 ? `, ${workers} threads` : "";
  const sockets = io === "native" ? ", native sockets" : "";
  const since = new Date(startedAt).toLocaleString();
  say(byId("about"), `${version} on ${listening.join(", ")}${sockets}${threads}, since ${since}`);
}

function showChart(status) {
  chart.show(status);
  const [, rates] = seriesOf(status);
  const most = Math.max(...rates.map((rate) => rate ?? 0));
  const loss = recentLoss(status.history);
  const lost = loss === null
    ? ""
    : ` ${shareText(loss)} of the packets were retransmitted in the last minute.`;
  say(byId("chart-text"), `The highest throughput was ${rateText(most)}.${lost}`);
}

function showTables() {
  const { status } = model;
  if (!status) return;
  const wanted = filter.value.trim().toLowerCase();
  const fits = ({ client, file = "" }) =>
    wanted === "" || client.toLowerCase().includes(wanted) || file.toLowerCase().includes(wanted);
  const running = [...model.running.values()].filter(fits);
  const ended = model.ended.filter(fits);
  const byClient = new Map();
  for (const { client } of model.running.values()) {
    const address = addressOf(client);
    byClient.set(address, (byClient.get(address) ?? 0) + 1);
  }
  const known = new Map([...byClient.keys()].map((client) => [client, fresh(client)]));
  for (const [address, row] of [...model.clients].reverse()) known.set(address, row);
  const clients = [...known.values()].filter(fits);
  tables[0].show(running.map((row) => runningEntry(row, choose)));
  tables[1].show(ended.map((row) => endedEntry(row, choose)));
  tables[2].show(
    clients.map((row) => clientEntry(row, byClient.get(row.client) ?? 0, choose)),
  );
  // Figures and rows come at different moments; only a full table hides rows.
  const isFull = model.running.size >= MOST_SHOWN;
  const hidden = isFull ? status.now.transfers - model.running.size : 0;
  const more = wanted === "" && hidden > 0 ? `, ${countText(hidden)} more not shown` : "";
  say(byId("running-count"), `${countText(running.length)}${more}`);
  say(byId("ended-count"), `the last ${countText(ended.length)}`);
  say(byId("clients-count"), countText(clients.length));
  const counts = `${running.length} running, ${ended.length} ended, ${clients.length} clients`;
  say(byId("filter-found"), wanted === "" ? "" : counts);
}

function fresh(client) {
  return { client, done: 0, failed: 0, refused: 0, bytes: 0, retransmits: 0 };
}

let shown = false;
/** At most once per frame, and not at all while the page is hidden. */
function show() {
  if (shown) return;
  shown = true;
  requestAnimationFrame(() => {
    shown = false;
    showFigures(model.status);
    showAbout(model.status);
    showChart(model.status);
    showTables();
  });
}

function begin(token) {
  const reader = new EventReader({
    message: (name, content) => {
      if (!model.take(name, content)) return;
      const isEnding = model.status.state === "ending";
      connection(isEnding ? "waiting" : "live", isEnding ? "Ending" : "Live");
      byId("token-form").hidden = true;
      show();
    },
    lost: (why) =>
      connection("lost", why === "full" ? "Too many readers" : "Connection lost, trying again"),
    locked: () => {
      connection("waiting", "A token is needed");
      say(byId("token-complaint"), token ? "Wrong token." : "");
      byId("token-form").hidden = false;
      byId("token").focus();
    },
  }, token);
  reader.run();
}

filter.addEventListener("input", showTables);
byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = byId("token").value.trim();
  sessionStorage.setItem(TOKEN, token);
  byId("token").value = "";
  begin(token);
});
begin(sessionStorage.getItem(TOKEN));
