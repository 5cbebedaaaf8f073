// How the probability of a class falls, or rises, as parts of the picture change in the order of each map.

import { color, draw } from "../../ui/static/canvas.js";
import { PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { percent } from "../../ui/static/format.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, methods: string[], areas: number[], chance: number[], insert: boolean, grid: number}} Words
 *   see `curves_view` of the server
 * @typedef {{shares: Float32Array, curves: Float32Array, rankings: Int32Array, random: Float32Array}} Tensors
 * @typedef {Answer<Words, Tensors>} Curves
 */

const [LEFT, RIGHT, TOP, BELOW] = [40, 8, 24, 36]; // CSS pixels around the curves
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** The color of a method's curve. @param {string} name */
export const ink = (name) =>
  PALETTE[["relevance", "occlusion", "integrated", "rollout", "gradient"].indexOf(name) % PALETTE.length];

/** The curves, with a cursor: the pointer, or the arrow keys. */
export class Faithful {
  /** @type {Curves | null} */
  #curves = null;
  #chosen = "";
  #name = "";
  /** The point where the cursor is. @type {number | null} */
  point = null;

  /** @param {() => void} moved hears that the cursor has moved */
  constructor(moved) {
    this.moved = moved;
    this.canvas = element("canvas", { class: "relevance-curves", tabindex: 0, role: "application" });
    const { canvas } = this;
    for (const kind of ["pointermove", "pointerdown"]) {
      canvas.addEventListener(kind, (event) => this.#move(this.#at(/** @type {PointerEvent} */ (event).offsetX)));
    }
    for (const kind of ["pointerleave", "pointercancel", "blur"]) {
      canvas.addEventListener(kind, () => this.#move(null));
    }
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") this.#move(null);
      if (!by || !this.#curves) return;
      event.preventDefault();
      const last = this.#curves.tensors.shares.data.length - 1;
      this.#move(Math.max(0, Math.min(last, (this.point ?? 0) + by)));
    });
  }

  /** @param {number | null} point */
  #move(point) {
    if (point === this.point) return;
    this.point = point;
    this.paint();
    this.moved();
  }

  /** The point that lies nearest. @param {number} offset in CSS pixels */
  #at(offset) {
    if (!this.#curves) return null;
    const { data } = this.#curves.tensors.shares;
    const share = (offset - LEFT) / (this.canvas.clientWidth - LEFT - RIGHT);
    return [...data.keys()].reduce((best, i) => (Math.abs(data[i] - share) < Math.abs(data[best] - share) ? i : best));
  }

  /**
   * @param {Curves} curves
   * @param {string} chosen the method whose curve stands out
   * @param {string} name of the class
   */
  show(curves, chosen, name) {
    this.#name = name;
    this.#curves = curves;
    this.#chosen = chosen;
    const last = curves.tensors.shares.data.length - 1;
    if (this.point !== null) this.point = Math.min(this.point, last);
    this.paint();
  }

  paint() {
    if (!this.#curves) return;
    const { tensors, words } = this.#curves;
    const { data: shares } = tensors.shares;
    const points = shares.length;
    draw(this.canvas, (context, width, height) => {
      const x = (/** @type {number} */ share) => LEFT + share * (width - LEFT - RIGHT);
      const y = (/** @type {number} */ value) => TOP + (1 - value) * (height - TOP - BELOW);
      axes(context, {
        x,
        y,
        width,
        height,
        name: `Probability of ${this.#name}`,
        along: words.insert ? "share of the picture put on gray" : "share of the picture turned gray",
      });
      const row = (/** @type {Float32Array} */ data, /** @type {number} */ i) =>
        data.subarray(i * points, (i + 1) * points);
      const line = (/** @type {Float32Array} */ values) => {
        context.beginPath();
        for (const [i, value] of values.entries()) context.lineTo(x(shares[i]), y(value));
      };
      const [low, mean, high] = [0, 1, 2].map((i) => row(tensors.random.data, i));
      context.fillStyle = context.strokeStyle = color("--quiet");
      context.globalAlpha = 0.2;
      line(high);
      for (let i = points - 1; i >= 0; i--) context.lineTo(x(shares[i]), y(low[i]));
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1;
      context.setLineDash([4, 4]);
      line(mean);
      context.stroke();
      context.setLineDash([]);
      context.lineJoin = "round";
      const order = [...words.methods.keys()].sort((a, b) => Number(this.#is(a)) - Number(this.#is(b)));
      for (const i of order) {
        context.strokeStyle = context.fillStyle = ink(words.methods[i]);
        context.lineWidth = this.#is(i) ? 3 : 1.5;
        const values = row(tensors.curves.data, i);
        line(values);
        context.stroke();
        if (!this.#is(i) || this.point === null) continue;
        context.beginPath();
        context.arc(x(shares[this.point]), y(values[this.point]), 5, 0, 7);
        context.fill();
      }
    });
  }

  /** Whether a method is the chosen one. @param {number} i */
  #is(i) {
    return this.#curves?.words.methods[i] === this.#chosen;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{x: (share: number) => number, y: (value: number) => number, width: number, height: number, name: string,
 *   along: string}} plot
 */
function axes(context, { x, y, width, height, name, along }) {
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = color("--quiet");
  context.strokeStyle = color("--line");
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of [0, 0.5, 1]) {
    context.strokeRect(LEFT, Math.round(y(value)) + 0.5, width - LEFT - RIGHT, 0);
    context.fillText(percent(value).replace(".0", ""), LEFT - 6, y(value));
  }
  context.textBaseline = "alphabetic";
  for (const share of TICKS) {
    context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    context.fillText(percent(share).replace(".0", ""), x(share), height - BELOW + 16);
  }
  context.textAlign = "right";
  context.fillText(along, width - RIGHT, height - 4);
  context.textAlign = "left";
  context.fillText(name, LEFT, TOP - 12);
}
