// Random views of a small batch of pictures, how similar the network finds each pair of them, and the pair pointed at.

import { at } from "../../ui/static/answer.js";
import { color, draw, fit, outlined, tile } from "../../ui/static/canvas.js";
import { viridis } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";
import { count, fixed } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { cellAt, sheet } from "./view-pairs.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Pair } from "./view-pairs.js" */

/**
 * @typedef {{smallest: number, largest: number, color: number, gray: number}} Drawn
 * @typedef {Answer<{same: number, other: number | null, drawn: Drawn}, {views: Uint8Array<ArrayBuffer>, similarity: Float32Array}>} Same
 */

const GAP = 4; // CSS pixels between the views and the matrix
const TEXT = 144; // CSS pixels for the words beside the matrix
const VIEWS = "Views of the picture, and of others";

/** One run's matrix, its rows and columns being the views themselves, and beside it the same views, larger. */
class Lane {
  /** @type {Same | null} */
  #same = null;
  /** @type {Pair} the views whose similarity is said */
  #pair = [0, 1];

  /** @param {Painter<any>} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Same>} */ (new Part(painter, "same", { limit: 4 }));
    const label = "The similarity of every pair of views; the arrow keys go from pair to pair";
    this.canvas = element("canvas", { class: "same", "data-part": "main", role: "application", "aria-label": label });
    this.canvas.tabIndex = 0;
    this.words = element("p", { class: "same-words" });
    this.pair = element("p", { class: "same-pair", "aria-live": "polite" });
    this.sheet = element("canvas", { class: "same-sheet", role: "img", "aria-label": VIEWS });
    const figure = element("figure", {}, element("figcaption", {}, VIEWS), this.sheet);
    this.caption = element("p", { class: "caption" });
    const ramp = Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8)})`).join();
    const scale = element("div", { class: "scale" }, element("b", {}, "−1"), element("i"), element("b", {}, "1"));
    scale.children[1].setAttribute("style", `background: linear-gradient(90deg, ${ramp})`);
    this.main = element("div", { class: "lane-main" }, this.canvas, scale);
    this.side = element("div", { class: "lane-side waiting" }, this.words, figure, this.pair, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, this.side);
    const point = (/** @type {number} */ x, /** @type {number} */ y) => this.#point(cellAt(x, y, this.#layout()));
    draggable(this.canvas, { to: point, by: (right, up) => this.#point([this.#pair[0] - up, this.#pair[1] + right]) });
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) =>
      point(offsetX / this.canvas.clientWidth, offsetY / this.canvas.clientHeight),
    );
  }

  #layout() {
    return { n: this.#same?.tensors.similarity.shape[0] ?? 1, width: this.canvas.clientWidth, gap: GAP };
  }

  /** Says how similar two views are. @param {Pair | null} pair */
  #point(pair) {
    const { n } = this.#layout();
    if (!pair || !this.#same || pair.some((view) => view < 0 || view >= n)) return;
    this.#pair = pair;
    this.paint();
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (same) => {
      this.#same = same;
      this.side.classList.remove("waiting");
      const { same: within, other, drawn } = same.words;
      if (this.painter.lanes[0] === this) this.painter.controls.stand(drawn);
      this.words.textContent =
        `Cosine similarity of two views of one picture: ${fixed(within, 2)} in the mean` +
        (other === null ? "." : `; of views of different pictures: ${fixed(other, 2)}.`);
      const { info } = track;
      this.caption.textContent =
        `${info.name}, snapshot of step ${count(step)}: the embeddings of random views of the picture and of ` +
        `test pictures of ${info.data_title}, drawn as large as the pictures; where the training draws large and ` +
        "small crops, these are the large ones.";
      this.paint();
    });
  }

  paint() {
    if (!this.#same) return;
    const { views, similarity } = this.#same.tensors;
    const [pictures, each, , , size] = views.shape;
    const n = pictures * each;
    const [one, other] = this.#pair;
    const room = this.painter.side(this.main);
    fit(this.canvas, room);
    draw(this.canvas, (context, width) => {
      const cell = (width - GAP) / (n + 1);
      for (let i = 0; i < n; i++) {
        const place = GAP + cell * (i + 1);
        const view = at(at(views, Math.floor(i / each)), i % each);
        tile(context, view, place, 0, cell - 1);
        tile(context, view, 0, place, cell - 1);
        for (let j = 0; j < n; j++) {
          context.fillStyle = `rgb(${viridis((similarity.data[n * i + j] + 1) / 2)})`;
          context.fillRect(GAP + cell * (j + 1), place, Math.ceil(cell), Math.ceil(cell));
        }
      }
      const [x, y] = [other, one].map((view) => GAP + cell * (view + 1));
      outlined(context, frame(), () => context.rect(x + 1, y + 1, cell - 2, cell - 2));
    });
    const across = this.side.clientWidth;
    const below = this.side.offsetTop > this.main.offsetTop; // on a phone, where the page scrolls
    const { side, width, height, place } = sheet({ pictures, each, size }, across, below ? across : room - TEXT);
    this.sheet.style.width = `${width}px`;
    this.sheet.style.height = `${height}px`;
    draw(this.sheet, (context) => {
      for (let i = 0; i < n; i++) {
        const [left, top] = place(i);
        tile(context, at(at(views, Math.floor(i / each)), i % each), left, top, side);
        if (!this.#pair.includes(i)) continue;
        outlined(context, frame(), () => context.rect(left + 1, top + 1, side - 2, side - 2));
      }
    });
    const cosine = fixed(similarity.data[n * one + other], 2);
    this.pair.textContent = one === other ? "A view and itself: cosine 1." : `The two framed views: cosine ${cosine}.`;
  }
}

/** Of what is pointed at. @returns {[string, number][]} */
const frame = () => [
  ["#fff", 4],
  [color("--accent"), 2],
];

/** @extends {Painter<Lane>} */
export default class SameViews extends Painter {
  lane() {
    return new Lane(this);
  }
}
