// One run's latent plane with the point on it, and the picture at the point.

import { decoded } from "../../ui/static/answer.js";
import { draw, enlarge, fit, halo, handle, outlined, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";
import { count, fixed, percent } from "../../ui/static/format.js";
import { Part } from "../../ui/static/painter.js";
import { tested } from "../../ui/static/run.js";
import { named, scaled } from "./directions.js";
import { Dots } from "./dots.js";
import { LeftOut } from "./left-out.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import LatentPlane from "./plane.js" */

/**
 * @typedef {[x: number, y: number]} Place in standard deviations
 * @typedef {object} Words
 * @property {number} latent dimensions of a code
 * @property {number} explained_variance the share of the codes' variance that lies in the plane
 * @property {number} side decoded points in a row
 * @property {[across: string, up: string]} directions of the plane
 * @property {[across: string, up: string]} usual those that are shown first
 * @property {boolean} prior whether the codes were pulled to one
 * @typedef {{points: Float32Array, labels: Int32Array, jpeg: Uint8Array<ArrayBuffer>}} Tensors points (N, 2),
 *   labels (N,)
 * @typedef {Answer<Words, Tensors> & {image: ImageBitmap}} Plane
 * @typedef {Plane & {track: Track, step: number}} Shown
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 * @typedef {{at: Float32Array, ellipse: Float32Array, whole: Bytes, projected: Bytes}} Codes the ellipse's half axes and
 *   the first one's angle; what is decoded from the whole code, and from its place on the plane alone
 * @typedef {Answer<{left_out: number}, Codes>} Encoded
 * @typedef {Answer<object, {picture: Uint8Array<ArrayBuffer>}>} Drawn
 */

const EXTENT = 3; // the plane shows the square from -EXTENT to EXTENT, as the server does
const STEP = 0.1; // of an arrow key
const ROOM = 224; // CSS pixels for the picture at the point

/** The nearest coordinate that the plane shows, with the digits that a link keeps. @param {number} value */
export const within = (value) => Number(Math.max(-EXTENT, Math.min(EXTENT, value)).toFixed(4));

/** One run's plane and the picture at the point. */
export class Lane {
  /** Where the point is: once moved, in all lanes the same, else where this run's encoder puts the picture. */
  #at = /** @type {Place} */ ([0, 0]);
  /** The posterior of the chosen picture: its mean and its ellipse. */
  #posterior = /** @type {{at: Place, ellipse: Float32Array, left: number} | null} */ (null);
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
    this.dots = new Dots(painter);
    this.axes = element("figcaption", { class: "plane-axes" });
    this.decoded = element("canvas", { class: "tile decoded", role: "img", "aria-label": "Decoded at the point" });
    this.where = element("p", { class: "caption where" });
    this.left = new LeftOut();
    this.caption = element("p", { class: "caption" });
    const plane = element("div", { class: "plane-frame" }, this.canvas, this.dots.root);
    this.main = element("figure", { class: "lane-main" }, plane, this.axes);
    this.side = element("div", { class: "lane-side" }, this.decoded, this.where, this.left.root, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
    this.#listen();
  }

  #listen() {
    const { canvas, painter } = this;
    /** @param {Place} place */
    const move = ([x, y]) => {
      painter.move(x, y);
      this.#point(this.#at);
    };
    draggable(canvas, {
      to: (x, y) => move([(2 * x - 1) * EXTENT, (1 - 2 * y) * EXTENT]),
      by: (right, up) => move([this.#at[0] + STEP * right, this.#at[1] + STEP * up]),
    });
    canvas.addEventListener("pointermove", ({ buttons, pointerType, offsetX, offsetY }) => {
      if (buttons || pointerType === "touch") return;
      const scale = canvas.clientWidth / (2 * EXTENT);
      this.#point([offsetX / scale - EXTENT, EXTENT - offsetY / scale]);
    });
    for (const kind of ["pointerleave", "blur"]) {
      canvas.addEventListener(kind, (event) => {
        if (!(event instanceof PointerEvent && event.pointerType === "touch")) this.#point(null);
      });
    }
  }

  /** Points at a place, whose dot shows its picture, or at none. @param {Place | null} place */
  #point(place) {
    if (!this.#shown) return;
    this.dots.point(place, this.#shown.track);
    this.paint();
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.plane.ask(track, step, (plane) => {
      this.#shown = { track, step, ...plane }; // all at once: what is drawn is what the caption names
      this.painter.offer();
      this.follow();
      this.#encode();
    });
    this.#encode();
    this.#decode(); // an option of it may have changed
  }

  /** The directions of the plane that is shown first, once that is known. */
  get usual() {
    return this.#shown?.words.usual;
  }

  /** Where a dot is. @param {number} i @returns {Place} */
  dot(i) {
    const [x = Number.NaN, y = Number.NaN] = this.#shown?.tensors.points.data.slice(2 * i, 2 * i + 2) ?? [];
    return [x, y];
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
    this.encoder.ask(track, step, ({ tensors: { at, ellipse, whole, projected }, words }, query) => {
      const [x, y] = at.data;
      this.#posterior = { at: [x, y], ellipse: ellipse.data, left: words.left_out };
      this.left.show(query, whole, projected);
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
      show(this.decoded, tensors.picture);
      this.painter.measured?.(performance.now() - start);
    };
    this.decoder.ask(track, step, take, { query: { x, y } });
    const wide = this.#posterior && this.#posterior.ellipse[0] > 0; // an autoencoder's codes are points
    const about = wide ? "; the ellipse is one standard deviation of the encoder's posterior" : "";
    this.where.textContent = `decoded at (${fixed(x, 2)}, ${fixed(y, 2)})${about}`;
  }

  paint() {
    if (!this.#shown) return;
    const { tensors, image, track } = this.#shown;
    const { canvas, painter, side } = this;
    fit(canvas, painter.side(this.main));
    enlarge(this.decoded, track.info.size, Math.min(ROOM, side.clientWidth));
    this.left.fit(track.info.size, side.clientWidth);
    draw(canvas, (context, width) => {
      const scale = width / (2 * EXTENT);
      /** @param {Place} place @returns {Place} */
      const to = ([x, y]) => [(x + EXTENT) * scale, (EXTENT - y) * scale];
      context.imageSmoothingEnabled = canvas.width < 2 * image.width; // larger ones look best as they are
      context.drawImage(image, 0, 0, width, width);
      if (painter.options.dots) this.dots.paint(context, tensors, scale, to, track);
      else this.dots.hide();
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
  #describe({ track: { info }, step, words, tensors: { labels } }) {
    const { explained_variance, latent, side, directions } = words;
    const [across, up] = directions.map(named);
    this.axes.textContent = `→ ${across}, ↑ ${up}: from −${EXTENT} to ${EXTENT} ${scaled(words)}`;
    if (this.#posterior) this.left.say(this.#posterior.left, explained_variance, latent === 2);
    const cut = `; ${percent(explained_variance)} of the codes' variance lies in the plane`;
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: ${side} × ${side} decoded points, ${latent} latent ` +
      `dimensions${latent > 2 ? cut : ""}. Dots: ${tested(info, labels.data.length, words)} at their ` +
      "posterior means.";
  }
}
