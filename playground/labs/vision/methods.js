// The methods that map a network's answer, side by side on the picture: one of them is laid large over it.

import { draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { colored } from "./explained.js";
import { ink } from "./faithful.js";

/** @import { Method, Shown } from "./explained.js" */

/**
 * Draws a picture with a map laid over it, on the whole of a canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width in CSS pixels
 * @param {{image: HTMLImageElement | null, map: Shown, most: number, strength: number}} what
 */
export function overlaid(context, width, { image, map, most, strength }) {
  context.imageSmoothingEnabled = false;
  if (image) context.drawImage(image, 0, 0, width, width);
  const { grid, values } = map;
  const edge = (/** @type {number} */ i) => Math.round((i * width) / grid); // cells meet without a seam
  for (const [i, value] of values.entries()) {
    const [red, green, blue, opacity] = colored(map, value, most);
    if (!opacity) continue;
    const [column, row] = [i % grid, Math.floor(i / grid)];
    const [x, y] = [edge(column), edge(row)];
    context.fillStyle = `rgba(${red},${green},${blue},${strength * opacity})`;
    context.fillRect(x, y, edge(column + 1) - x, edge(row + 1) - y);
  }
}

/** A row for each method. */
export class Methods {
  /** @type {{root: HTMLElement, canvas: HTMLCanvasElement, said: HTMLElement}[]} */
  #rows = [];
  #key = "";

  /** @param {(name: string) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.root = element("div", { class: "relevance-methods", role: "group", "aria-label": "Maps" });
  }

  /**
   * @param {Method[]} methods
   * @param {string} chosen
   */
  show(methods, chosen) {
    const key = methods.map(({ name }) => name).join();
    if (key !== this.#key) {
      this.#key = key;
      this.#rows = methods.map(({ name, title }) => {
        const canvas = element("canvas", { "aria-hidden": "true" });
        const said = element("span", { class: "relevance-area" });
        const words = element("span", {}, element("b", { style: `--dot:${ink(name)}`, class: "dotted" }, title), said);
        const attributes = { type: "button", class: "relevance-method", "data-method": name };
        return {
          root: element("button", { ...attributes, onclick: () => this.choose(name) }, canvas, words),
          canvas,
          said,
        };
      });
      this.root.replaceChildren(...this.#rows.map(({ root }) => root));
    }
    for (const [i, { name }] of methods.entries()) {
      this.#rows[i].root.setAttribute("aria-pressed", String(name === chosen));
    }
  }

  /**
   * @param {number} i
   * @param {Parameters<typeof overlaid>[2]} what
   */
  paint(i, what) {
    draw(this.#rows[i].canvas, (context, width) => overlaid(context, width, what));
  }

  /**
   * What each one's curve says.
   * @param {string[]} words
   */
  tell(words) {
    for (const [i, { said }] of this.#rows.entries()) said.textContent = words[i] ?? "";
  }
}
