/** Throughput and loss over time, drawn by uPlot. */

import { seriesOf } from "./model.js";
import { rateText, shareText } from "./text.js";

const HEIGHT = 220;

export class Chart {
  #place;
  #plot;
  #data;

  constructor(place) {
    this.#place = place;
    new ResizeObserver(() => this.#resize()).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#rebuild());
  }

  show(status) {
    this.#data = seriesOf(status);
    if (this.#plot) this.#plot.setData(this.#data);
    else this.#rebuild();
  }

  #rebuild() {
    this.#plot?.destroy();
    this.#plot = undefined;
    if (!this.#data) return;
    this.#plot = new globalThis.uPlot(this.#options(), this.#data, this.#place);
    // A text beside the chart describes it.
    for (const child of this.#place.children) child.setAttribute("aria-hidden", "true");
  }

  #resize() {
    if (!this.#plot) return;
    const { width, height } = this.#size();
    if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height });
  }

  #size() {
    return { width: Math.floor(this.#place.clientWidth), height: HEIGHT };
  }

  #options() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour("--dim"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
    };
    const text = (format) => (_plot, value) => value === null ? "–" : format(value);
    return {
      ...this.#size(),
      cursor: { y: false },
      scales: {
        rate: { range: (_plot, _least, most) => [0, Math.max(most ?? 0, 1000) * 1.1] },
        loss: { range: (_plot, _least, most) => [0, Math.max(most ?? 0, 0.1) * 1.1] },
      },
      axes: [
        { ...axis, size: 30, space: 70, values: timeTexts },
        {
          ...axis,
          scale: "rate",
          size: 74,
          space: 44,
          values: (_plot, values) => values.map(rateText),
        },
        {
          ...axis,
          scale: "loss",
          side: 1,
          size: 50,
          space: 44,
          grid: { show: false },
          values: (_plot, values) => values.map(shareText),
        },
      ],
      series: [
        { label: "Time", value: text(secondText) },
        {
          label: "Throughput",
          scale: "rate",
          stroke: colour("--accent"),
          fill: `${colour("--accent")}33`,
          width: 2,
          points: { show: false },
          value: text(rateText),
        },
        {
          label: "Loss",
          scale: "loss",
          stroke: colour("--loss"),
          width: 2,
          points: { size: 5, fill: colour("--loss") },
          value: text(shareText),
        },
      ],
    };
  }
}

/** Minutes, or seconds where the axis has steps of less. */
function timeTexts(_plot, times, _axis, _space, step) {
  return times.map(step < 60 ? secondText : minuteText);
}

function minuteText(seconds) {
  return new Date(seconds * 1000).toTimeString().slice(0, 5);
}

function secondText(seconds) {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}
