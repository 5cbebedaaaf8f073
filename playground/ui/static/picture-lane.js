// One run's picture with a map laid over it, and the classes that the network predicts.

import { bar } from "./bar.js";
import { draw, fitted, lay } from "./canvas.js";
import { aboveUniform } from "./colormap.js";
import { element } from "./dom.js";
import { percent } from "./format.js";
import { address } from "./server.js";

/** @import { Painter } from "./painter.js" */
/** @import { Tensor } from "./types.d.ts" */

/** The colors of a scale of ratios to what is uniform, from left to right. */
export const RAMP = Array.from({ length: 17 }, (_, i) => `rgba(${aboveUniform(2 ** (i / 16), 2)})`).join();
const SHOWN = 5; // classes

export class PictureLane {
  #source = "";
  #originalSource = "";
  /** @type {HTMLImageElement | null} */
  #original = null;
  /** The picture as the network takes it. @type {HTMLImageElement | null} */
  image = null;

  /**
   * @param {Painter<any>} painter
   * @param {Record<string, unknown>} attributes of the canvas
   */
  constructor(painter, attributes) {
    this.painter = painter;
    this.canvas = element("canvas", { class: "lane-picture", "data-part": "main", ...attributes });
    this.bars = element("div", { class: "bars" });
    this.caption = element("p", { class: "caption" });
    this.least = element("b");
    this.most = element("b");
    this.ramp = element("i", { style: `background: linear-gradient(90deg, ${RAMP})` });
    this.scale = element("div", { class: "scale", hidden: true }, this.least, this.ramp, this.most);
    this.main = element("div", { class: "lane-main" }, this.canvas, this.scale);
    this.side = element("div", { class: "lane-side" }, this.bars, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
  }

  /**
   * Loads the picture, and paints once it is there.
   * @param {string} path
   * @param {import("./types.d.ts").Query} query
   */
  load(path, query) {
    const source = address(path, query);
    if (this.#source === source) return;
    this.#source = source;
    const image = new Image();
    image.src = source;
    const take = () => {
      if (this.#source !== source) return null;
      this.image = image;
      this.paint();
      return null;
    };
    this.painter.awaits(image.decode().then(take, () => null));
    this.#bring(this.painter.stage.picture);
  }

  /** Loads a picture that was brought as it is; of an example there is no other. @param {string} name */
  #bring(name) {
    const brought = name.startsWith("up-");
    this.painter.controls.hide("seen", !brought);
    const source = brought ? address(`/pictures/${name.replace(/-inverted$/, "")}.png`) : "";
    if (source === this.#originalSource) return;
    this.#originalSource = source;
    this.#original = null;
    if (!brought) return;
    const image = new Image();
    image.src = source;
    const take = () => {
      if (this.#originalSource !== source) return null;
      this.#original = image;
      this.paint();
      return null;
    };
    this.painter.awaits(image.decode().then(take, () => null));
  }

  /** What lies under a map: the picture as the network takes it, or as it was brought. */
  get under() {
    return (this.painter.options.seen === "original" && this.#original) || this.image;
  }

  paint() {}

  /**
   * The picture, at a whole multiple of its size.
   * @param {number} size in pixels
   * @param {(context: CanvasRenderingContext2D, width: number) => void} more draws on
   */
  picture(size, more) {
    const { canvas, painter } = this;
    canvas.style.width = canvas.style.height = `${fitted(size, painter.side(this.main))}px`;
    draw(canvas, (context, width) => {
      lay(context, this.under, width);
      more(context, width);
    });
  }

  /**
   * The picture with a map laid over it.
   * @param {Float32Array} values grid x grid ratios to what is uniform
   * @param {number} most the end of the scale
   * @param {{grid: number, size: number, unit: string}} shape size of the picture in pixels
   * @param {(context: CanvasRenderingContext2D, side: number) => void} [more] draws on, with the side of a cell
   */
  overlay(values, most, { grid, size, unit }, more = () => {}) {
    const { strength } = this.painter.options;
    this.scale.hidden = false;
    this.picture(size, (context, width) => {
      const edge = (/** @type {number} */ i) => Math.round((i * width) / grid); // cells meet without a seam
      values.forEach((value, i) => {
        const [red, green, blue, opacity] = aboveUniform(value, most);
        const [column, row] = [i % grid, Math.floor(i / grid)];
        const [x, y] = [edge(column), edge(row)];
        context.fillStyle = `rgba(${red},${green},${blue},${strength * opacity})`;
        context.fillRect(x, y, edge(column + 1) - x, edge(row + 1) - y);
      });
      more(context, width / grid);
    });
    this.least.textContent = unit;
    this.most.textContent = `${most.toFixed(1)}× ${unit}`;
  }

  /**
   * The classes that the network finds most likely.
   * @param {Tensor<Float32Array>} probabilities
   * @param {string[]} classes
   * @param {string} label the right one, where it is known
   */
  predictions(probabilities, classes, label) {
    const top = classes.map((name, i) => ({ name, value: probabilities.data[i] })).sort((a, b) => b.value - a.value);
    const bars = top.slice(0, SHOWN).map(({ value, name }) => {
      const right = name === label;
      const { root, set } = bar(right ? `${name} ✓` : name, { right });
      set(value, percent(value));
      return root;
    });
    this.bars.replaceChildren(...bars);
  }
}
