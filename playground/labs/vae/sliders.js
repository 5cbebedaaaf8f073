// A slider for each live dimension of a code, which bears the name of the factor that the dimension turned out to hold.

import { element } from "../../ui/static/dom.js";
import { fixed } from "../../ui/static/format.js";
import { brief } from "./matrix.js";

/** @import { Told } from "./matrix.js" */

const STEP = 0.05;

/**
 * What a link says of dimensions that were set, "3:1.5;7:-2", by their numbers.
 * @param {string} text
 * @returns {Map<number, number>}
 */
export const turnedOf = (text) =>
  new Map(
    text
      .split(";")
      .filter(Boolean)
      .map((pair) => /** @type {[number, number]} */ (pair.split(":").map(Number))),
  );

/** The text that `turnedOf` reads. @param {Map<number, number>} turned */
export const turnedText = (turned) => [...turned].map(([number, value]) => `${number}:${value}`).join(";");

/**
 * What a dimension holds: factors by name, or that it is no one.
 * @param {Told} told
 * @param {string[]} names of the factors
 * @param {number} d
 */
export function nameOf({ shares, held }, names, d) {
  const [from, to] = [d * names.length, (d + 1) * names.length];
  const holds = held.data.subarray(from, to);
  const found = names.filter((_, f) => holds[f]);
  if (found.length) return found.join(" and ");
  const told = shares.data.subarray(from, to);
  const most = told.indexOf(Math.max(...told));
  return `no one factor (${names[most]} ${brief(told[most])})`;
}

export class Sliders {
  /** @type {Map<number, {range: HTMLInputElement, output: HTMLElement, name: HTMLElement}>} */
  #rows = new Map();
  /** @type {Map<number, number>} */
  #turned = new Map();

  /** @param {(turned: string) => void} set hears of what is chosen */
  constructor(set) {
    this.set = set;
    this.rows = element("div");
    const back = { type: "button", hidden: true, onclick: () => set("") };
    this.back = element("button", back, "Back to the picture's own code");
    this.root = element("div", { class: "factor-sliders" }, this.rows, this.back);
  }

  /**
   * Names the sliders: those that hold a factor come first.
   * @param {Told} told
   * @param {string[]} names of the factors
   * @param {number} extent
   */
  name(told, names, extent) {
    const live = [...told.active.data.keys()].filter((d) => told.active.data[d]);
    const holds = (/** @type {number} */ d) => !nameOf(told, names, d).startsWith("no one");
    const order = [...live.filter(holds), ...live.filter((d) => !holds(d))];
    for (const d of order) if (!this.#rows.has(d)) this.#rows.set(d, this.#row(d, extent));
    for (const d of order) {
      const { name, range } = this.#of(d);
      name.textContent = nameOf(told, names, d);
      range.setAttribute("aria-label", `Dimension ${d + 1}: ${name.textContent}`);
    }
    const roots = order.map((d) => /** @type {HTMLElement} */ (this.#of(d).range.parentElement));
    // one that is being dragged must not leave the page
    if (roots.length !== this.rows.children.length || roots.some((root, i) => root !== this.rows.children[i])) {
      this.rows.replaceChildren(...roots);
    }
  }

  /**
   * Where they stand: where they were set, else at the picture's own code.
   * @param {Float32Array} mean
   * @param {string} text what was set
   */
  stand(mean, text) {
    const turned = turnedOf(text);
    this.back.hidden = !turned.size;
    for (const [d, { range, output }] of this.#rows) {
      const value = turned.get(d + 1) ?? mean[d];
      if (value === undefined) continue;
      range.value = String(value);
      output.textContent = fixed(value, 2);
      output.classList.toggle("set", turned.has(d + 1));
    }
    this.#turned = turned;
  }

  /** @param {number} d */
  #of(d) {
    const row = this.#rows.get(d);
    if (!row) throw new Error(`There is no slider for dimension ${d + 1}.`);
    return row;
  }

  /**
   * @param {number} d
   * @param {number} extent
   */
  #row(d, extent) {
    const range = element("input", { type: "range", min: -extent, max: extent, step: STEP });
    const [output, name] = [element("output"), element("span")];
    range.addEventListener("input", () => {
      this.#turned = new Map(this.#turned).set(d + 1, Number(range.value));
      this.set(turnedText(this.#turned));
    });
    element("label", {}, element("b", {}, `z${d + 1}`), name, range, output);
    return { range, output, name };
  }
}
