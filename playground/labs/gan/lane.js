// One run's square between four seeds with the point on it, and the picture at the point with its score.

import { ask, decoded } from "../../ui/static/answer.js";
import { draw, enlarge, handle, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";
import { count } from "../../ui/static/format.js";
import { caption, tiles } from "../../ui/static/nearest.js";
import { Newest } from "../../ui/static/requests.js";

/** @import { Answer, Nearest } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { SeedsView } from "./seeds.js" */

/**
 * @typedef {[x: number, y: number]} Place 0 to 1, from the upper left corner
 * @typedef {{run: string, step: number, seeds: number, label: number | null}} Square
 * @typedef {{track: Track, square: Square, image: ImageBitmap}} Shown
 * @typedef {{rank: number | null, of: number, score: number}} Words the rank, 0 to 1, of the score among those of real pictures
 * @typedef {Answer<Words, {picture: Uint8Array<ArrayBuffer>}>} Sample
 */

const SIDE = 8; // pictures in a row of the square
const STEP = 0.02; // of an arrow key
const RESTS = 300; // milliseconds after which the point rests

/** @param {Track} track whether it is class-conditional */
export const conditional = (track) => track.info.knobs.conditional !== false;

/** @param {string} text */
const heading = (text) => element("h3", { class: "beside" }, text);

/** One run at one step: the square, the point, the picture there and its score. */
export class Lane {
  #key = "";
  #nearKey = "";
  #settling = 0;
  #squareRequests = /** @type {Newest<ImageBitmap>} */ (new Newest(2));
  #sampleRequests = /** @type {Newest<Sample>} */ (new Newest(4));
  #nearestRequests = /** @type {Newest<Nearest>} */ (new Newest(1));
  /** @type {Shown | null} what is drawn, all of one step */
  shown = null;

  /** @param {SeedsView} view */
  constructor(view) {
    this.view = view;
    const label = "The square between four seeds; drag, or use the arrow keys";
    this.canvas = element("canvas", { class: "plane square", "data-part": "main", tabindex: 0, "aria-label": label });
    this.large = element("canvas", { class: "seeds-large", role: "img", "aria-label": "The picture at the point" });
    this.caption = element("p", { class: "caption" });
    this.where = element("p", { class: "caption" });
    this.bar = element("i");
    this.share = element("b");
    this.near = element("div", { class: "nearest", "aria-live": "polite" });
    this.nearCaption = element("p", { class: "caption" });
    const about = "The share of real pictures whose score (logit) is lower than this one's";
    const rank = element(
      "div",
      { class: "bar right", title: about },
      element("span", {}, "more real than"),
      this.bar,
      this.share,
    );
    const main = element("div", { class: "plane-main" }, this.canvas, this.caption);
    const side = element(
      "div",
      { class: "plane-side" },
      this.large,
      heading("How real does the discriminator find it?"),
      rank,
      this.where,
      heading("Memorized? Nearest training pictures"),
      this.near,
      this.nearCaption,
    );
    this.root = element("div", { class: "lane" }, main, side);
    draggable(this.canvas, {
      to: (x, y) => view.move([x, y]),
      by: (right, up) => view.move([view.at[0] + STEP * right, view.at[1] - STEP * up]),
      rest: () => view.settle(),
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { seeds, label, cache } = this.view;
    const square = { run: track.id, step, seeds, label: conditional(track) ? label : null };
    const key = track.key(square);
    if (key === this.#key) return;
    this.#key = key;
    this.#squareRequests.ask(
      () => cache.get(key, async () => decoded((await ask("gan", "square", square)).tensors.jpeg)),
      (image) => {
        if (this.shown?.track.id !== track.id) this.#forget();
        this.shown = { track, square, image };
        this.view.complain("");
        this.paint();
        this.draw();
        this.settle();
      },
      (error) => {
        this.#key = "";
        this.view.complain(error.message);
      },
    );
  }

  /** Another run: the nearest pictures are of other data. */
  #forget() {
    this.#nearKey = "";
    this.near.replaceChildren();
    this.nearCaption.textContent = "";
  }

  /** The square and the point. @param {Shown} shown */
  #query({ square }) {
    const [x, y] = this.view.at.map((value) => value.toFixed(4));
    return { ...square, x, y };
  }

  /** Asks for the picture at the point and the discriminator's score of it. */
  draw() {
    const { shown } = this;
    if (!shown) return;
    const query = this.#query(shown);
    const start = performance.now();
    this.#sampleRequests.ask(
      () => ask("gan", "sample", query),
      ({ words: { rank, of, score }, tensors: { picture } }) => {
        show(this.large, picture);
        enlarge(this.large, picture.shape[2], innerWidth < 760 ? 168 : 224);
        this.bar.style.setProperty("--value", String(rank ?? 0));
        this.share.textContent = rank === null ? "–" : `${Math.round(100 * rank)}%`;
        const kind = query.label === null ? "" : ` of the class ${shown.track.info.classes[query.label]}`;
        const place = `(${Number(query.x).toFixed(2)}, ${Number(query.y).toFixed(2)})`;
        this.where.textContent = `of ${of} test pictures${kind}; its score (logit) is ${score.toFixed(2)}. At ${place}.`;
        this.view.complain("");
        this.view.measured?.(performance.now() - start);
      },
      (error) => this.view.complain(error.message),
    );
  }

  /** Asks for the nearest training pictures, once the point rests. */
  settle() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      const { shown } = this;
      if (!shown) return;
      const query = this.#query(shown);
      const key = shown.track.key(query);
      if (key === this.#nearKey) return;
      this.#nearestRequests.ask(
        () => ask("gan", "nearest", query),
        (answer) => {
          if (this.shown?.track.id !== shown.track.id) return;
          this.#nearKey = key;
          this.near.replaceChildren(...tiles(answer, shown.track.info, 64));
          this.nearCaption.textContent = caption(answer, shown.track.info);
        },
        (error) => {
          if (this.shown?.track.id !== shown.track.id) return;
          this.#forget();
          this.nearCaption.textContent = error.message;
        },
      );
    }, RESTS);
  }

  paint() {
    if (!this.shown) return;
    const { canvas, view } = this;
    const { image, square, track } = this.shown;
    enlarge(canvas, image.width, Math.min(560, canvas.parentElement?.clientWidth ?? 560));
    draw(canvas, (context, width) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(image, 0, 0, width, width);
      handle(context, view.at[0] * width, view.at[1] * width);
    });
    const { name, classes } = track.info;
    const kind = square.label === null ? "" : `, all of the class ${classes[square.label]}`;
    this.caption.textContent =
      `${name}, snapshot of step ${count(square.step)}: ${SIDE} × ${SIDE} generated pictures${kind}, by the averaged ` +
      `generator; the corners are the four seeds of number ${square.seeds}, with great circles between them.`;
  }
}
