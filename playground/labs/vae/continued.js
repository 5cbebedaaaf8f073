// Pictures of which the prior drew all but the first rows of codes.

import { decoded } from "../../ui/static/answer.js";
import { color, draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{rows: number, side: number, drawn: number}} Words rows that were kept, of how many, in how many pictures
 * @typedef {Answer<Words, {jpeg: Uint8Array<ArrayBuffer>}>} Raw
 * @typedef {Answer<Words, {}> & {image: ImageBitmap}} Continued
 */

const [ROWS, GAP] = [2, 4]; // of pictures, and CSS pixels between two

/** @param {Raw} answer @returns {Promise<Continued>} */
export const prepare = async (answer) => ({ ...answer, image: await decoded(answer.tensors.jpeg) });

/** The pictures, and which rows of them were kept. */
export class Continuations {
  /** @type {Continued | null} */
  #continued = null;

  constructor() {
    this.canvas = element("canvas", { role: "img" });
    this.caption = element("figcaption");
    this.root = element("figure", {}, this.canvas, this.caption);
  }

  /** @param {Continued} continued */
  show(continued) {
    this.#continued = continued;
    const { rows, side, drawn } = continued.words;
    const kept = `${rows} of ${side} rows kept, the others drawn by the prior`;
    const all = rows === side ? "All rows kept: nothing is left to draw" : "Drawn by the prior, code by code";
    this.caption.textContent = rows && rows < side ? kept : all;
    this.canvas.setAttribute("aria-label", `${drawn} pictures. ${this.caption.textContent}`);
  }

  /** @param {number} width in CSS pixels */
  paint(width) {
    if (!this.#continued) return;
    const { image, words } = this.#continued;
    const { rows, side, drawn } = words;
    const columns = Math.ceil(drawn / ROWS);
    const tile = Math.floor((width + GAP) / columns) - GAP;
    const size = image.width / drawn;
    this.canvas.style.width = `${columns * (tile + GAP) - GAP}px`;
    this.canvas.style.height = `${ROWS * (tile + GAP) - GAP}px`;
    draw(this.canvas, (context) => {
      context.imageSmoothingEnabled = tile * (window.devicePixelRatio || 1) < size;
      context.fillStyle = color("--second");
      for (let i = 0; i < drawn; i++) {
        const [x, y] = [(i % columns) * (tile + GAP), Math.floor(i / columns) * (tile + GAP)];
        context.drawImage(image, i * size, 0, size, size, x, y, tile, tile);
        if (rows && rows < side) context.fillRect(x, y + Math.round((rows / side) * tile) - 1, tile, 1);
      }
    });
  }
}
