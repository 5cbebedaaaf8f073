// The map of an encoder's features: a dot for each test picture, and the visitor's own one.

import { decoded } from "../../ui/static/answer.js";
import { context2d, draw, fit, handle, resize } from "../../ui/static/canvas.js";
import { legend, PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * @typedef {Answer<{explained_variance: number, extent: number}, {points: Float32Array, labels: Int32Array}>} Map
 * @typedef {Answer<object, {at: Float32Array, nearest: Int32Array, similarity: Float32Array}>} Place
 * @typedef {Answer<{columns: number, size: number}, {jpeg: Uint8Array<ArrayBuffer>}> & {image: ImageBitmap}} Sheet
 * @typedef {[x: number, y: number]} At
 */

const TRAVEL = 250; // milliseconds from one snapshot's map to the next one's
const NEAR = 12; // CSS pixels within which the pointer finds a dot
const TILE = 64; // CSS pixels of a picture beside the map
const STRIDE = 1 / 3; // of an arrow key, in units of the map

/** One run's map. */
class Lane {
  /** @type {{track: Track, step: number, map: Map} | null} */
  #shown = null;
  /** @type {Place | null} */
  #place = null;
  /** @type {Sheet | null} */
  #sheet = null;
  /** Where the dots are on their way. @type {Float32Array | null} */
  #points = null;
  #frame = 0;
  /** The dot that is pointed at. */
  #pointed = -1;
  /** Where the keys' pointer is. @type {At} */
  #cursor = [0, 0];

  /** @param {Painter<any>} painter */
  constructor(painter) {
    this.painter = painter;
    this.map = /** @type {Part<Map>} */ (new Part(painter, "map", { cache: new Cache(60) }));
    this.place = /** @type {Part<Place>} */ (new Part(painter, "place", { cache: new Cache(60) }));
    const prepare = async (/** @type {any} */ answer) => ({ ...answer, image: await decoded(answer.tensors.jpeg) });
    this.sheet = /** @type {Part<any, Sheet>} */ (new Part(painter, "sheet", { prepare }));
    const label = "The map of the test pictures; point at a dot, or move with the arrow keys, to see its picture";
    this.canvas = element("canvas", { class: "map", "data-part": "main", tabindex: 0, "aria-label": label });
    this.pointed = element("canvas", { class: "tile", role: "img", "aria-label": "The picture that is pointed at" });
    this.name = element("p", { class: "quiet", "aria-live": "polite" });
    this.near = element("div", { class: "map-near" });
    this.caption = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, this.canvas);
    const side = [
      element("figure", { class: "map-pointed" }, this.pointed, this.name),
      element("h3", { class: "beside" }, "Nearest to the picture"),
      this.near,
      this.caption,
    ];
    this.root = element("div", { class: "lane abreast" }, this.main, element("div", { class: "lane-side" }, ...side));
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    this.canvas.addEventListener("pointerdown", ({ offsetX, offsetY }) => this.#point(offsetX, offsetY));
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.sheet.ask(track, step, (sheet) => {
      this.#sheet = sheet;
      this.#beside();
      this.#picture();
    });
    this.map.ask(track, step, (map) => {
      this.#shown = { track, step, map };
      this.#travel(map.tensors.points.data);
      this.#describe();
      this.#picture();
    });
    this.place.ask(track, step, (place) => {
      this.#place = place;
      this.#beside();
      this.paint();
    });
  }

  /** Moves the dots to where they are now, at once where a visitor wants no motion. @param {Float32Array} goal */
  #travel(goal) {
    cancelAnimationFrame(this.#frame);
    const start = this.#points;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (still || start?.length !== goal.length) {
      this.#points = goal;
      return this.paint();
    }
    const begun = performance.now();
    const move = () => {
      const share = Math.min(1, (performance.now() - begun) / TRAVEL);
      const eased = share * share * (3 - 2 * share);
      this.#points = share < 1 ? goal.map((value, i) => start[i] + eased * (value - start[i])) : goal;
      this.paint();
      if (share < 1) this.#frame = requestAnimationFrame(move);
    };
    move();
  }

  get #extent() {
    return this.#shown?.map.words.extent ?? 3;
  }

  /** @param {number} x @param {number} y in CSS pixels of the canvas */
  #point(x, y) {
    const scale = (2 * this.#extent) / this.canvas.clientWidth;
    this.#cursor = [x * scale - this.#extent, this.#extent - y * scale];
    this.#find(NEAR * scale);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [x, y] = this.#cursor;
    /** @type {Record<string, At>} */
    const goals = {
      ArrowLeft: [x - STRIDE, y],
      ArrowRight: [x + STRIDE, y],
      ArrowUp: [x, y + STRIDE],
      ArrowDown: [x, y - STRIDE],
    };
    const goal = goals[event.key];
    if (!goal) return;
    event.preventDefault();
    const within = (/** @type {number} */ value) => Math.max(-this.#extent, Math.min(this.#extent, value));
    this.#cursor = [within(goal[0]), within(goal[1])];
    this.#find(Number.POSITIVE_INFINITY);
  }

  /** Finds the dot nearest to the cursor, if one is near enough. @param {number} reach in units of the map */
  #find(reach) {
    const points = this.#points ?? [];
    const [x, y] = this.#cursor;
    let [best, least] = [-1, reach];
    for (let i = 0; 2 * i < points.length; i++) {
      const distance = Math.hypot(points[2 * i] - x, points[2 * i + 1] - y);
      if (distance < least) [best, least] = [i, distance];
    }
    if (best === this.#pointed) return;
    this.#pointed = best;
    this.#picture();
    this.paint();
  }

  /** The picture that is pointed at, and its class. */
  #picture() {
    const { classes = [] } = this.#shown?.track.info ?? {};
    const { data: labels = [] } = this.#shown?.map.tensors.labels ?? {};
    const found = this.#pointed >= 0 && this.#sheet;
    this.pointed.hidden = !found;
    if (found) this.#tile(this.pointed, this.#pointed);
    this.name.textContent = found
      ? (classes[labels[this.#pointed]] ?? "")
      : "Point at a dot to see its picture; with the keyboard, move with the arrow keys.";
  }

  /** The test pictures most like the visitor's own one. */
  #beside() {
    const sheet = this.#sheet;
    const place = this.#place;
    if (!sheet || !place) return;
    const tiles = [...place.tensors.nearest.data].map((index, i) => {
      const canvas = element("canvas", { class: "tile" });
      this.#tile(canvas, index);
      const similarity = `cosine ${place.tensors.similarity.data[i].toFixed(2)}`;
      return element("figure", {}, canvas, element("figcaption", {}, similarity));
    });
    this.near.replaceChildren(...tiles);
  }

  /** @param {HTMLCanvasElement} canvas @param {number} index of a test picture */
  #tile(canvas, index) {
    if (!this.#sheet) return;
    const { image, words } = this.#sheet;
    const { columns, size } = words;
    resize(canvas, size);
    const [x, y] = [index % columns, Math.floor(index / columns)];
    context2d(canvas).drawImage(image, x * size, y * size, size, size, 0, 0, size, size);
    canvas.style.width = canvas.style.height = `${Math.max(1, Math.floor(TILE / size)) * size}px`;
  }

  paint() {
    const shown = this.#shown;
    const points = this.#points;
    if (!shown || !points) return;
    const { canvas, painter } = this;
    fit(canvas, painter.side(this.main));
    const labels = shown.map.tensors.labels.data;
    draw(canvas, (context, width) => {
      const scale = width / (2 * this.#extent);
      /** @param {ArrayLike<number>} values @param {number} i @returns {At} */
      const at = (values, i) => [(values[2 * i] + this.#extent) * scale, (this.#extent - values[2 * i + 1]) * scale];
      context.globalAlpha = 0.85;
      for (let i = 0; i < labels.length; i++) {
        context.fillStyle = PALETTE[labels[i] % PALETTE.length];
        context.beginPath();
        context.arc(...at(points, i), 3, 0, 7);
        context.fill();
      }
      context.globalAlpha = 1;
      if (this.#place) {
        const { at: own, nearest } = this.#place.tensors;
        context.strokeStyle = getComputedStyle(canvas).color;
        context.lineWidth = 1; // what was drawn before has left another one
        for (const index of nearest.data) {
          context.beginPath();
          context.moveTo(...at(own.data, 0));
          context.lineTo(...at(points, index));
          context.stroke();
        }
        handle(context, ...at(own.data, 0));
      }
      if (this.#pointed >= 0) {
        context.strokeStyle = getComputedStyle(canvas).color;
        context.lineWidth = 2;
        context.beginPath();
        context.arc(...at(points, this.#pointed), 6, 0, 7);
        context.stroke();
      }
    });
  }

  #describe() {
    if (!this.#shown) return;
    const { track, step, map } = this.#shown;
    const { info } = track;
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: ${count(map.tensors.labels.data.length)} test pictures of ` +
      `${info.data_title} at the first two principal components of their normalized features, which explain ` +
      `${percent(map.words.explained_variance)} of the variance; each snapshot is turned to lie as the one before.`;
  }
}

/** @extends {Painter<Lane>} */
export default class EmbeddingMap extends Painter {
  lane() {
    return new Lane(this);
  }

  show() {
    super.show();
    this.stage.extras.replaceChildren(legend(this.fitting[0]?.info.classes ?? []));
  }
}
