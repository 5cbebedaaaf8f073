// One expert as a line: its color, its load, where in the picture and in what classes it is asked, and its patches.

import { at } from "../../../ui/static/answer.js";
import { context2d, draw, resize, tile } from "../../../ui/static/canvas.js";
import { viridis } from "../../../ui/static/colormap.js";
import { element } from "../../../ui/static/dom.js";
import { percent } from "../../../ui/static/format.js";

/** @import { Pictures, Tensor } from "../../../ui/static/types.d.ts" */

const GAP = 2; // CSS pixels between two patches
const NAMED = 2; // classes

/**
 * What one expert is asked for, over test pictures.
 * @typedef {object} Load
 * @property {number} load the share of all patches
 * @property {number} equal what each would have if all were asked alike
 * @property {Tensor<Float32Array>} places (grid, grid), the share of the patches at a place
 * @property {Float32Array} classes (K,), the load by the class that it comes from
 * @property {Pictures} patches (n, C, p, p)
 * @property {number} shown how many of these there are
 */

/**
 * The classes that an expert is asked most of.
 * @param {Float32Array} loads (K,), all 0 where it is asked nothing
 * @param {string[]} names
 */
export function mostly(loads, names) {
  const total = loads.reduce((sum, load) => sum + load, 0);
  const best = [...loads.keys()].sort((a, b) => loads[b] - loads[a]).filter((i) => loads[i]);
  const parts = best.slice(0, NAMED).map((i) => `${names[i]} ${Math.round((100 * loads[i]) / total)}%`);
  return parts.join(", ") || "nothing";
}

export class ExpertRow {
  /** @type {Load | null} */
  #asked = null;

  /**
   * @param {number} number counted from 0
   * @param {string} ink
   * @param {() => void} choose
   */
  constructor(number, ink, choose) {
    this.number = number;
    this.fill = element("i");
    this.value = element("b");
    this.places = element("canvas", { class: "expert-places", role: "img" });
    this.patches = element("canvas", { class: "expert-patches", role: "img" });
    this.classes = element("small");
    const name = element("span", { class: "dotted" }, `${number + 1}`);
    this.root = element(
      "button",
      { type: "button", class: "expert", style: `--dot: ${ink}; --fill: ${ink}`, onclick: choose },
      name,
      element("span", { class: "expert-load" }, this.fill),
      this.value,
      this.places,
      this.patches,
      this.classes,
    );
  }

  /** @param {Load} asked @param {string[]} names of the classes */
  show(asked, names) {
    this.#asked = asked;
    const { load, equal, classes, shown } = asked;
    this.fill.style.setProperty("--value", String(Math.min(1, load / (4 * equal))));
    this.value.textContent = percent(load);
    this.classes.textContent = this.classes.title = mostly(classes, names);
    this.root.setAttribute("aria-label", `Expert ${this.number + 1}: ${percent(load)} of all patches`);
    this.places.setAttribute("aria-label", `Where in the picture expert ${this.number + 1} is asked`);
    this.patches.setAttribute("aria-label", `The ${shown} patches that it is the likeliest choice for`);
    this.paint();
  }

  paint() {
    if (!this.#asked) return;
    const { places, patches, shown } = this.#asked;
    const [grid] = places.shape;
    resize(this.places, grid);
    const image = new ImageData(grid, grid);
    for (const [i, share] of places.data.entries()) image.data.set([...viridis(share), 255], 4 * i);
    context2d(this.places).putImageData(image, 0, 0);
    const [most] = patches.shape;
    draw(this.patches, (context, width) => {
      const side = (width - GAP * (most - 1)) / most;
      for (let i = 0; i < shown; i++) tile(context, at(patches, i), i * (side + GAP), 0, side);
    });
  }
}
