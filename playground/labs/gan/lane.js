// One run's square between four seeds with the point on it, and the picture at the point with its score.

import { decoded } from "../../ui/static/answer.js";
import { bar } from "../../ui/static/bar.js";
import { draw, enlarge, handle, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";
import { count } from "../../ui/static/format.js";
import { caption, tiles } from "../../ui/static/nearest.js";
import { Part } from "../../ui/static/painter.js";

/** @import { Answer, Nearest, Query } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import Seeds from "./seeds.js" */

/**
 * @typedef {{track: Track, step: number, square: Query, image: ImageBitmap}} Shown
 * @typedef {{rank: number | null, of: number, score: number | null}} Words the rank, 0 to 1, of the score among those of
 *   real pictures; a network that has diverged gives no score
 * @typedef {Answer<Words, {picture: Uint8Array<ArrayBuffer>}>} Sample
 */

const SIDE = 8; // pictures in a row of the square
const STEP = 0.02; // of an arrow key
const ROOM = 224; // CSS pixels for the picture at the point
const SMALL = 64; // and for a training picture
const RESTS = 300; // milliseconds after which the point rests

/** @param {string} text */
const heading = (text) => element("h3", { class: "beside" }, text);

/**
 * The class that is generated, after some words; nothing for a network that is asked for none.
 * @param {Shown} shown
 * @param {string} words
 */
function kind({ track: { info }, square }, words) {
  const name = info.conditional ? info.classes[Number(square.label)] : "";
  return name ? words + name : "";
}

/**
 * The attributes that are asked for, by name; nothing for a network that is asked for none.
 * @param {Shown} shown
 */
function attributes({ track: { info }, square }) {
  if (!info.takes_attributes) return "";
  const chosen = String(square.attributes).split("-");
  const names = (info.attributes ?? []).map(({ name, values }, i) => `${name} ${values[Number(chosen[i] ?? 0)]}`);
  return `, all asked for ${names.join(", ")}`;
}

/** One run at one step: the square, the point, the picture there and its score. */
export class Lane {
  /** Counts moves: the point rests when none has followed. */
  #turn = 0;
  /** What is drawn, all of one step. */
  #shown = /** @type {Shown | null} */ (null);

  /** @param {Seeds} painter */
  constructor(painter) {
    this.painter = painter;
    const prepare = (/** @type {any} */ { tensors }) => decoded(tensors.jpeg);
    const { cache } = painter;
    this.square = /** @type {Part<any, ImageBitmap>} */ (new Part(painter, "square", { cache, prepare }));
    this.sample = /** @type {Part<Sample>} */ (new Part(painter, "sample", { limit: 4 }));
    this.nearest = /** @type {Part<Nearest>} */ (new Part(painter, "nearest", { limit: 1 }));
    const label = "The square between four seeds; drag, or use the arrow keys";
    this.canvas = element("canvas", { class: "plane", "data-part": "main", tabindex: 0, "aria-label": label });
    this.large = element("canvas", { class: "tile", role: "img", "aria-label": "The picture at the point" });
    this.where = element("p", { class: "caption" });
    this.near = element("div", { class: "nearest", "aria-live": "polite" });
    this.nearCaption = element("p", { class: "caption" });
    this.caption = element("p", { class: "caption" });
    const title = "The share of real pictures whose score (logit) is lower than this one's";
    this.rank = bar("more real than", { title, right: true });
    this.main = element("div", { class: "lane-main" }, this.canvas, this.caption);
    this.side = element(
      "div",
      { class: "lane-side" },
      this.large,
      heading("How real does the discriminator find it?"),
      this.rank.root,
      this.where,
      heading("Memorized? Nearest training pictures"),
      this.near,
      this.nearCaption,
    );
    this.root = element("div", { class: "lane" }, this.main, this.side);
    draggable(this.canvas, {
      to: (x, y) => painter.move(x, y),
      by: (right, up) => painter.move(painter.options.x + STEP * right, painter.options.y - STEP * up),
      rest: () => this.#settle(),
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.square.ask(track, step, (image, square) => {
      if (this.#shown?.track.id !== track.id) this.#forget();
      this.#shown = { track, step, square, image };
      this.paint();
      this.draw();
      this.#settle();
    });
  }

  /** Another run: the nearest pictures are of other data. */
  #forget() {
    this.nearest.forget();
    this.near.replaceChildren();
    this.nearCaption.textContent = "";
  }

  /** Asks for the picture at the point and the discriminator's score of it. */
  draw() {
    const shown = this.#shown;
    if (!shown) return;
    const start = performance.now();
    /** @type {(sample: Sample, query: Query) => void} */
    const take = ({ words: { rank, of, score }, tensors }, query) => {
      show(this.large, tensors.picture);
      this.rank.set(rank ?? 0, rank === null ? "–" : `${Math.round(100 * rank)}%`);
      const place = [query.x, query.y].map((value) => Number(value).toFixed(2)).join(", ");
      const among = `of ${of} test pictures${kind(shown, " of the class ")}`;
      this.where.textContent = `${among}; its score (logit) is ${score?.toFixed(2) ?? "not finite"}. At (${place}).`;
      this.painter.measured?.(performance.now() - start);
    };
    this.sample.ask(shown.track, shown.step, take, { query: shown.square });
  }

  /** Asks for the nearest training pictures, once the point rests. */
  #settle() {
    const turn = ++this.#turn;
    const rest = new Promise((resolve) => setTimeout(resolve, RESTS));
    const ask = () => {
      if (turn === this.#turn) this.#neighbors();
      return null;
    };
    this.painter.awaits(rest.then(ask));
  }

  #neighbors() {
    const shown = this.#shown;
    if (!shown) return;
    const { track, step, square } = shown;
    const gone = () => this.#shown?.track.id !== track.id;
    /** @param {Nearest} answer */
    const take = (answer) => {
      if (gone()) return;
      this.near.replaceChildren(...tiles(answer, track.info, SMALL));
      this.nearCaption.textContent = caption(answer, track.info);
    };
    /** @param {Error} error */
    const fail = ({ message }) => {
      if (gone()) return;
      this.#forget();
      this.nearCaption.textContent = message;
    };
    this.nearest.ask(track, step, take, { query: square, fail });
  }

  paint() {
    const shown = this.#shown;
    if (!shown) return;
    const { canvas, painter } = this;
    const { image, step, square, track } = shown;
    const room = Math.floor(painter.side(this.main));
    enlarge(canvas, Math.min(image.width, room), room); // a sheet that is larger than the room shrinks
    enlarge(this.large, track.info.size, Math.min(ROOM, this.side.clientWidth));
    draw(canvas, (context, width) => {
      context.imageSmoothingEnabled = canvas.width < image.width;
      context.drawImage(image, 0, 0, width, width);
      handle(context, painter.options.x * width, painter.options.y * width);
    });
    this.caption.textContent =
      `${track.info.name}, snapshot of step ${count(step)}: ${SIDE} × ${SIDE} generated pictures` +
      `${kind(shown, ", all of the class ")}${attributes(shown)}, by the averaged generator; the corners are the four seeds of number ` +
      `${square.seeds}, with great circles between them.`;
  }
}
