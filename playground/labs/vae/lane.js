// One run's latent plane with the point on it, and the picture at the point.

import { decoded } from "../../ui/static/answer.js";
import { draw, fit, halo, handle, outlined } from "../../ui/static/canvas.js";
import { PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";
import { count } from "../../ui/static/format.js";
import { Part } from "../../ui/static/painter.js";
import { Pair } from "./pair.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import LatentPlane from "./plane.js" */

/**
 * @typedef {[x: number, y: number]} Place in standard deviations
 * @typedef {{latent: number, explained_variance: number, side: number}} Words dimensions of a code, the share of the
 *   codes' variance that lies in the plane, and decoded points in a row
 * @typedef {{points: Float32Array, labels: Int32Array, jpeg: Uint8Array<ArrayBuffer>}} Tensors points (N, 2),
 *   labels (N,)
 * @typedef {Answer<Words, Tensors> & {image: ImageBitmap}} Plane
 * @typedef {Plane & {track: Track, step: number}} Shown
 * @typedef {Answer<object, {at: Float32Array, ellipse: Float32Array}>} Encoded the ellipse's half axes and the first
 *   one's angle
 * @typedef {Answer<object, {picture: Uint8Array<ArrayBuffer>}>} Drawn
 */

const EXTENT = 3; // the plane shows the square from -EXTENT to EXTENT, as the server does
const STEP = 0.1; // of an arrow key

/** The nearest coordinate that the plane shows, with the digits that a link keeps. @param {number} value */
export const within = (value) => Number(Math.max(-EXTENT, Math.min(EXTENT, value)).toFixed(4));

/** One run's plane and the picture at the point. */
export class Lane {
  /** Where the point is: once moved, in all lanes the same, else where this run's encoder puts the picture. */
  #at = /** @type {Place} */ ([0, 0]);
  /** The posterior of the chosen picture: its mean and its ellipse. */
  #posterior = /** @type {{at: Place, ellipse: Float32Array} | null} */ (null);
  /** What is drawn, all of one step. */
  #shown = /** @type {Shown | null} */ (null);

  /** @param {LatentPlane} painter */
  constructor(painter) {
    this.painter = painter;
    const { cache } = painter;
    const prepare = async (/** @type {any} */ answer) => ({ ...answer, image: await decoded(answer.tensors.jpeg) });
    this.plane = /** @type {Part<any, Plane>} */ (new Part(painter, "plane", { cache, prepare }));
    this.encoder = /** @type {Part<Encoded>} */ (new Part(painter, "encode"));
    this.decoder = /** @type {Part<Drawn>} */ (new Part(painter, "decode", { limit: 4 }));
    const label = "The latent plane; drag, or use the arrow keys";
    this.canvas = element("canvas", { class: "plane", "data-part": "main", tabindex: 0, "aria-label": label });
    this.pair = new Pair();
    this.where = element("p", { class: "caption" });
    this.caption = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, this.canvas);
    this.side = element("div", { class: "lane-side" }, this.pair.root, this.where, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
    draggable(this.canvas, {
      to: (x, y) => painter.move((2 * x - 1) * EXTENT, (1 - 2 * y) * EXTENT),
      by: (right, up) => painter.move(this.#at[0] + STEP * right, this.#at[1] + STEP * up),
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.plane.ask(track, step, (plane) => {
      this.#shown = { track, step, ...plane }; // all at once: what is drawn is what the caption names
      this.follow();
      this.#encode();
    });
    this.#encode();
    this.#decode(); // an option of it may have changed
  }

  /** Stands where the visitor put the point; until it is moved, it waits for the encoder. */
  follow() {
    const { moved, x, y } = this.painter.options;
    if (moved) {
      this.#at = [x, y];
      this.#decode();
    }
    this.paint();
  }

  /** Asks for the posterior of the chosen picture, in the run and at the step that are drawn. */
  #encode() {
    if (!this.#shown) return;
    const { track, step } = this.#shown;
    this.encoder.ask(track, step, ({ tensors: { at, ellipse } }, query) => {
      const [x, y] = at.data;
      this.#posterior = { at: [x, y], ellipse: ellipse.data };
      this.pair.give(query);
      if (!this.painter.options.moved) this.#at = [within(x), within(y)];
      this.#decode();
      this.paint();
    });
  }

  /** Asks for the picture at the point, with the chosen picture's own residual. */
  #decode() {
    if (!this.#shown) return;
    const { track, step } = this.#shown;
    const [x, y] = this.#at;
    const start = performance.now();
    /** @param {Drawn} drawn */
    const take = ({ tensors }) => {
      this.pair.show(tensors.picture);
      this.painter.measured?.(performance.now() - start);
    };
    this.decoder.ask(track, step, take, { query: { x, y } });
    const wide = this.#posterior && this.#posterior.ellipse[0] > 0; // an autoencoder's codes are points
    const about = wide ? "; the ellipse is one standard deviation of the encoder's posterior" : "";
    this.where.textContent = `at (${x.toFixed(2)}, ${y.toFixed(2)})${about}`;
  }

  paint() {
    if (!this.#shown) return;
    const { tensors, image, track } = this.#shown;
    const { canvas, painter, side } = this;
    fit(canvas, painter.side(this.main));
    this.pair.fit(track.info.size, side.clientWidth);
    draw(canvas, (context, width) => {
      const scale = width / (2 * EXTENT);
      /** @param {Place} place @returns {Place} */
      const to = ([x, y]) => [(x + EXTENT) * scale, (EXTENT - y) * scale];
      context.imageSmoothingEnabled = canvas.width < 2 * image.width; // larger ones look best as they are
      context.drawImage(image, 0, 0, width, width);
      if (painter.options.dots) dots(context, tensors, to);
      if (this.#posterior && this.#posterior.ellipse[0] > 0) {
        const [a, b, angle] = this.#posterior.ellipse;
        const [x, y] = to(this.#posterior.at);
        outlined(context, halo(2.5), () => {
          context.ellipse(x, y, Math.max(2, a * scale), Math.max(2, b * scale), -angle, 0, 7);
        });
      }
      handle(context, ...to(this.#at));
    });
    this.#describe(this.#shown);
  }

  /** @param {Shown} shown */
  #describe({ track: { info }, step, words: { explained_variance, latent, side }, tensors: { labels } }) {
    const share = Math.round(100 * explained_variance);
    const cut = `; the plane of the codes' first two principal components explains ${share}% of their variance`;
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: ${side} × ${side} decoded points from −${EXTENT} to ${EXTENT} ` +
      `standard deviations, ${latent} latent dimensions${latent > 2 ? cut : ""}. Dots: ${labels.data.length} ` +
      `test pictures of ${info.data_title} at their posterior means.`;
  }
}

/**
 * The test pictures.
 * @param {CanvasRenderingContext2D} context
 * @param {Plane["tensors"]} tensors
 * @param {(place: Place) => Place} to CSS pixels
 */
function dots(context, { points, labels }, to) {
  context.strokeStyle = "rgba(0,0,0,.55)";
  context.lineWidth = 0.75;
  for (const [i, label] of labels.data.entries()) {
    context.fillStyle = PALETTE[label % PALETTE.length];
    context.beginPath();
    context.arc(...to([points.data[2 * i], points.data[2 * i + 1]]), 3.2, 0, 7);
    context.fill();
    context.stroke();
  }
}
