// The pictures that are selected on a map: how many are of which class, and some of them to look at.

import { context2d, resize } from "../../ui/static/canvas.js";
import { PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { counted, sample } from "./selection.js";

const [MOST, COLUMNS] = [48, 12]; // pictures that are shown, and in a row
const CLASSES = 10; // that are named
const TILE = 28; // CSS pixels at least

/** @typedef {{image: ImageBitmap, words: {columns: number, size: number}}} Sheet */

export class Selected {
  /** @param {{neighbors: () => void, clear: () => void}} acts */
  constructor({ neighbors, clear }) {
    this.words = element("p", { class: "quiet", "aria-live": "polite" });
    const type = "button";
    this.neighbors = element("button", { type, onclick: neighbors }, "Select its neighbors");
    this.clear = element("button", { type, onclick: clear }, "Clear");
    this.classes = element("div", { class: "class-legend" });
    this.sheet = element("canvas", { class: "tile map-selected-sheet", role: "img" });
    const buttons = element("div", { class: "map-buttons" }, this.neighbors, this.clear);
    this.root = element("div", { class: "map-selected" }, this.words, buttons, this.classes, this.sheet);
  }

  /**
   * @param {number[]} numbers of pictures
   * @param {ArrayLike<number>} labels by picture
   * @param {string[]} classes
   * @param {Sheet | null} sheet with all pictures
   * @param {boolean} pointed whether there is one whose neighbors could be selected
   */
  show(numbers, labels, classes, sheet, pointed) {
    this.neighbors.disabled = !pointed;
    this.clear.hidden = this.classes.hidden = !numbers.length;
    this.sheet.hidden = !numbers.length || !sheet;
    this.words.textContent = numbers.length
      ? `${count(numbers.length)} of ${count(labels.length)} pictures are selected; Escape clears.`
      : "Draw a line around dots to select them; with the keyboard, Enter selects the neighbors of a dot.";
    const counts = classes.length ? counted(numbers, labels) : [];
    const named = counts.slice(0, CLASSES).map(([label, many]) => {
      const style = `--dot:${PALETTE[label % PALETTE.length]}`;
      return element("span", { style }, `${classes[label]} ${count(many)}`);
    });
    const rest = counts.length - named.length;
    this.classes.replaceChildren(...named, ...(rest > 0 ? [`and ${rest} more classes`] : []));
    if (sheet && numbers.length) this.#draw(sample(numbers, labels, MOST), sheet);
  }

  /** @param {number[]} numbers @param {Sheet} sheet */
  #draw(numbers, { image, words: { columns, size } }) {
    const wide = Math.min(COLUMNS, numbers.length);
    const times = Math.max(1, Math.floor(TILE / size));
    resize(this.sheet, wide * size, Math.ceil(numbers.length / wide) * size);
    this.sheet.style.width = `${wide * size * times}px`;
    this.sheet.setAttribute("aria-label", `${numbers.length} of the selected pictures`);
    const context = context2d(this.sheet);
    context.clearRect(0, 0, this.sheet.width, this.sheet.height);
    for (const [i, index] of numbers.entries()) {
      const [x, y] = [index % columns, Math.floor(index / columns)];
      const [left, top] = [i % wide, Math.floor(i / wide)];
      context.drawImage(image, x * size, y * size, size, size, left * size, top * size, size, size);
    }
  }
}
