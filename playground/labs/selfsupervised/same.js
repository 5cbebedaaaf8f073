// Random views of two pictures, and how similar the network finds each pair of them.

import { at } from "../../ui/static/answer.js";
import { draw, fit, tile } from "../../ui/static/canvas.js";
import { viridis } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count, fixed } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * @typedef {{smallest: number, largest: number, color: number, gray: number}} Drawn
 * @typedef {Answer<{same: number, other: number, drawn: Drawn}, {views: Uint8Array<ArrayBuffer>, similarity: Float32Array}>} Same
 */

const GAP = 4; // CSS pixels between the views and the matrix

/** One run's matrix, its rows and columns being the views themselves. */
class Lane {
  /** @type {{track: Track, step: number, same: Same} | null} */
  #shown = null;

  /** @param {Painter<any>} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Same>} */ (new Part(painter, "same", { limit: 4 }));
    const label = "The similarity of every pair of views";
    this.canvas = element("canvas", { class: "same", "data-part": "main", role: "img", "aria-label": label });
    this.words = element("p", { class: "same-words" });
    this.caption = element("p", { class: "caption" });
    const ramp = Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8)})`).join();
    const scale = element("div", { class: "scale" }, element("b", {}, "−1"), element("i"), element("b", {}, "1"));
    scale.children[1].setAttribute("style", `background: linear-gradient(90deg, ${ramp})`);
    this.main = element("div", { class: "lane-main" }, this.canvas, scale);
    const side = element("div", { class: "lane-side" }, this.words, this.caption);
    this.root = element("div", { class: "lane abreast" }, this.main, side);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (same) => {
      this.#shown = { track, step, same };
      this.paint();
      const { same: within, other, drawn } = same.words;
      if (this.painter.lanes[0] === this) this.painter.controls.stand(drawn);
      this.words.textContent =
        `Cosine similarity of two views of one picture: ${fixed(within, 2)} in the mean; ` +
        `of views of different pictures: ${fixed(other, 2)}.`;
      const { info } = track;
      this.caption.textContent =
        `${info.name}, snapshot of step ${count(step)}: the embeddings of eight random views each of the picture and ` +
        `of a test picture of ${info.data_title}.`;
    });
  }

  paint() {
    if (!this.#shown) return;
    const { views, similarity } = this.#shown.same.tensors;
    const [n] = views.shape;
    fit(this.canvas, this.painter.side(this.main));
    draw(this.canvas, (context, width) => {
      const cell = (width - GAP) / (n + 1);
      for (let i = 0; i < n; i++) {
        const place = GAP + cell * (i + 1);
        tile(context, at(views, i), place, 0, cell - 1);
        tile(context, at(views, i), 0, place, cell - 1);
        for (let j = 0; j < n; j++) {
          context.fillStyle = `rgb(${viridis((similarity.data[n * i + j] + 1) / 2)})`;
          context.fillRect(GAP + cell * (j + 1), place, Math.ceil(cell), Math.ceil(cell));
        }
      }
    });
  }
}

/** @extends {Painter<Lane>} */
export default class SameViews extends Painter {
  lane() {
    return new Lane(this);
  }
}
