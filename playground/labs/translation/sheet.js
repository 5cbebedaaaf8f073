// Held-out pictures beside their translations and, where there are any, the true drawings.

import { decoded } from "../../ui/static/answer.js";
import { context2d, resize } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { distance, styles, ways } from "./domains.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Distance } from "./domains.js" */

/**
 * @typedef {object} Words
 * @property {string[]} names
 * @property {number} of how many were held out
 * @property {number} step
 * @property {Distance} [translated] to the true drawings, where there are any
 * @property {Distance} [untouched]
 * @typedef {{words: Words, image: ImageBitmap}} Pairs
 */

const GAP = 16; // CSS pixels between two rows of pictures

/** @param {Answer<Words, {jpeg: Uint8Array<ArrayBuffer>}>} answer @returns {Promise<Pairs>} */
const prepare = async ({ words, tensors }) => ({ words, image: await decoded(tensors.jpeg) });

/** One run's sheet. */
class Lane {
  /** @param {Sheet} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<any, Pairs>} */ (new Part(painter, "sheet", { cache: painter.cache, prepare }));
    this.main = element("div", { class: "lane-main" });
    this.caption = element("p", { class: "caption" });
    this.root = element("div", { class: "lane" }, this.main, element("div", { class: "lane-side" }, this.caption));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (pairs, { direction }) => {
      this.#take(pairs);
      this.#describe(pairs.words, track, String(direction));
      this.paint();
    });
  }

  /** @param {Pairs} pairs */
  #take({ words: { names, translated }, image }) {
    const size = image.height / names.length;
    const canvases = names.map((name, i) => {
      const label = `${name}: source, translation${translated ? ", true drawing" : ""}`;
      const part = i ? null : "main";
      const canvas = element("canvas", { role: "img", title: name, "aria-label": label, "data-part": part });
      resize(canvas, image.width, size);
      context2d(canvas).drawImage(image, 0, i * size, image.width, size, 0, 0, image.width, size);
      return canvas;
    });
    this.main.replaceChildren(...canvases);
  }

  /**
   * @param {Words} words
   * @param {Track} track
   * @param {string} direction
   */
  #describe({ names, of, step, translated, untouched }, { info }, direction) {
    const means =
      translated && untouched
        ? ` Means over these ${names.length}: translated ${distance(translated)}; untouched ${distance(untouched)}.`
        : "";
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: ${names.length} of ${of} held-out pictures, ` +
      `${styles(info, direction).join(" → ")}.${means}`;
  }

  /** Makes the pictures as large as all of them are in sight, at a multiple of half of the screen's pixels. */
  paint() {
    const canvases = [...this.main.querySelectorAll("canvas")];
    if (!canvases.length) return;
    const [{ width, height }] = canvases;
    const ratio = window.devicePixelRatio || 1;
    const room = this.root.clientWidth + GAP;
    /** @param {number} scale */
    const fits = (scale) => {
      const columns = Math.floor(room / ((scale / ratio) * width + GAP));
      return Math.ceil(canvases.length / columns) * ((scale / ratio) * height + GAP) <= this.painter.side(this.root);
    };
    let scale = 1;
    while (fits(scale + 0.5)) scale += 0.5;
    for (const canvas of canvases) canvas.style.width = `${(scale / ratio) * width}px`;
  }
}

/** @extends {Painter<Lane>} */
export default class Sheet extends Painter {
  /** @type {Cache<Pairs>} */
  cache = new Cache(40);

  lane() {
    return new Lane(this);
  }

  show() {
    const { track } = this.film;
    if (track) this.controls.offer("direction", ways(track.info));
    super.show();
  }
}
