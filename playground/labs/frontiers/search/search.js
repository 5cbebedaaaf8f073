// A search for cells: all that were tried by what they cost, and one of them, or one that is drawn by hand.

import { draw } from "../../../ui/static/canvas.js";
import { element } from "../../../ui/static/dom.js";
import { count, fixed, large, percent, short } from "../../../ui/static/format.js";
import { front, known } from "../../../ui/static/front.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { Cache } from "../../../ui/static/requests.js";
import { CellGraph } from "./cell-graph.js";
import { bounds, nearest, neighbor, scatter } from "./front.js";
import { verdict } from "./verdict.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */
/** @import { Point } from "../../../ui/static/front.js" */
/** @import { Mark } from "./front.js" */
/** @import { Method } from "./verdict.js" */

/**
 * @typedef {{step: number, shared: boolean, best: number | null, hand: number, by_hand: number | null, n: number, benchmark: Method[]}} CellsWords
 * @typedef {Answer<CellsWords, {numbers: Int32Array, accuracy: Float32Array, parents: Int32Array}>} Cells (n,)
 * @typedef {Answer<{known: number}, {across: Float32Array, chosen: Float32Array, rank: Float32Array}>} Across (n,), (2,), (3,)
 * @typedef {object} DrawnWords
 * @property {number} number
 * @property {number} canonical
 * @property {string} notation
 * @property {number} parameters
 * @property {number} flops
 * @property {number} latency
 * @property {number | null} place
 * @property {number | null} accuracy
 * @property {number | null} shared
 * @typedef {Answer<DrawnWords, {operations: Int32Array}>} Drawn (6,)
 * @typedef {Answer<{number: number}, {accuracy: Float32Array}>} Trained (1,)
 */

const HIGHEST = 460; // CSS pixels of the chart at most
const LONG = 20; // CSS pixels that the caption is longer than others
const HALF = 0.62;
const UNITS = { latency: "µs a picture", flops: "FLOPs", parameters: "parameters" };

/** One run's cells. */
class Lane {
  /** @type {Cells | null} */
  #cells = null;
  /** @type {Across | null} */
  #across = null;
  /** @type {Drawn | null} */
  #drawn = null;
  /** Accuracies of cells that the visitor had trained here, by their canonical numbers. @type {Map<number, number>} */
  #trained = new Map();
  #training = false;
  #over = -1;
  /** @type {Track | null} */
  #track = null;
  #step = 0;

  /** @param {Search} painter */
  constructor(painter) {
    this.painter = painter;
    this.cells = /** @type {Part<Cells>} */ (new Part(painter, "cells", { cache: painter.cache }));
    this.across = /** @type {Part<Across>} */ (new Part(painter, "across"));
    this.drawn = /** @type {Part<Drawn>} */ (new Part(painter, "drawn", { limit: 4 }));
    this.trained = /** @type {Part<Trained>} */ (new Part(painter, "trained"));
    const label = "Accuracy of all cells by what they cost; left and right choose one";
    const look = { class: "cells-chart", "data-part": "main", tabindex: 0, role: "application", "aria-label": label };
    this.canvas = element("canvas", look);
    this.caption = element("p", { class: "caption" });
    this.graph = new CellGraph((cell) => painter.set({ cell }));
    this.said = element("p", { class: "cell-facts", "aria-live": "polite" });
    this.button = element("button", { type: "button", onclick: () => this.#train() });
    this.presets = element(
      "div",
      { class: "cell-presets" },
      this.button,
      element("button", { type: "button", onclick: () => this.#best() }, "Best so far"),
      element("button", { type: "button", onclick: () => this.#choose(this.#cells?.words.hand) }, "Residual cell"),
    );
    this.notation = element("p", { class: "caption cell-notation" });
    this.verdict = element("p", { class: "caption cells-verdict" });
    this.main = element("div", { class: "lane-main" }, this.canvas, this.caption);
    this.side = element("div", { class: "lane-side cell-side waiting" });
    this.side.append(this.graph.root, this.said, this.presets, this.notation, this.verdict);
    this.root = element("div", { class: "lane" }, this.main, this.side);
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    this.canvas.addEventListener("pointerleave", () => this.#hover(-1));
    this.canvas.addEventListener("click", ({ offsetX, offsetY }) => {
      this.#point(offsetX, offsetY);
      this.#choose(this.#cells?.tensors.numbers.data[this.#over]);
    });
    this.canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || !this.#cells) return;
      event.preventDefault();
      const at = this.#cells.tensors.numbers.data.indexOf(this.#drawn?.words.canonical ?? -1);
      this.#choose(this.#cells.tensors.numbers.data[neighbor(this.points, at, by)]);
    });
  }

  /** @param {number | undefined} cell */
  #choose(cell) {
    if (cell !== undefined) this.painter.set({ cell });
  }

  /** The best cell of a search changes with the snapshot; of a supernet it is one of those that are compared. */
  #best() {
    const { words, tensors } = this.#cells ?? {};
    this.#choose(words?.shared && words.best !== null ? tensors?.numbers.data[words.best] : -1);
  }

  /** @param {number} left @param {number} down */
  #point(left, down) {
    const { clientWidth, clientHeight } = this.canvas;
    this.#hover(nearest(this.points, this.painter.bounds, clientWidth, clientHeight, left, down));
  }

  /** @param {number} over */
  #hover(over) {
    if (over === this.#over) return;
    this.#over = over;
    this.paint();
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    if (track.id !== this.#track?.id) this.#trained.clear();
    this.#track = track;
    this.cells.ask(track, step, (cells) => {
      this.#cells = cells;
      this.#over = -1;
      this.painter.paint();
    });
    this.across.ask(track, step, (across) => {
      this.#across = across;
      this.painter.paint();
    });
    this.drawn.ask(track, step, (drawn) => {
      this.#drawn = drawn;
      this.#step = step;
      this.side.classList.remove("waiting");
      this.paint();
    });
  }

  /** Trains the cell on the stage as a candidate is. */
  #train() {
    const track = this.#track;
    if (!track || !this.#drawn || this.#training) return;
    this.#training = true;
    this.trained.forget();
    this.trained.ask(
      track,
      this.#step,
      ({ words, tensors }) => {
        this.#training = false;
        this.#trained.set(words.number, tensors.accuracy.data[0]);
        this.painter.paint();
      },
      {
        fail: (error) => {
          this.#training = false;
          this.painter.answered(this.trained, error.message);
          this.paint();
        },
      },
    );
    this.paint();
  }

  /** Where the cells lie; those whose places have not come yet, nowhere. @returns {Point[]} */
  get points() {
    const [cells, across] = [this.#cells, this.#across];
    if (!cells || !across || across.tensors.across.data.length !== cells.tensors.numbers.data.length) return [];
    return Array.from(across.tensors.across.data, (x, i) => ({ x, y: cells.tensors.accuracy.data[i] }));
  }

  /** The cell on the stage, and the residual cell. @returns {Mark[]} */
  get marks() {
    const [cells, across, drawn] = [this.#cells, this.#across, this.#drawn];
    if (!cells || !across || !drawn) return [];
    const [here, hand] = across.tensors.chosen.data;
    /** @type {Mark[]} */
    const marks = [];
    if (cells.words.by_hand !== null)
      marks.push({ x: hand, y: cells.words.by_hand, shape: "square", name: "residual" });
    const y = drawn.words.shared ?? drawn.words.accuracy ?? this.#trained.get(drawn.words.canonical);
    if (y !== undefined) marks.push({ x: here, y, shape: "diamond", name: "this cell" });
    return marks;
  }

  paint() {
    const [cells, track] = [this.#cells, this.#track];
    if (this.#drawn) this.#describe(this.#drawn);
    if (!cells || !track) return;
    const { points, painter } = this;
    const across = painter.controls.label("across", painter.options.across);
    const unit = /** @type {Record<string, string>} */ (UNITS)[painter.options.across];
    const line = unit ? front(points) : []; // what costs nothing has no front
    const best = points.length ? cells.words.best : null;
    const room = painter.lanes.length > 1 ? HALF * painter.height : painter.height; // two have their cells below
    this.canvas.style.height = `${Math.min(HIGHEST, room - LONG)}px`;
    this.verdict.textContent = verdict(cells.words.benchmark);
    draw(this.canvas, (context, width, height) =>
      scatter(context, width, height, painter.bounds, {
        points,
        front: line,
        best,
        parent: this.#over < 0 ? -1 : cells.tensors.parents.data[this.#over],
        over: this.#over,
        marks: this.marks,
        across: unit ? `${across}, ${unit}` : across,
        format: painter.options.across === "alone" ? percent : large,
      }),
    );
    this.caption.textContent = `${this.#summary(cells, across)} ${painter.source(track, cells.words.step)}.`;
  }

  /** @param {Cells} cells @param {string} across */
  #summary({ words, tensors }, across) {
    const n = tensors.numbers.data.length;
    if (!n) return "Nothing has been tried yet.";
    const { accuracy, numbers } = tensors;
    const over = this.points[this.#over];
    if (over) {
      const what = `Cell ${numbers.data[this.#over]}, ${percent(over.y)} right, ${across} ${large(over.x)}`;
      const parent = tensors.parents.data[this.#over];
      return `${what}${parent < 0 ? "" : `; its parent was right in ${percent(accuracy.data[parent])}`}.`;
    }
    const rank = this.#across?.tensors.rank.data;
    const order =
      rank && Number.isFinite(rank[0])
        ? `; rank correlation with ${across} ${fixed(rank[0], 2)} (95% interval ${fixed(rank[1], 2)} to ${fixed(rank[2], 2)})`
        : "";
    return words.shared
      ? `${count(n)} cells with the same shared weights, on ${count(words.n)} test pictures${order}.`
      : `${count(n)} cells, each trained alone, on pictures held out${order}.`;
  }

  /** @param {Drawn} drawn */
  #describe({ words, tensors }) {
    this.graph.show([...tensors.operations.data]);
    const cost = `${large(words.parameters)} parameters, ${large(words.flops)} FLOPs, ${short(words.latency)} µs a picture`;
    const here = this.#trained.get(words.canonical);
    const facts = [
      `Cell ${words.number}${words.canonical === words.number ? "" : `, the same network as ${words.canonical}`}: ${cost}.`,
    ];
    if (words.shared !== null) facts.push(`With shared weights ${percent(words.shared)} right.`);
    if (words.accuracy !== null && words.place !== null) {
      facts.push(`Candidate ${words.place + 1} of the search: ${percent(words.accuracy)} right.`);
    } else if (here !== undefined) facts.push(`Trained alone, just now: ${percent(here)} right${this.#ranked(here)}.`);
    else if (words.shared === null) facts.push("Not tried yet: how good it is shows when it is trained.");
    this.said.textContent = facts.join(" ");
    this.button.hidden = words.accuracy !== null || here !== undefined;
    this.button.disabled = this.#training;
    this.button.textContent = this.#training ? "Training it …" : "Train it as a candidate";
    this.notation.textContent = words.notation;
  }

  /** The rank of an accuracy among those that were tried. @param {number} accuracy */
  #ranked(accuracy) {
    if (!this.#cells || this.#cells.words.shared) return "";
    const better = this.#cells.tensors.accuracy.data.filter((one) => one > accuracy).length;
    return `, better than ${count(this.#cells.tensors.accuracy.data.length - better)} of ${count(
      this.#cells.tensors.accuracy.data.length,
    )} that were tried`;
  }
}

/** @extends {Painter<Lane>} */
export default class Search extends Painter {
  /** @type {Cache<Cells>} */
  cache = new Cache(120);

  lane() {
    return new Lane(this);
  }

  /** What the dots of all runs lie within: two that are compared have the same axes. */
  get bounds() {
    return bounds(this.lanes.flatMap((lane) => [...lane.points, ...lane.marks]).filter(known));
  }
}
