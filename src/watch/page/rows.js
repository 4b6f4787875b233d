/** The three tables. Text from a client is only ever inserted as text. */

import {
  addressOf,
  clockText,
  countText,
  endText,
  rateText,
  RESULTS,
  shareText,
  sizeText,
  timeText,
  visibleText,
} from "./text.js";

/** A table that reuses its rows as long as their entries exist. */
export class Table {
  #body;
  #labels;
  #none;
  #rows = new Map();

  constructor(id) {
    const table = document.getElementById(id);
    this.#body = table.tBodies[0];
    this.#labels = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    this.#none = document.getElementById(`${id}-none`);
    this.table = table;
  }

  /** Shows these entries, in this order: `[key, make, update]`, where `make` fills a new row. */
  show(entries) {
    const rows = new Map();
    let next = this.#body.firstElementChild;
    for (const [key, make, update] of entries) {
      const row = this.#rows.get(key) ?? this.#made(make);
      rows.set(key, row);
      update?.(row);
      if (row === next) next = next.nextElementSibling;
      else this.#body.insertBefore(row, next);
    }
    for (const [key, row] of this.#rows) if (!rows.has(key)) row.remove();
    this.#rows = rows;
    this.table.hidden = rows.size === 0;
    this.#none.hidden = rows.size > 0;
  }

  #made(make) {
    const row = document.createElement("tr");
    make(row);
    [...row.cells].forEach((cell, at) => cell.dataset.label = this.#labels[at]);
    return row;
  }
}

/** Sets the text of an element, if it differs. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function cell(row, className, content = "") {
  const made = row.insertCell();
  if (className) made.className = className;
  made.append(content);
  return made;
}

function span(className, text) {
  const made = document.createElement("span");
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** A client, as a button that filters by it. */
function clientCell(row, client, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = client;
  button.title = `Show ${addressOf(client)} alone`;
  button.addEventListener("click", () => choose(addressOf(client)));
  cell(row, "", button);
}

function fileCell(row, { file, op }) {
  const name = document.createElement("div");
  name.append(span("name-text", visibleText(file)));
  if (op === "put") name.append(span("op", "upload"));
  cell(row, "file", name);
}

/** A running transfer. */
export function runningEntry(transfer, choose) {
  const make = (row) => {
    clientCell(row, transfer.client, choose);
    fileCell(row, transfer);
    const place = document.createElement("div");
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", `Progress of ${visibleText(transfer.file)}`);
    place.append(bar, span("share", ""));
    cell(row, "progress", place);
    for (let count = 0; count < 4; count++) cell(row, "number");
  };
  const update = (row) => {
    const { bytes, size, bytesPerSecond, retransmits, rttMs } = transfer;
    const [, , progress, speed, left, repeats, roundTrip] = row.cells;
    const bar = progress.querySelector("progress");
    const share = size > 0 ? Math.min(1, bytes / size) : undefined;
    // Without a value the bar shows that the size is not known.
    if (share === undefined) bar.removeAttribute("value");
    else bar.value = share;
    const of = size > 0 ? `${shareText(share)} of ${sizeText(size)}` : sizeText(bytes);
    say(progress.querySelector(".share"), of);
    say(speed, rateText(bytesPerSecond));
    const leftMs = size > 0 && bytesPerSecond > 0 ? (size - bytes) * 1000 / bytesPerSecond : NaN;
    say(left, Number.isFinite(leftMs) ? timeText(Math.max(0, leftMs)) : "–");
    say(repeats, countText(retransmits));
    repeats.classList.toggle("many", retransmits > 0);
    say(roundTrip, rttMs === undefined ? "–" : timeText(rttMs));
  };
  return [transfer.id, make, update];
}

/** A transfer that has ended, or a request that was refused. */
export function endedEntry(ended, choose) {
  const make = (row) => {
    const when = document.createElement("time");
    when.dateTime = ended.time;
    when.textContent = clockText(ended.time);
    cell(row, "when", when);
    clientCell(row, ended.client, choose);
    fileCell(row, ended);
    const result = span("result", RESULTS[ended.result] ?? ended.result);
    result.dataset.result = ended.result;
    cell(row, "", result);
    const words = document.createElement("div");
    words.append(span("", visibleText(endText(ended))));
    if (ended.hint !== undefined) {
      words.append(span("hint", `Did you mean ${visibleText(ended.hint)}?`));
    }
    cell(row, "what", words);
  };
  return [ended.seq, make];
}

/** A client, and its number of running transfers. */
export function clientEntry(client, running, choose) {
  const make = (row) => {
    clientCell(row, client.client, choose);
    for (let count = 0; count < 6; count++) cell(row, "number");
    cell(row, "when");
  };
  const update = (row) => {
    const { done, failed, refused, bytes, retransmits, lastSeen } = client;
    const texts = [running, done, failed, refused].map(countText);
    texts.push(sizeText(bytes), countText(retransmits), lastSeen ? clockText(lastSeen) : "now");
    texts.forEach((text, at) => say(row.cells[at + 1], text));
  };
  return [client.client, make, update];
}
