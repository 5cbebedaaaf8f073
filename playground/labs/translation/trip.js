// A picture translated to the other domain and back, beside the true drawing where there is one.

import { enlarge, show } from "../../ui/static/canvas.js";
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
 * @property {number} step of the snapshot
 * @property {string} direction "ab" or "ba"
 * @property {string | null} domain of the source picture, where it is known
 * @property {number} most the error at the end of the scale
 * @property {number} cycle L1 between the picture and its reconstruction
 * @property {Distance} [translated] of the translation from the true drawing
 * @property {Distance} [untouched] of the source from the true drawing
 * @typedef {Answer<Words, Record<typeof FIGURES[number], Uint8Array<ArrayBuffer>>>} Translated pictures (C, H, W); the
 *   truth is only there where it is known
 */

/** The first three stand in a row, the others below it. */
const FIGURES = /** @type {const} */ (["source", "translation", "truth", "reconstruction", "heat"]);
const ROW = 3;
const GAP = 16; // CSS pixels between two figures
const WORDS = 32; // and below one
const SCALE = 16; // and below the heat map
const LARGE = 0.66; // of the height for the first row, at most

/** One run's translation of the chosen picture. */
class Lane {
  /** @type {{shown: Translated, track: Track} | null} */
  #current = null;

  /** @param {Trip} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Translated>} */ (new Part(painter, "trip", { limit: 3, cache: painter.cache }));
    this.figures = FIGURES.map((name) => {
      const canvas = element("canvas", { role: "img", "data-part": name === "source" ? "main" : null });
      const caption = element("figcaption");
      return { name, canvas, caption, root: element("figure", { class: `trip-${name}` }, canvas, caption) };
    });
    this.most = element("b");
    this.figures[4].root.append(element("div", { class: "scale" }, element("b", {}, "0"), element("i"), this.most));
    this.caption = element("p", { class: "caption" });
    const roots = this.figures.map(({ root }) => root);
    const main = element("div", { class: "lane-main" }, ...roots.slice(0, ROW));
    this.root = element("div", { class: "lane" }, main);
    this.root.append(element("div", { class: "lane-side" }, ...roots.slice(ROW), this.caption));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown) => {
      this.#current = { shown, track };
      this.paint();
    });
  }

  paint() {
    if (!this.#current) return;
    const { shown, track } = this.#current;
    const { words, tensors } = shown;
    const [from, to] = styles(track.info, words.direction);
    const truth = words.domain && words.domain !== words.direction[0] ? "should stay the same" : `the true ${to}`;
    const names = ["source", `as ${to}`, truth, `back, as ${from}`, "cycle error"];
    const large = this.#large();
    this.figures.forEach(({ name, canvas, caption, root }, i) => {
      root.hidden = !tensors[name];
      if (root.hidden) return;
      show(canvas, tensors[name]);
      const below = this.#height - this.figures[0].canvas.offsetHeight - 2 * WORDS;
      enlarge(canvas, tensors[name].shape[2], i < ROW ? large : Math.min(large, below));
      canvas.setAttribute("aria-label", names[i]);
      caption.textContent = names[i];
    });
    this.most.textContent = String(words.most);
    this.caption.textContent = this.#describe(words, track);
  }

  /** The side of the largest pictures of which all are in sight: three and then two smaller ones, or all in pairs. */
  #large() {
    const width = this.root.clientWidth + GAP;
    const three = Math.min(width / ROW - GAP, LARGE * this.#height - WORDS);
    const two = Math.min(width / 2 - GAP, this.#height / 3 - WORDS);
    return Math.max(three, two);
  }

  get #height() {
    return this.painter.stage.sight - SCALE;
  }

  /**
   * @param {Words} words
   * @param {Track} track
   */
  #describe({ step, cycle, translated, untouched }, { info }) {
    const measured =
      translated && untouched
        ? `To the true drawing the translation has ${distance(translated)}; the picture left as it is would have ` +
          `${distance(untouched)}.`
        : "It has no true counterpart, so there is nothing to measure the translation against.";
    return (
      `${info.name}, snapshot of step ${count(step)}, one picture, ${info.data_title} at ${info.size} pixels. The ` +
      `cycle error is L1 ${cycle.toFixed(3)} (1 is black against white); the map shows where, the mean over colors. ` +
      measured
    );
  }
}

/** @extends {Painter<Lane>} */
export default class Trip extends Painter {
  #picture = "";
  /** @type {Cache<Translated>} */
  cache = new Cache(200);

  lane() {
    return new Lane(this);
  }

  show() {
    const { picture } = this.stage;
    const { track } = this.film;
    if (track) this.controls.offer("direction", [["", "as the picture asks"], ...ways(track.info)]);
    const isOther = this.#picture && picture !== this.#picture;
    this.#picture = picture;
    // an example is of one domain, and goes to the other one
    if (isOther && picture.startsWith("ex-") && this.options.direction) this.set({ direction: "" });
    else super.show();
  }
}
