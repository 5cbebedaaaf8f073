// Samples of the prior, decoded, and where they lie among the codes of test pictures.

import { decoded } from "../../ui/static/answer.js";
import { bar } from "../../ui/static/bar.js";
import { color, draw, fit } from "../../ui/static/canvas.js";
import { legend, PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count, percent, short } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { tested } from "../../ui/static/run.js";
import { width, words } from "./beside.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Words
 * @property {number} step
 * @property {number} side samples in a row
 * @property {number} latent dimensions of a code
 * @property {number} share of the codes' variance that is seen
 * @property {number} samples of the prior
 * @property {number} neighbors the neighbor of a sample that its neighborhood reaches to
 * @property {number} coverage part of the samples with a code in their neighborhood
 * @property {number} expected what that would be of codes from the prior
 * @property {number} density codes in a neighborhood, 1 being as many as from the prior
 * @typedef {object} Tensors
 * @property {Uint8Array<ArrayBuffer>} jpeg the samples
 * @property {Float32Array} at where they are, (n, 2)
 * @property {boolean[]} populated whether codes are there
 * @property {Float32Array} points codes of test pictures, (N, 2)
 * @property {Int32Array} labels (N,)
 * @typedef {Answer<Words, Tensors> & {image: ImageBitmap}} Sampled
 */

const GAP = 16; // CSS pixels between the two squares
const NARROW = 440; // below this width they stand one below the other
const LEAST = 3; // standard deviations of the prior that are always in sight
const MARGIN = 1.08;
const WORDS = 24; // CSS pixels of words below a square
const SIGMAS = [1, 2];

/** One run's samples and codes. */
class Lane {
  /** @type {Sampled | null} */
  #shown = null;

  /** @param {Prior} painter */
  constructor(painter) {
    const prepare = async (/** @type {any} */ answer) => ({ ...answer, image: await decoded(answer.tensors.jpeg) });
    this.painter = painter;
    this.part = /** @type {Part<any, Sampled>} */ (new Part(painter, "prior", { cache: painter.cache, prepare }));
    const label = "Decoded samples of the prior";
    this.sheet = element("canvas", { class: "tile", role: "img", "aria-label": label, "data-part": "main" });
    this.plane = element("canvas", {
      class: "tile",
      role: "img",
      "aria-label": "Codes of test pictures and the prior",
    });
    const names = ["Decoded from N(0, 1); framed: no code is near", "Dots: codes; rings: the samples"];
    const figures = [this.sheet, this.plane].map((canvas, i) =>
      element("figure", {}, canvas, element("figcaption", {}, names[i])),
    );
    this.coverage = bar("Prior covered", { title: "Coverage: samples of the prior with a code in their neighborhood" });
    this.density = bar("Density of codes", {
      title: "Codes in the neighborhoods of samples of the prior; 1 is as many as from the prior itself",
      right: true,
    });
    this.caption = element("p", { class: "caption" });
    const main = element("div", { class: "lane-main pair" }, ...figures);
    const bars = element("div", { class: "bars" }, this.coverage.root, this.density.root);
    this.root = element(
      "div",
      { class: "lane figures" },
      main,
      element("div", { class: "lane-side" }, bars, this.caption),
    );
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.paint(); // nothing moves once there is an answer
    this.part.ask(track, step, (shown) => {
      this.#shown = shown;
      this.#describe(track, shown);
      this.paint();
    });
  }

  /**
   * @param {Track} track
   * @param {Sampled} shown
   */
  #describe({ info }, { words, tensors: { labels } }) {
    const { step, latent, share, samples, neighbors, coverage, expected, density } = words;
    this.coverage.set(coverage, percent(coverage));
    this.density.set(Math.min(1, density), density.toFixed(2));
    const seen = latent > 2 ? `, seen along two of ${latent} directions with ${percent(share)} of their variance` : "";
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: one code of each of ${tested(info, labels.data.length, words)} drawn ` +
      `from its posterior${seen}. The neighborhood of each of ${count(samples)} samples of the prior reaches to its ` +
      `${neighbors}th nearest other one. Covered is one that holds a code: of codes drawn from the prior it would be ` +
      `${percent(expected)}. Density counts the codes in all of them: 1 is as dense as the prior; codes far out count for nothing.`;
  }

  paint() {
    const { painter, root, sheet, plane } = this;
    const room = width(root);
    const side = Math.min(room < NARROW ? room : (room - GAP) / 2, painter.height - WORDS);
    for (const canvas of [sheet, plane]) fit(canvas, Math.max(120, Math.floor(side)));
    if (!this.#shown) return;
    const shown = this.#shown;
    draw(sheet, (context, across) => this.#samples(context, across, shown));
    draw(plane, (context, across) => this.#codes(context, across, shown));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} across
   * @param {Sampled} shown
   */
  #samples(context, across, { image, words: { side }, tensors: { populated } }) {
    context.imageSmoothingEnabled = this.sheet.width < 2 * image.width;
    context.drawImage(image, 0, 0, across, across);
    const tile = across / side;
    context.strokeStyle = color("--wrong");
    context.lineWidth = 2;
    populated.data.forEach((is, i) => {
      if (!is) context.strokeRect((i % side) * tile + 1, Math.floor(i / side) * tile + 1, tile - 2, tile - 2);
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} across
   * @param {Sampled} shown
   */
  #codes(context, across, { tensors: { at, populated, points, labels } }) {
    const reach = MARGIN * points.data.reduce((most, value) => Math.max(most, Math.abs(value)), LEAST);
    const scale = across / (2 * reach);
    const x = (/** @type {number} */ value) => (value + reach) * scale;
    const y = (/** @type {number} */ value) => (reach - value) * scale;
    context.strokeStyle = color("--line");
    context.strokeRect(0, y(0), across, 0);
    context.strokeRect(x(0), 0, 0, across);
    for (const [i, label] of labels.data.entries()) {
      context.fillStyle = PALETTE[label % PALETTE.length];
      context.beginPath();
      context.arc(x(points.data[2 * i]), y(points.data[2 * i + 1]), 2.5, 0, 7);
      context.fill();
    }
    context.lineWidth = 1;
    const ring = Math.max(1.5, Math.min(3.5, scale / 4)); // where codes lie far out, the prior is small
    populated.data.forEach((is, i) => {
      context.strokeStyle = color(is ? "--ink" : "--wrong");
      context.beginPath();
      context.arc(x(at.data[2 * i]), y(at.data[2 * i + 1]), ring, 0, 7);
      context.stroke();
    });
    context.strokeStyle = color("--ink");
    words(context, "center", "bottom");
    for (const sigma of SIGMAS) {
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(x(0), y(0), sigma * scale, 0, 7);
      context.stroke();
    }
    context.strokeStyle = color("--wash"); // around the words, which stand among dots
    context.lineWidth = 4;
    for (const sigma of SIGMAS.filter(() => scale > 12)) {
      context.strokeText(`${sigma}σ`, x(0), y(sigma) - 1);
      context.fillText(`${sigma}σ`, x(0), y(sigma) - 1);
    }
    words(context, "right", "bottom");
    context.fillText(short(reach), across - 4, y(0) - 2);
    words(context, "left", "bottom");
    context.fillText(`−${short(reach)}`, 4, y(0) - 2);
  }
}

/** @extends {Painter<Lane>} */
export default class Prior extends Painter {
  /** @type {Cache<Sampled>} */
  cache = new Cache(60);

  lane() {
    return new Lane(this);
  }

  show() {
    super.show();
    this.stage.extras.replaceChildren(legend(this.fitting[0]?.info.classes ?? []));
  }
}
