// Three classifiers that learn from real pictures, from generated ones, or from both; and what one of them confuses.

import { draw, fit } from "../../ui/static/canvas.js";
import { counted, layout, matrix, members, worst } from "../../ui/static/confusions.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { sheetOf, tiles } from "../../ui/static/sheet.js";
import { rounds, Series } from "./series.js";

/** @import { Cell } from "../../ui/static/confusions.js" */
/** @import { Sheet } from "../../ui/static/sheet.js" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{right: number, n: number, low: number, high: number, round: number, pictures: number}} Words
 * @typedef {{labels: Int32Array, taken: Int32Array, confidence: Float32Array}} Answers
 * @typedef {Answer<Words, Answers>} Taught
 */

const ROUNDS = 8;
/** What each learns from. @type {Record<string, string>} */
const SOURCES = { real: "real pictures", generated: "generated ones", both: "both" };
const [MOST, COLUMNS, TILE] = [24, 8, 40];

/** One run's three classifiers. */
class Lane {
  /** @type {{track: Track, step: number} | null} */
  #shown = null;
  /** @type {Sheet | null} */
  #sheet = null;

  /** @param {Synthetic} painter */
  constructor(painter) {
    this.painter = painter;
    this.training = Object.keys(SOURCES).map((source) => {
      const part = /** @type {Part<Taught>} */ (new Part(painter, "taught"));
      return { source, series: new Series(part, () => this.paint()) };
    });
    this.sheet = /** @type {Part<any, Sheet>} */ (
      new Part(painter, "tested", { cache: painter.sheets, prepare: sheetOf })
    );
    const label = "The confusion matrix; the arrow keys go from cell to cell";
    this.canvas = element("canvas", {
      class: "synthetic-matrix",
      "data-part": "main",
      tabindex: 0,
      "aria-label": label,
    });
    this.rows = this.training.map(({ source }) => {
      const [name, fill] = [element("span", {}, SOURCES[source]), element("i")];
      const [value, interval] = [element("b"), element("small")];
      const onclick = () => painter.set({ source, truth: -1, taken: -1 });
      const root = element("button", { type: "button", class: "synthetic-row", onclick }, name, fill, value, interval);
      return { root, fill, value, interval };
    });
    this.said = element("p", { class: "blind-said", "aria-live": "polite" });
    this.pictures = element("canvas", { class: "tile", width: 1, role: "img", hidden: true });
    this.caption = element("p", { class: "caption" });
    const heading = element("h3", { class: "beside" }, "Right on real test pictures, learned from");
    const group = element("div", { class: "synthetic-rows", role: "group" }, ...this.rows.map(({ root }) => root));
    this.main = element("div", { class: "lane-main" }, this.canvas);
    this.side = element("div", { class: "lane-side" }, heading, group, this.said, this.pictures, this.caption);
    this.root = element("div", { class: "lane abreast synthetic" }, this.main, this.side);
    this.canvas.addEventListener("click", ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    this.canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.#shown = { track, step };
    for (const { source, series } of this.training) {
      series.begin(
        track,
        step,
        rounds(ROUNDS).map((round) => ({ ...round, source })),
      );
    }
    this.sheet.ask(track, step, (sheet) => {
      this.#sheet = sheet;
      this.paint();
    });
    this.paint();
  }

  /** What the chosen one answers, as far as it has learned. */
  get #answer() {
    return this.training.find(({ source }) => source === this.painter.options.source)?.series.newest;
  }

  /** The cell that is chosen; the worst one where none is. @param {Int32Array} counts @param {number} k @returns {Cell} */
  #cell(counts, k) {
    const { truth, taken } = this.painter.options;
    return truth >= 0 && taken >= 0 && truth < k && taken < k ? { truth, taken } : worst(counts, k);
  }

  /** @param {number} x @param {number} y */
  #point(x, y) {
    const k = this.#shown?.track.info.classes.length ?? 0;
    const { left, top, side } = layout(this.canvas.clientWidth, k);
    const [taken, truth] = [Math.floor((x - left) / side), Math.floor((y - top) / side)];
    if (taken >= 0 && truth >= 0 && taken < k && truth < k) this.painter.set({ truth, taken });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const answer = this.#answer;
    if (!by || !answer || !this.#shown) return;
    event.preventDefault();
    const k = this.#shown.track.info.classes.length;
    const cell = this.#cell(counted(answer.tensors.labels.data, answer.tensors.taken.data, k), k);
    const [truth, taken] = [cell.truth + by[0], cell.taken + by[1]].map((i) => Math.max(0, Math.min(k - 1, i)));
    this.painter.set({ truth, taken });
  }

  paint() {
    if (!this.#shown) return;
    const { track, step } = this.#shown;
    for (const [i, { source, series }] of this.training.entries()) {
      const { root, fill, value, interval } = this.rows[i];
      const words = series.newest?.words;
      root.setAttribute("aria-pressed", String(source === this.painter.options.source));
      fill.style.setProperty("--value", String(words ? words.right / words.n : 0));
      value.textContent = words ? percent(words.right / words.n) : "–";
      interval.textContent = words ? `${percent(words.low)} to ${percent(words.high)}` : "begins to learn";
      root.classList.toggle("learns", !series.done);
    }
    const answer = this.#answer;
    if (!answer) return;
    const { classes, name } = track.info;
    const { labels, taken, confidence } = answer.tensors;
    const counts = counted(labels.data, taken.data, classes.length);
    const cell = this.#cell(counts, classes.length);
    fit(this.canvas, this.painter.side(this.main));
    draw(this.canvas, (context, width) => matrix(context, width, counts, classes, cell));
    this.#open(members({ labels: labels.data, taken: taken.data, confidence: confidence.data }, cell), cell);
    const { pictures, n, round } = answer.words;
    const learning = this.training.every(({ series }) => series.done) ? "" : ` Round ${round} of ${ROUNDS}.`;
    this.caption.textContent =
      `${name}, snapshot of step ${count(step)}: each learned from ${count(pictures)} pictures of a kind, in as many ` +
      `steps, and is tested on ${count(n)} real ones.${learning} Rows are classes, columns what they are taken for.`;
  }

  /** Shows the pictures of the cell. @param {number[]} found @param {Cell} cell */
  #open(found, { truth, taken }) {
    const classes = this.#shown?.track.info.classes ?? [];
    const verb = found.length === 1 ? "picture" : "pictures";
    this.said.textContent =
      truth === taken
        ? `${count(found.length)} ${verb} of “${classes[truth]}” named right.`
        : `${count(found.length)} real ${verb} of “${classes[truth]}” taken for “${classes[taken]}”.`;
    this.pictures.hidden = !found.length || !this.#sheet;
    this.pictures.setAttribute("aria-label", this.said.textContent);
    const columns = Math.max(3, Math.min(COLUMNS, Math.floor(this.side.clientWidth / TILE)));
    if (this.#sheet && found.length) tiles(this.pictures, this.#sheet, found.slice(0, MOST), columns, TILE);
  }
}

/** @extends {Painter<Lane>} */
export default class Synthetic extends Painter {
  /** @type {Cache<Sheet>} */
  sheets = new Cache(4);

  lane() {
    return new Lane(this);
  }
}
