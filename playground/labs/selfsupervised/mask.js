// A picture of which patches are hidden by hand or at random, what the network makes of them, and where it is wrong.

import { context2d, draw, enlarge, pixels, resize } from "../../ui/static/canvas.js";
import { viridis } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Patches, written } from "../../ui/static/patches.js";
import { Cache } from "../../ui/static/requests.js";
import { Probe } from "./probe.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Values } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{masked_mse: number | null, visible_mse: number | null}} Words of pixels from 0 to 1
 * @typedef {{picture: Uint8Array<ArrayBuffer>, reconstruction: Uint8Array<ArrayBuffer>,
 *   masked: Uint8Array<ArrayBuffer>, error: Float32Array}} Tensors
 * @typedef {Answer<Words, Tensors>} Masked
 */

const HIDDEN = "#808080";
const MOST = 0.5; // the end of the scale of errors, in differences of pixels from 0 to 1

/** One run's picture, its reconstruction and the errors. */
class Lane {
  /** @type {{track: Track, step: number, masked: Masked} | null} */
  #shown = null;

  /** @param {PaintTheMask} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Masked>} */ (new Part(painter, "mask", { limit: 4, cache: new Cache(60) }));
    const label = "The picture; press or drag to mask patches, or use the arrow keys and Space";
    this.canvas = element("canvas", { class: "plane", "data-part": "main" });
    this.canvas.setAttribute("aria-label", label);
    const name = "What the network makes of the picture";
    this.guess = element("canvas", { class: "tile", role: "img", "aria-label": name });
    this.error = element("canvas", { class: "tile", role: "img", "aria-label": "Where the reconstruction is wrong" });
    this.hidden = element("figcaption", { "aria-live": "polite" });
    const ramp = Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8)})`).join();
    const bar = element("i", { style: `background: linear-gradient(90deg, ${ramp})` });
    const scale = element("figcaption", { class: "scale" }, element("b", {}, "Error: 0"), bar, element("b", {}, "≥ ½"));
    this.words = element("p", { class: "mask-words" });
    this.probe = new Probe(painter);
    this.caption = element("p", { class: "caption" });
    this.figures = [
      element("figure", {}, this.canvas, this.hidden),
      element("figure", {}, this.guess, element("figcaption", {}, "Reconstruction")),
      element("figure", {}, this.error, scale),
    ];
    const text = element("div", { class: "mask-text" }, this.words, this.caption);
    this.root = element("div", { class: "lane mask" }, ...this.figures, text, this.probe.root);
    this.patches = new Patches(this.canvas, {
      changed: (mask) => painter.set({ mask }),
      paint: () => this.paint(),
      tell: (sentence) => {
        this.hidden.textContent = sentence;
      },
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (masked, { mask }) => {
      this.#shown = { track, step, masked };
      if (mask === this.painter.options.mask) this.patches.mask = Array.from(masked.tensors.masked.data, Boolean);
      this.paint();
      this.#describe();
      this.probe.show(track, step); // which takes longer
    });
  }

  paint() {
    if (!this.#shown) return;
    const { tensors } = this.#shown.masked;
    const [, size] = tensors.picture.shape;
    for (const [i, canvas] of [this.canvas, this.guess, this.error].entries()) {
      enlarge(canvas, size, this.painter.side(this.figures[i]));
    }
    const picture = element("canvas");
    resize(picture, size);
    context2d(picture).putImageData(pixels(tensors.picture), 0, 0);
    draw(this.canvas, (context, width) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(picture, 0, 0, width, width);
      this.patches.draw(context, width / this.patches.grid, HIDDEN);
    });
    const { everywhere } = this.painter.options;
    const [grid] = tensors.masked.shape;
    const shows = (/** @type {number} */ i) => {
      const [row, column] = [Math.floor(i / size), i % size].map((at) => Math.floor((at * grid) / size));
      return everywhere || tensors.masked.data[row * grid + column] === 1;
    };
    const guess = pixels(tensors.reconstruction);
    const whole = pixels(tensors.picture);
    const error = new ImageData(size, size);
    tensors.error.data.forEach((value, i) => {
      if (shows(i)) error.data.set([...viridis(Math.sqrt(value) / MOST), 255], 4 * i);
      else guess.data.set(whole.data.subarray(4 * i, 4 * i + 4), 4 * i);
    });
    for (const [canvas, image] of /** @type {const} */ ([
      [this.guess, guess],
      [this.error, error],
    ])) {
      resize(canvas, size);
      context2d(canvas).putImageData(image, 0, 0);
    }
  }

  #describe() {
    if (!this.#shown) return;
    const { track, step, masked } = this.#shown;
    const { info } = track;
    const { data } = masked.tensors.masked;
    const hidden = data.reduce((sum, one) => sum + one, 0);
    this.hidden.textContent = `${hidden} of ${data.length} patches masked`;
    this.words.textContent = sentence(masked.words, hidden === data.length);
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}. The error of a pixel is the root mean square over its colors, ` +
      "which go from 0 to 1.";
  }
}

/**
 * What the errors say.
 * @param {Words} words
 * @param {boolean} all whether all patches are hidden
 */
function sentence({ masked_mse: masked, visible_mse: visible }, all) {
  if (masked === null) return "Nothing is masked, so there is nothing to fill in. Mask some patches.";
  const error = `Mean squared error on masked patches: ${masked.toFixed(4)}.`;
  if (all || visible === null) {
    return `${error} All are masked: the decoder draws what it expects before it has seen anything.`;
  }
  return `${error} On visible patches, which the loss leaves out: ${visible.toFixed(4)}.`;
}

/** @extends {Painter<Lane>} */
export default class PaintTheMask extends Painter {
  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    const fill = (/** @type {boolean} */ hide) =>
      this.set({ mask: written(this.lanes[0].patches.mask.map(() => hide)) });
    const button = (/** @type {string} */ words, /** @type {() => void} */ onclick) =>
      element("button", { type: "button", onclick }, words);
    const buttons = [
      button("Mask all", () => fill(true)),
      button("Mask none", () => fill(false)),
      button("At random", () => this.set({ mask: "" })),
    ];
    stage.extras.replaceChildren(element("div", { class: "mask-buttons" }, ...buttons));
  }

  lane() {
    return new Lane(this);
  }

  /** Who turns the ratio or draws anew wants a mask at random. @param {Values} changes */
  changed(changes) {
    if (this.options.mask && ("ratio" in changes || "seed" in changes)) return this.set({ mask: "" });
    super.changed(changes);
  }
}
