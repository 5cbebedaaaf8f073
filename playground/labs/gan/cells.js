// A row of small pictures, each of which is a button, with a word and a bar below it.

import { context2d, resize } from "../../ui/static/canvas.js";
import { viridis } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { arrows } from "../../ui/static/drag.js";

/** @import { Tensor } from "../../ui/static/types.d.ts" */

/**
 * What one cell shows; a cell without a picture yet has its place.
 * @typedef {object} Cell
 * @property {((canvas: HTMLCanvasElement) => void) | null} paint
 * @property {string} title what pressing it does
 * @property {boolean} [pressed]
 * @property {string} [word] below the picture
 * @property {number} [share] of the bar below it, 0 to 1
 * @property {string} [value] below the bar
 */

export class Cells {
  /** @type {{root: HTMLElement, canvas: HTMLCanvasElement, word: HTMLElement, bar: HTMLElement, value: HTMLElement}[]} */
  #cells = [];

  /**
   * @param {string} label what the pictures are
   * @param {(index: number) => void} choose is called with the number of the one that is pressed
   * @param {string} [kind] further classes
   */
  constructor(label, choose, kind = "") {
    this.choose = choose;
    this.root = element("div", { class: `cells ${kind}`.trim(), role: "group", "aria-label": label });
    arrows(this.root);
  }

  /** @param {Cell[]} cells */
  show(cells) {
    while (this.#cells.length > cells.length) this.#cells.pop()?.root.remove();
    while (this.#cells.length < cells.length) this.#add(this.#cells.length);
    this.root.style.setProperty("--columns", String(cells.length));
    for (const [i, { paint, title, pressed = false, word = "", share, value = "" }] of cells.entries()) {
      const cell = this.#cells[i];
      paint?.(cell.canvas);
      cell.root.title = title;
      cell.root.setAttribute("aria-label", title);
      cell.root.setAttribute("aria-pressed", String(pressed));
      cell.word.textContent = word;
      cell.value.textContent = value;
      cell.bar.hidden = share === undefined;
      cell.bar.style.setProperty("--value", String(Math.max(0, Math.min(1, share ?? 0))));
    }
  }

  /** @param {number} index */
  #add(index) {
    const [canvas, word, bar, value] = [element("canvas"), element("span"), element("i"), element("b")];
    const root = element("button", { type: "button", onclick: () => this.choose(index) }, canvas, word, bar, value);
    this.#cells.push({ root, canvas, word, bar, value });
    this.root.append(root);
  }
}

/**
 * Paints one picture of a strip of squares.
 * @param {ImageBitmap | undefined} strip
 * @param {number} index
 */
export const part = (strip, index) =>
  strip
    ? (/** @type {HTMLCanvasElement} */ canvas) => {
        const side = strip.height;
        resize(canvas, side);
        context2d(canvas).drawImage(strip, index * side, 0, side, side, 0, 0, side, side);
      }
    : null;

/**
 * Paints a map of bytes in the colors of heat-maps.
 * @param {Tensor<Uint8Array<ArrayBuffer>>} map (H, W)
 */
export const heat =
  ({ data, shape: [height, width] }) =>
  (/** @type {HTMLCanvasElement} */ canvas) => {
    const image = new ImageData(width, height);
    for (const [i, value] of data.entries()) image.data.set([...viridis(value / 255), 255], 4 * i);
    resize(canvas, width, height);
    context2d(canvas).putImageData(image, 0, 0);
  };
