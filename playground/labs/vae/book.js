// A codebook as a picture: a tile a code, what pictures show on average where they choose it.

import { at } from "../../ui/static/answer.js";
import { color, context2d, draw, pixels, resize } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";
import { count, percent } from "../../ui/static/format.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{pictures: number, used: number, perplexity: number, margin: number}} Words how many codes are used, and how
 *   many pixels around its own a patch shows
 * @typedef {{counts: Int32Array, patches: Uint8Array<ArrayBuffer>}} Tensors
 * @typedef {Answer<Words, Tensors>} Codes
 */

const GAP = 2; // CSS pixels between two tiles

/** The tiles of all codes; one of them is chosen. */
export class Book {
  /** @type {Codes | null} */
  #codes = null;
  /** All patches side by side, in their own pixels. */
  #sheet = element("canvas");
  #chosen = 0;
  /** @type {number | null} the code that is pointed at elsewhere */
  #pointed = null;

  /** @param {(code: number) => void} choose */
  constructor(choose) {
    const label = "The codebook; press a code to paint with it, or use the arrow keys";
    this.canvas = element("canvas", { class: "codebook-book", tabindex: 0, role: "application", "aria-label": label });
    this.caption = element("figcaption", { "aria-live": "polite" });
    this.root = element("figure", {}, this.canvas, this.caption);
    /** @param {number} code */
    const among = (code) => code >= 0 && code < this.size && choose(code);
    draggable(this.canvas, {
      to: (x, y) => {
        const [column, row] = [Math.floor(x * this.columns), Math.floor(y * this.rows)];
        if (column >= 0 && column < this.columns) among(row * this.columns + column);
      },
      by: (right, up) => among(this.#chosen + right - up * this.columns),
    });
  }

  get size() {
    return this.#codes?.tensors.counts.data.length ?? 0;
  }

  get columns() {
    return Math.ceil(Math.sqrt(2 * this.size));
  }

  get rows() {
    return Math.ceil(this.size / this.columns);
  }

  /** The code that is used most; 0 as long as nothing is known. */
  get commonest() {
    if (!this.#codes) return 0;
    const { data } = this.#codes.tensors.counts;
    return data.indexOf(Math.max(...data));
  }

  /** @param {Codes} codes */
  show(codes) {
    this.#codes = codes;
    const { patches } = codes.tensors;
    const [size, , side] = patches.shape;
    resize(this.#sheet, size * side, side);
    const context = context2d(this.#sheet);
    for (let code = 0; code < size; code++) context.putImageData(pixels(at(patches, code)), code * side, 0);
  }

  /**
   * @param {number} chosen
   * @param {number | null} pointed
   */
  mark(chosen, pointed) {
    this.#chosen = Math.min(chosen, Math.max(0, this.size - 1));
    this.#pointed = pointed;
    this.#tell();
  }

  #tell() {
    if (!this.#codes) return;
    const counts = this.#codes.tensors.counts.data;
    const total = counts.reduce((sum, one) => sum + one, 0);
    const code = this.#pointed ?? this.#chosen;
    const does = this.#pointed === null ? "paints" : "is there";
    const used = counts[code]
      ? `${percent(counts[code] / total)} of places choose it`
      : "no place chooses it, so nothing is shown";
    this.caption.textContent = `Code ${count(code)} ${does}: ${used}`;
  }

  /**
   * Draws one code's own pixels, without what is around them.
   * @param {CanvasRenderingContext2D} context
   * @param {number} code
   * @param {[x: number, y: number, side: number]} place
   */
  tile(context, code, [x, y, side]) {
    if (!this.#codes) return;
    const { margin } = this.#codes.words;
    const whole = this.#sheet.height;
    const own = whole - 2 * margin;
    context.drawImage(this.#sheet, code * whole + margin, margin, own, own, x, y, side, side);
  }

  /** @param {number} width in CSS pixels */
  paint(width) {
    if (!this.#codes) return;
    const { canvas, columns, rows } = this;
    const side = Math.floor((width + GAP) / columns) - GAP;
    canvas.style.width = `${columns * (side + GAP) - GAP}px`;
    canvas.style.height = `${rows * (side + GAP) - GAP}px`;
    const counts = this.#codes.tensors.counts.data;
    const whole = this.#sheet.height;
    draw(canvas, (context) => {
      context.imageSmoothingEnabled = side * (window.devicePixelRatio || 1) < 2 * whole;
      for (const [code, uses] of counts.entries()) {
        const [x, y] = [(code % columns) * (side + GAP), Math.floor(code / columns) * (side + GAP)];
        context.strokeStyle = color("--line");
        context.lineWidth = 1;
        if (uses) context.drawImage(this.#sheet, code * whole, 0, whole, whole, x, y, side, side);
        else context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
      }
      for (const [code, ink] of /** @type {[number | null, string][]} */ ([
        [this.#chosen, "--accent"],
        [this.#pointed, "--second"],
      ])) {
        if (code === null) continue;
        context.strokeStyle = color(ink);
        context.lineWidth = 3;
        context.strokeRect((code % columns) * (side + GAP), Math.floor(code / columns) * (side + GAP), side, side);
      }
    });
  }
}
