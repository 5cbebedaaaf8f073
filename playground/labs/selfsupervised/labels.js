// What a label is worth: the accuracy of linear probes against how many pictures have labels.

import { color, draw } from "../../ui/static/canvas.js";
import { ticks } from "../../ui/static/chart.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * Mean and interval by number of labels, (K, 2).
 * @typedef {Float32Array} Reached
 * @typedef {Answer<{counts: number[], total: number, tests: number, draws: number}, {accuracy: Reached}>} Labels
 * @typedef {Answer<{network?: string, command?: string}, {scratch: Reached, pixels: Reached}>} Reference
 * @typedef {{name: string, ink: string, dash: number[], width: number, reached: Reached}} Curve
 */

const [LEFT, RIGHT, TOP, BELOW] = [44, 20, 12, 44]; // CSS pixels around the curves
const RATIO = 0.75; // of the chart's height to its width

class Lane {
  /** @type {{track: Track, step: number, labels: Labels} | null} */
  #shown = null;
  /** What the untrained network reaches. @type {Labels | null} */
  #start = null;
  /** @type {Reference | null} */
  #reference = null;

  /** @param {Painter<Lane>} painter */
  constructor(painter) {
    this.painter = painter;
    this.now = /** @type {Part<Labels>} */ (new Part(painter, "labels"));
    this.start = /** @type {Part<Labels>} */ (new Part(painter, "labels"));
    this.reference = /** @type {Part<Reference>} */ (new Part(painter, "reference"));
    const label = "Accuracy against the number of labels; the table beside it has the numbers";
    this.canvas = element("canvas", { class: "label-chart", "data-part": "main", role: "img", "aria-label": label });
    this.main = element("div", { class: "lane-main" }, this.canvas);
    this.table = element("table", { class: "label-table" });
    this.problem = element("p", { class: "quiet" }, "Probes are being fitted; that takes a few seconds a snapshot.");
    this.caption = element("p", { class: "caption" });
    const side = element("div", { class: "lane-side" }, this.problem, this.table, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, side);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const first = track.snapshot(0);
    const failed = (/** @type {Error} */ { message }) => {
      this.problem.hidden = true;
      this.painter.answered(this.now, message);
    };
    const known = (/** @type {Labels} */ labels) => {
      this.#shown = { track, step, labels };
      this.#renew();
    };
    this.now.ask(track, step, known, { fail: failed });
    this.start.ask(track, first, (labels) => {
      this.#start = labels;
      this.#renew();
    });
    this.reference.ask(track, first, (reference) => {
      this.#reference = reference;
      this.#renew();
    });
  }

  /** That of the run: the first one's, or the second one's. */
  get #ink() {
    return this.painter.lanes.indexOf(this) ? "--second" : "--accent";
  }

  /** The ends of all intervals. */
  get ends() {
    const counts = this.#shown?.labels.words.counts ?? [];
    return this.#curves.flatMap(({ reached }) => counts.flatMap((_, i) => ends(reached, i)));
  }

  /** What there is to compare, the snapshot in sight first. @returns {Curve[]} */
  get #curves() {
    const [shown, start, reference] = [this.#shown?.labels, this.#start, this.#reference];
    /** @type {[name: string, ink: string, dash: number[], width: number, reached: Reached | undefined][]} */
    const all = [
      [`Step ${count(this.#shown?.step ?? 0)}, linear probe`, this.#ink, [], 2.5, shown?.tensors.accuracy.data],
      ["Trained from scratch", "--ink", [], 1.5, reference?.tensors.scratch.data],
      ["Pixels, linear probe", "--ink", [1, 3], 1.5, reference?.tensors.pixels.data],
      ["Untrained, linear probe", "--quiet", [6, 4], 1.5, start?.tensors.accuracy.data],
    ];
    return all.flatMap(([name, ink, dash, width, reached]) =>
      reached?.length ? [{ name, ink, dash, width, reached }] : [],
    );
  }

  #renew() {
    if (!this.#shown) return;
    const { track, step, labels } = this.#shown;
    const { info } = track;
    const { counts, total, tests, draws } = labels.words;
    const known = labels.tensors.accuracy.data.length > 0;
    this.problem.hidden = known;
    this.problem.textContent = `The pictures of ${info.data_title} are not of two classes or more, so there is no label to be worth anything.`;
    this.main.hidden = !known;
    if (known) this.#tabulate(counts, total);
    const { command, network } = this.#reference?.words ?? {};
    const source = command
      ? ` “From scratch” is the network of ${network}, trained on these labels alone with random shifts and flips, ` +
        `each draw with another initialization; it and the pixels were measured by “${command}”.`
      : ` For these pictures nobody has measured yet what training from scratch reaches.`;
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}` +
      (known
        ? `: accuracy on ${count(tests)} test pictures of ${info.data_title}, mean of ${draws} draws of labels with its ` +
          `95% interval, classes equally often; of all labels there is one draw.${source}`
        : ".");
    for (const lane of this.painter.lanes) lane.paint();
  }

  /** @param {number[]} counts @param {number} total */
  #tabulate(counts, total) {
    const head = counts.map((labels) => element("th", { scope: "col" }, `${share(labels, total)}`));
    const rows = this.#curves.map(({ name, ink, dash, reached }) => {
      const cells = counts.map((_, i) => {
        const [mean, reach] = reached.slice(2 * i, 2 * i + 2);
        const more = reach ? ` ± ${(100 * reach).toFixed(1)}` : "";
        return element("td", {}, (100 * mean).toFixed(1), element("small", {}, more));
      });
      const style = dash.length ? (dash[0] > 1 ? "dashed" : "dotted") : "solid";
      const key = element("i", { style: `border-top: 2px ${style} var(${ink})` });
      return element("tr", {}, element("th", { scope: "row" }, key, name), ...cells);
    });
    const corner = element("th", { scope: "col" }, "Accuracy in %, by labels");
    this.table.replaceChildren(element("thead", {}, element("tr", {}, corner, ...head)), element("tbody", {}, ...rows));
  }

  paint() {
    if (!this.#shown || this.main.hidden) return;
    const { counts, total } = this.#shown.labels.words;
    const width = Math.min(this.main.clientWidth, this.painter.height / RATIO);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${RATIO * width}px`;
    const curves = this.#curves;
    draw(this.canvas, (context, width, height) => {
      const values = this.painter.lanes.flatMap((lane) => lane.ends); // one axis for all that are compared
      const high = Math.min(1, Math.ceil(10 * Math.max(...values)) / 10);
      const low = Math.max(0, Math.min(high - 0.1, Math.floor(10 * Math.min(...values)) / 10)); // of one class all are 1
      const span = Math.log(counts[counts.length - 1] / counts[0]) || 1;
      const x = (/** @type {number} */ labels) =>
        LEFT + 12 + (Math.log(labels / counts[0]) / span) * (width - LEFT - RIGHT - 12);
      const y = (/** @type {number} */ value) => TOP + (1 - (value - low) / (high - low)) * (height - TOP - BELOW);
      axes(context, { width, x, y, counts, total, low, levels: ticks(low, high, 5) });
      for (const curve of [...curves].reverse()) line(context, curve, counts, x, y);
    });
  }
}

/** @param {number} labels @param {number} total */
const share = (labels, total) => `${Number(((100 * labels) / total).toPrecision(2))}%`;

/** Both ends of an interval. @param {Reached} reached @param {number} i @returns {[number, number]} */
const ends = (reached, i) => [reached[2 * i] - reached[2 * i + 1], reached[2 * i] + reached[2 * i + 1]];

/**
 * @typedef {(value: number) => number} Scale
 * @param {CanvasRenderingContext2D} context
 * @param {{width: number, x: Scale, y: Scale, counts: number[], total: number, low: number, levels: number[]}} what
 */
function axes(context, { width, x, y, counts, total, low, levels }) {
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = color("--quiet");
  context.strokeStyle = color("--line");
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const level of levels) {
    context.beginPath();
    context.moveTo(LEFT, y(level));
    context.lineTo(width - RIGHT / 2, y(level));
    context.stroke();
    context.fillText(`${Math.round(100 * level)}%`, LEFT - 8, y(level));
  }
  context.textAlign = "center";
  const below = y(low);
  let free = Number.NEGATIVE_INFINITY;
  counts.forEach((labels, i) => {
    const last = i === counts.length - 1;
    if (x(labels) < free || (!last && x(labels) > x(counts[counts.length - 1]) - 52)) return;
    context.fillText(share(labels, total), x(labels), below + 16);
    context.fillText(count(labels), x(labels), below + 32);
    free = x(labels) + 44;
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Curve} curve
 * @param {number[]} counts
 * @param {Scale} x
 * @param {Scale} y
 */
function line(context, { ink, dash, width, reached }, counts, x, y) {
  context.strokeStyle = context.fillStyle = color(ink);
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  counts.forEach((labels, i) => {
    context.lineTo(x(labels), y(reached[2 * i]));
  });
  context.stroke();
  context.setLineDash([]);
  context.lineWidth = 1;
  counts.forEach((labels, i) => {
    const [low, high] = ends(reached, i);
    context.beginPath();
    context.arc(x(labels), y(reached[2 * i]), 1 + width, 0, 7);
    context.fill();
    context.beginPath();
    for (const end of [low, high]) {
      context.moveTo(x(labels) - 4, y(end));
      context.lineTo(x(labels) + 4, y(end));
    }
    context.moveTo(x(labels), y(low));
    context.lineTo(x(labels), y(high));
    if (high > low) context.stroke();
  });
}

/** @extends {Painter<Lane>} */
export default class LabelCurves extends Painter {
  lane() {
    return new Lane(this);
  }
}
