// The methods that map a network's answer, side by side on the picture: one of them is laid large over it.

import { context2d, draw, lay, resize } from "../../ui/static/canvas.js";
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
  lay(context, image, width);
  const { grid, values } = map;
  const colors = new ImageData(grid, grid);
  for (const [i, value] of values.entries()) {
    const [red, green, blue, opacity] = colored(map, value, most);
    colors.data.set([red, green, blue, 255 * strength * opacity], 4 * i);
  }
  const own = document.createElement("canvas"); // one picture: rectangles of 224 x 224 cells take far longer
  resize(own, grid);
  context2d(own).putImageData(colors, 0, 0);
  context.drawImage(own, 0, 0, width, width);
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
