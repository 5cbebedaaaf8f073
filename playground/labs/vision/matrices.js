// The matrices of one head in the order of the computation: a row of keys, scores, weights and values is one token.

import { color, draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { extent, two } from "./steps.js";

/** @import { Tensor } from "../../ui/static/types.d.ts" */
/** @import { At, Steps } from "./steps.js" */

/**
 * @typedef {"q" | "k" | "scores" | "weights" | "v" | "output"} Name
 * @typedef {{q: Tensor<Float32Array>, k: Tensor<Float32Array>, v: Tensor<Float32Array>}} Cell (T, d) each
 * @typedef {object} Shown
 * @property {Cell} cell
 * @property {Steps} steps
 * @property {boolean} scaled
 * @property {number} prefix how many tokens stand before the patches
 * @property {number} key the token whose row is marked
 * @property {At | null} at the cell that is pointed at
 * @property {string} ink of the marks
 */

/** What each is called, and its formula. @type {Record<Name, [title: string, formula: string]>} */
const PARTS = {
  q: ["1 query", "q"],
  k: ["2 keys", "K"],
  scores: ["3 scores", "s = K q / √d"],
  weights: ["4 weights", "w = softmax(s)"],
  v: ["5 values", "V"],
  output: ["6 output", "o = Vᵀ w"],
};
const UNSCALED = "s = K q";
const NAMES = /** @type {Name[]} */ (Object.keys(PARTS));
const BARS = /** @type {Name[]} */ (["scores", "weights"]);
const [BAR, GAP] = [80, 16]; // CSS pixels of the columns of scores and weights, and between two columns
const [WIDEST, STRIP] = [12, 12]; // of a cell, and the height of q and of the output
const [LOWEST, HIGHEST] = [4, 8]; // of a row
const AROUND = 152; // of all that stands above and below the rows
/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The parts of one head, each as a canvas below its name. */
export class Matrices {
  /** @type {Shown | null} */
  #shown = null;
  #row = HIGHEST;
  #column = WIDEST;

  /** @param {(at: At | null) => void} point hears which cell the pointer or the keys are at */
  constructor(point) {
    this.point = point;
    this.parts = new Map(NAMES.map((name) => [name, this.#part(name)]));
    this.said = element("p", { class: "cell-said", "aria-live": "polite" });
    this.note = element("p", { class: "cell-note" });
    const all = [...this.parts.values()].flatMap(({ head, canvas, scale }) => [head, canvas, scale]);
    this.root = element("div", { class: "cell-matrices" }, this.said, ...all, this.note);
  }

  /** @param {Name} name */
  #part(name) {
    const [title, formula] = PARTS[name];
    const shape = element("span");
    const equation = element("i", {}, formula);
    const head = element("div", { class: `cell-head of-${name}` }, element("b", {}, title), shape, equation);
    const label = `${title.slice(2)}; the arrow keys lead from one number to another`;
    const canvas = element("canvas", { class: `of-${name}`, tabindex: 0, role: "application", "aria-label": label });
    const [least, most] = [element("b"), element("b")];
    const ramp = element("i");
    const parts = BARS.includes(name) ? [least, element("span"), most] : [least, ramp, most];
    const scale = name === "q" || name === "output" ? null : element("div", { class: `scale of-${name}` }, ...parts);
    for (const kind of ["pointermove", "pointerdown"]) {
      canvas.addEventListener(kind, (event) => this.point(this.#at(name, /** @type {PointerEvent} */ (event))));
    }
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("blur", () => this.point(null));
    canvas.addEventListener("keydown", (event) => this.#press(name, event));
    return { head, shape, equation, canvas, scale, least, most };
  }

  /** @param {Name} name @param {PointerEvent} event @returns {At | null} */
  #at(name, { offsetX, offsetY }) {
    if (!this.#shown) return null;
    const { cell, prefix } = this.#shown;
    const [tokens, d] = cell.k.shape;
    const row = Math.max(0, Math.min(tokens - 1, Math.floor(offsetY / this.#row)));
    const dim = Math.max(0, Math.min(d - 1, Math.floor(offsetX / this.#column)));
    return { part: name, patch: name === "q" || name === "output" ? null : row - prefix, dim };
  }

  /** @param {Name} name @param {KeyboardEvent} event */
  #press(name, event) {
    const by = KEYS[event.key];
    if (!by || !this.#shown) return;
    event.preventDefault();
    const { cell, prefix, key, at } = this.#shown;
    const [tokens, d] = cell.k.shape;
    const row = Math.max(0, Math.min(tokens - 1, key + by[1]));
    const dim = Math.max(0, Math.min(d - 1, at?.part === name ? at.dim + by[0] : 0));
    this.point({ part: name, patch: name === "q" || name === "output" ? null : row - prefix, dim });
  }

  /**
   * @param {Shown} shown
   * @param {{width: number, height: number}} room for all of it, in CSS pixels
   */
  paint(shown, { width, height }) {
    this.#shown = shown;
    const { cell, steps, scaled } = shown;
    const [tokens, d] = cell.k.shape;
    this.#column = Math.max(1, Math.min(WIDEST, Math.floor((width - 2 * BAR - 3 * GAP) / (2 * d))));
    this.#row = Math.max(LOWEST, Math.min(HIGHEST, Math.floor((height - AROUND) / tokens)));
    const wide = `${this.#column * d}px`;
    this.root.style.gridTemplateColumns = `${wide} ${BAR}px ${BAR}px ${wide}`;
    for (const [name, { shape, equation, canvas }] of this.parts) {
      const isRow = name === "q" || name === "output";
      const isBar = BARS.includes(name);
      shape.textContent = isRow ? `${d}` : isBar ? `${tokens}` : `${tokens} × ${d}`;
      if (name === "scores") equation.textContent = scaled ? PARTS.scores[1] : UNSCALED;
      canvas.style.width = isBar ? `${BAR}px` : wide;
      canvas.style.height = `${isRow ? STRIP : this.#row * tokens}px`;
    }
    const first = Math.max(extent(steps.q), extent(cell.k.data));
    const second = extent(cell.v.data);
    this.#heat("q", steps.q, first);
    this.#heat("k", cell.k.data, first);
    this.#bars("scores", steps.scores, extent(steps.scores));
    this.#bars("weights", steps.weights, Math.max(...steps.weights));
    this.#heat("v", cell.v.data, second);
    this.#heat("output", steps.output, second);
  }

  /**
   * Numbers as colors; zero shows the ground.
   * @param {Name} name
   * @param {ArrayLike<number>} values row by row
   * @param {number} most the end of the scale in both directions
   */
  #heat(name, values, most) {
    const part = this.parts.get(name);
    if (!part || !this.#shown) return;
    const d = this.#shown.cell.k.shape[1];
    const column = this.#column;
    const row = part.scale ? this.#row : STRIP;
    draw(part.canvas, (context) => {
      const [above, below] = [color("--generated"), color("--real")];
      for (let i = 0; i < values.length; i++) {
        context.globalAlpha = Math.abs(values[i]) / (most || 1);
        context.fillStyle = values[i] > 0 ? above : below;
        context.fillRect((i % d) * column, Math.floor(i / d) * row, column, row);
      }
      context.globalAlpha = 1;
      this.#mark(context, name, column * d, row);
    });
    part.least.textContent = two(-most);
    part.most.textContent = two(most);
  }

  /**
   * Numbers as bars from zero: in the middle for scores, on the left for weights, which have a line at what is uniform.
   * @param {Name} name
   * @param {Float64Array} values
   * @param {number} most the end of the scale
   */
  #bars(name, values, most) {
    const part = this.parts.get(name);
    if (!part || !this.#shown) return;
    const signed = name === "scores";
    const row = this.#row;
    draw(part.canvas, (context, width, height) => {
      const zero = signed ? width / 2 : 0;
      const [above, below] = [color(signed ? "--generated" : "--quiet"), color("--real")];
      for (const [i, value] of values.entries()) {
        const length = (value / (most || 1)) * (width - zero);
        context.fillStyle = value > 0 ? above : below;
        context.fillRect(zero + Math.min(0, length), i * row + 0.5, Math.abs(length), row - 1);
      }
      context.fillStyle = color("--quiet");
      context.fillRect(Math.round(zero), 0, 1, height);
      if (!signed) dashes(context, Math.round(width / values.length / (most || 1)), height);
      this.#mark(context, name, width, row);
    });
    part.least.textContent = signed ? two(-most) : "0";
    part.most.textContent = signed ? two(most) : most.toFixed(3);
  }

  /**
   * Frames the row of the key, and the cell that is pointed at.
   * @param {CanvasRenderingContext2D} context
   * @param {Name} name
   * @param {number} width
   * @param {number} row its height
   */
  #mark(context, name, width, row) {
    if (!this.#shown) return;
    const { key, at, ink } = this.#shown;
    const isRow = name === "q" || name === "output";
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    if (!isRow) context.strokeRect(0.75, key * row - 0.25, width - 1.5, row + 0.5);
    // the number of the query belongs to the same number of each key, and that of the output to that of each value
    const columns = { q: ["q", "k"], k: ["q", "k"], v: ["v", "output"], output: ["v", "output"] };
    const marked = at && columns[/** @type {keyof typeof columns} */ (at.part)]?.includes(name);
    if (!marked) return;
    const column = this.#column;
    context.strokeStyle = color("--ink");
    context.strokeRect(
      at.dim * column + 0.75,
      isRow ? 0.75 : key * row - 0.25,
      column - 1.5,
      isRow ? row - 1.5 : row + 0.5,
    );
  }
}

/**
 * A dashed line from top to bottom.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} height
 */
function dashes(context, x, height) {
  context.strokeStyle = color("--ink");
  context.lineWidth = 1;
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(x + 0.5, 0);
  context.lineTo(x + 0.5, height);
  context.stroke();
  context.setLineDash([]);
}
