// One run's latent plane with the point on it, and the picture at the point.

import { ask, decoded } from "../../ui/static/answer.js";
import { draw, handle, outlined, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";
import { count } from "../../ui/static/format.js";
import { Newest } from "../../ui/static/requests.js";
import { address } from "../../ui/static/server.js";

/** @import { Answer, Tensor } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { PlaneView } from "./plane.js" */

/**
 * @typedef {[x: number, y: number]} Place in standard deviations
 * @typedef {object} Words
 * @property {number} latent dimensions of a code
 * @property {number} explained_variance share of the codes' variance that lies in the plane
 * @property {number} side decoded points in a row
 * @typedef {{points: Float32Array, labels: Int32Array, jpeg: Uint8Array<ArrayBuffer>}} Tensors points (N, 2), labels (N,)
 * @typedef {{words: Words, points: Place[], labels: number[], image: ImageBitmap}} Plane
 * @typedef {Plane & {track: Track, step: number}} Shown
 * @typedef {Answer<object, {at: Float32Array, ellipse: Float32Array}>} Encoded the ellipse's half axes and the first
 *   one's angle
 * @typedef {Answer<object, {picture: Uint8Array<ArrayBuffer>}>} Drawn
 */

export const EXTENT = 3; // the plane shows the square from -EXTENT to EXTENT, as the server does
export const PALETTE = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#f0e442",
  "#882255",
  "#999933",
  "#44aa99",
];

const STEP = 0.1; // of an arrow key

/** The place, or the nearest one on the plane's edge: beyond it nothing is shown. @param {Place} place */
export const within = (place) =>
  /** @type {Place} */ (place.map((value) => Math.max(-EXTENT, Math.min(EXTENT, value))));

/** One run's plane and the picture at the point. */
export class Lane {
  #key = "";
  #decodeRequests = /** @type {Newest<Drawn>} */ (new Newest(4));
  #planeRequests = /** @type {Newest<Plane>} */ (new Newest(2));
  #encodeRequests = /** @type {Newest<Encoded>} */ (new Newest(2));
  /** @type {Shown | null} what is drawn, all of one step */
  shown = null;
  /** The posterior of the chosen picture: its mean and its ellipse. */
  posterior = /** @type {{at: Place, ellipse: Float32Array} | null} */ (null);

  /** @param {PlaneView} view */
  constructor(view) {
    this.view = view;
    this.at = view.at;
    const label = "The latent plane; drag, or use the arrow keys";
    this.canvas = element("canvas", { class: "plane", "data-part": "main", tabindex: 0, "aria-label": label });
    this.decoded = element("canvas", { class: "decoded", "aria-label": "The decoded picture" });
    this.given = element("img", { class: "given", alt: "The encoded picture", hidden: true });
    this.where = element("p", { class: "caption" });
    this.caption = element("p", { class: "caption" });
    const pair = element(
      "div",
      { class: "pair" },
      element("figure", {}, this.decoded, element("figcaption", {}, "decoded")),
      element("figure", {}, this.given, element("figcaption", {}, "given")),
    );
    this.side = element("div", { class: "plane-side" }, pair, this.where);
    this.root = element(
      "div",
      { class: "lane" },
      element("div", { class: "plane-main" }, this.canvas, this.caption),
      this.side,
    );
    draggable(this.canvas, {
      to: (x, y) => view.move([(2 * x - 1) * EXTENT, (1 - 2 * y) * EXTENT]),
      by: (right, up) => view.move([this.at[0] + STEP * right, this.at[1] + STEP * up]),
      rest: () => view.remember(),
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const query = { run: track.id, step };
    const key = track.key(query);
    if (key === this.#key) return;
    this.#key = key;
    this.#planeRequests.ask(
      () => this.view.cache.get(key, () => plane(query)),
      (answer) => {
        this.shown = { track, step, ...answer }; // all at once: what is drawn is what the caption names
        this.view.complain("");
        this.paint();
        this.encode();
      },
      (error) => {
        this.#key = "";
        this.view.complain(error.message);
      },
    );
  }

  /** Asks for the posterior of the chosen picture, in this run at this step. */
  encode() {
    const { picture } = this.view;
    if (!this.shown) return;
    const { track, step } = this.shown;
    this.#encodeRequests.ask(
      () => ask("vae", "encode", { run: track.id, step, picture }),
      ({ tensors: { at, ellipse } }) => {
        const [x, y] = at.data;
        this.posterior = { at: [x, y], ellipse: ellipse.data };
        this.given.src = address(`/pictures/${picture}.png`, { run: track.id });
        this.given.hidden = false;
        if (!this.view.moved) this.at = within([x, y]);
        this.view.complain("");
        this.decode();
        this.paint();
      },
      (error) => this.view.complain(error.message),
    );
  }

  /** Asks for the picture at the point. */
  decode() {
    if (!this.shown) return;
    const { track, step } = this.shown;
    const [x, y] = this.at.map((value) => value.toFixed(4));
    const start = performance.now();
    const query = { run: track.id, step, picture: this.view.picture, x, y, off_plane: true };
    this.#decodeRequests.ask(
      () => ask("vae", "decode", query),
      ({ tensors }) => {
        show(this.decoded, tensors.picture);
        this.view.complain("");
        this.view.measured?.(performance.now() - start);
      },
      (error) => this.view.complain(error.message),
    );
    const [left, top] = this.at.map((value) => value.toFixed(2));
    const about = this.posterior ? "; the ellipse is one standard deviation of the encoder's posterior" : "";
    this.where.textContent = `at (${left}, ${top})${about}`;
  }

  paint() {
    const { shown, posterior } = this;
    if (!shown) return;
    const { points, labels, image } = shown;
    draw(this.canvas, (context, width) => {
      const scale = width / (2 * EXTENT);
      /** @param {Place} place @returns {Place} */
      const to = ([x, y]) => [(x + EXTENT) * scale, (EXTENT - y) * scale];
      context.imageSmoothingEnabled = false;
      context.drawImage(image, 0, 0, width, width);
      if (this.view.dots) for (const [i, point] of points.entries()) dot(context, to(point), labels[i]);
      if (posterior) {
        const [a, b, angle] = posterior.ellipse;
        const [x, y] = to(posterior.at);
        outlined(
          context,
          [
            ["#000", 5],
            ["#fff", 2.5],
          ],
          () => context.ellipse(x, y, Math.max(2, a * scale), Math.max(2, b * scale), -angle, 0, 7),
        );
      }
      handle(context, ...to(this.at));
    });
    this.#describe(shown);
  }

  /** @param {Shown} shown */
  #describe({ track: { info }, step, words: { explained_variance, latent, side }, points }) {
    const share = Math.round(100 * explained_variance);
    const cut = `; the plane of the codes' first two principal components explains ${share}% of their variance`;
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: ${side} × ${side} decoded points from −${EXTENT} to ${EXTENT} ` +
      `standard deviations, ${latent} latent dimensions${latent > 2 ? cut : ""}. Dots: ${points.length} test ` +
      `pictures of ${info.data_title} at their posterior means.`;
  }
}

/**
 * The plane of a run at a step.
 * @param {{run: string, step: number}} query
 * @returns {Promise<Plane>}
 */
async function plane(query) {
  /** @type {Answer<Words, Tensors>} */
  const { words, tensors } = await ask("vae", "plane", query);
  const labels = [...tensors.labels.data];
  return { words, labels, points: labels.map((_, i) => place(tensors.points, i)), image: await decoded(tensors.jpeg) };
}

/** @param {Tensor<Float32Array>} points @param {number} i @returns {Place} */
const place = ({ data }, i) => [data[2 * i], data[2 * i + 1]];

/**
 * A test picture.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place in CSS pixels
 * @param {number} label
 */
function dot(context, [x, y], label) {
  context.fillStyle = PALETTE[label % PALETTE.length];
  context.strokeStyle = "rgba(0,0,0,.55)";
  context.lineWidth = 0.75;
  context.beginPath();
  context.arc(x, y, 3.2, 0, 7);
  context.fill();
  context.stroke();
}
