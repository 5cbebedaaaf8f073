// A picture whose patches are covered by hand or shuffled, and how the probabilities of the classes move.

import { context2d, draw, enlarge, pixels, resize } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { lines, Patches } from "../../ui/static/patches.js";
import { Cache } from "../../ui/static/requests.js";
import { answers, Pairs, pairs } from "./pairs.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Query } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, grid: number, classes: string[], moved: number, codes: boolean}} Words see `what_if_view`
 * @typedef {{picture: Uint8Array<ArrayBuffer>, altered: Uint8Array<ArrayBuffer>, covered: Uint8Array<ArrayBuffer>,
 *   fill: Uint8Array<ArrayBuffer>, before: Float32Array, after: Float32Array}} Tensors
 * @typedef {Answer<Words, Tensors>} Changed
 */

const COVERING = "The picture; press or drag to cover patches, or use the arrow keys and Space";
const SHUFFLED = "The picture with its patches in a random order";

/** One run's picture, and what it says of it. */
class Lane {
  /** @type {{changed: Changed, track: Track, query: Query} | null} */
  #shown = null;

  /** @param {WhatIf} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Changed>} */ (new Part(painter, "changed", { limit: 4, cache: new Cache(60) }));
    this.canvas = element("canvas", { class: "plane", "data-part": "main" });
    this.counted = element("figcaption", { "aria-live": "polite" });
    this.said = element("p", { class: "what-if-said" });
    this.pairs = new Pairs();
    this.caption = element("p", { class: "caption" });
    this.main = element("figure", { class: "lane-main" }, this.canvas, this.counted);
    this.side = element("div", { class: "lane-side" }, this.said, this.pairs.root, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
    this.patches = new Patches(this.canvas, {
      changed: (mask) => painter.set({ covered: /-.*[1-9a-f]/.test(mask) ? mask : "" }),
      paint: () => this.paint(),
      tell: (told) => {
        this.counted.textContent = told;
      },
      words: ["covered", "visible"],
      locked: () => painter.shuffles,
    });
  }

  /** Whether the network has position codes. */
  get codes() {
    return this.#shown?.changed.words.codes ?? false;
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (changed, query) => {
      this.#shown = { changed, track, query };
      const { covered } = changed.tensors;
      if (query.covered === this.painter.options.covered) this.patches.mask = Array.from(covered.data, Boolean);
      this.painter.offer();
      this.paint();
      this.#describe();
    });
  }

  paint() {
    if (!this.#shown) return;
    const { tensors, words } = this.#shown.changed;
    const shuffled = this.painter.shuffles;
    const size = tensors.picture.shape[2];
    this.canvas.setAttribute("aria-label", shuffled ? SHUFFLED : COVERING);
    this.canvas.style.cursor = shuffled ? "default" : "";
    enlarge(this.canvas, size, this.painter.side(this.main));
    const picture = element("canvas");
    resize(picture, size);
    context2d(picture).putImageData(pixels(shuffled ? tensors.altered : tensors.picture), 0, 0);
    const { data } = tensors.fill;
    const [red, green, blue] = data.length === 3 ? data : [data[0], data[0], data[0]];
    draw(this.canvas, (context, width) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(picture, 0, 0, width, width);
      if (shuffled) lines(context, words.grid, width / words.grid);
      else this.patches.draw(context, width / this.patches.grid, `rgb(${red}, ${green}, ${blue})`);
    });
  }

  #describe() {
    if (!this.#shown) return;
    const { changed, track, query } = this.#shown;
    const { words, tensors } = changed;
    const { grid, classes, moved, codes, step } = words;
    const [before, after] = [tensors.before.data, tensors.after.data];
    const covered = tensors.covered.data.reduce((sum, one) => sum + one, 0);
    const shuffled = query.change === "shuffle";
    this.counted.textContent = `${shuffled ? moved : covered} of ${grid ** 2} patches ${shuffled ? "moved" : "covered"}`;
    const said = answers(before, after, classes).map((words) => element("span", {}, words));
    this.said.replaceChildren(said[0], " ", said[1]);
    this.pairs.show(pairs(before, after, classes), this.painter.label);
    const hint = shuffled || covered ? "" : "Nothing is covered yet: press or drag over the picture. ";
    const without = codes
      ? "All position codes are at their mean, with which it was not trained. "
      : "It has no position codes to be put at their mean. ";
    this.caption.textContent =
      `${hint}${query.codes_off ? without : ""}Probabilities of ${this.painter.source(track, step)}; ` +
      `${grid} × ${grid} patches.`;
  }
}

/** @extends {Painter<Lane>} */
export default class WhatIf extends Painter {
  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    const onclick = () => this.set({ covered: "" });
    this.reset = element("button", { type: "button", title: "Uncovers all patches", onclick }, "Reset");
    stage.extras.replaceChildren(this.reset);
  }

  /** Whether the patches are shuffled, and not covered. @returns {boolean} */
  get shuffles() {
    return this.options.change === "shuffle";
  }

  lane() {
    return new Lane(this);
  }

  show() {
    super.show();
    this.offer();
  }

  /** Offers the controls that change something now. */
  offer() {
    const { controls, options, shuffles, lanes } = this;
    controls.hide("fill", shuffles);
    controls.hide("seed", !shuffles);
    controls.hide("codes_off", !options.codes_off && !lanes.some(({ codes }) => codes));
    this.reset.hidden = shuffles;
    this.reset.disabled = !options.covered;
  }
}
