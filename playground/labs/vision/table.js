// A small map for every head of every block and their means, of which one is chosen.

import { context2d, resize } from "../../ui/static/canvas.js";
import { aboveUniform } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";

/** @import { Maps } from "./maps.js" */
/** @typedef {{layer: number, head: number, values: Float32Array}} HeadMap head -1 is the mean of all heads */

export class Table {
  #columns = 0;
  #shape = "";
  /** @type {{canvas: HTMLCanvasElement, layer: number, head: number}[]} */
  #cells = [];

  /** @param {(layer: number, head: number) => void} chosen hears of each choice */
  constructor(chosen) {
    this.chosen = chosen;
    this.root = element("div", { class: "attention-maps", role: "listbox", "aria-label": "Blocks and heads" });
    this.root.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** The arrow keys walk through the maps. @param {KeyboardEvent} event */
  #walk(event) {
    const columns = this.#columns;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Enter: 0, " ": 0 }[event.key];
    const here = this.#cells.findIndex(({ canvas }) => canvas === document.activeElement);
    const goal = this.#cells[here + (by ?? 0)];
    if (by === undefined || here < 0 || !goal) return;
    event.preventDefault();
    this.chosen(goal.layer, goal.head);
    goal.canvas.focus();
  }

  /** Has a cell for each map, and keeps those that fit. @param {Pick<Maps, "layers" | "heads">} maps */
  build({ layers, heads }) {
    if (this.#shape === `${layers} ${heads}`) return;
    this.#shape = `${layers} ${heads}`;
    this.#columns = heads + 1;
    this.#cells = [];
    this.root.style.setProperty("--heads", String(this.#columns));
    const all = [...Array(heads).keys()];
    const word = () => element("span", { class: "word" }, "head ");
    const titles = all.map((head) => element("span", {}, word(), String(head + 1)));
    /** @type {HTMLElement[]} */
    const parts = [element("span"), ...titles, element("span", {}, "mean")];
    for (let layer = 0; layer < layers; layer++) {
      parts.push(element("span", {}, `block ${layer + 1}`), ...[...all, -1].map((head) => this.#cell(layer, head)));
    }
    this.root.replaceChildren(...parts);
  }

  /**
   * @param {number} layer
   * @param {number} head
   * @returns {HTMLElement}
   */
  #cell(layer, head) {
    const name = `Block ${layer + 1}, ${head < 0 ? "mean of its heads" : `head ${head + 1}`}`;
    const onclick = () => this.chosen(layer, head);
    const canvas = element("canvas", { role: "option", title: name, "aria-label": name, onclick });
    this.#cells.push({ canvas, layer, head });
    return canvas;
  }

  /**
   * @param {HeadMap[]} maps
   * @param {{most: number, grid: number, layer: number, head: number}} shown the end of the scale, patches in a row, and
   *   which map is chosen
   */
  paint(maps, { most, grid, layer, head }) {
    for (const { canvas, ...cell } of this.#cells) {
      const map = maps.find((one) => one.layer === cell.layer && one.head === cell.head);
      if (map) heat(canvas, map.values, most, grid);
      const selected = cell.layer === layer && cell.head === head;
      canvas.setAttribute("aria-selected", String(selected));
      canvas.tabIndex = selected ? 0 : -1;
    }
  }
}

/**
 * Paints a small map, one pixel a patch; what is not above uniform shows the ground.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values
 * @param {number} most
 * @param {number} grid
 */
function heat(canvas, values, most, grid) {
  resize(canvas, grid);
  const image = new ImageData(grid, grid);
  for (const [i, value] of values.entries()) {
    const [red, green, blue, opacity] = aboveUniform(value, most);
    image.data.set([red, green, blue, 255 * opacity], 4 * i);
  }
  context2d(canvas).putImageData(image, 0, 0);
}
