// How often the class of a picture is named that is seen in part, against how much of it is masked.

import { bar } from "../../ui/static/bar.js";
import { element } from "../../ui/static/dom.js";
import { count, percent } from "../../ui/static/format.js";
import { Part } from "../../ui/static/painter.js";

/** @import { Painter } from "../../ui/static/painter.js" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/** @typedef {Answer<{ratios: number[], asked: number, bank: number}, {accuracy: Float32Array}>} Probed */

/** One run's bars; empty where its data have no classes. */
export class Probe {
  /** @param {Painter<any>} painter */
  constructor(painter) {
    this.part = /** @type {Part<Probed>} */ (new Part(painter, "probe", { limit: 1 }));
    this.bars = element("div", { class: "bars" });
    this.caption = element("p", { class: "caption" });
    const title = element("h3", { class: "beside" }, "k-NN accuracy against mask ratio");
    this.root = element("div", { class: "mask-probe", hidden: true }, title, this.bars, this.caption);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, ({ words: { ratios, asked, bank }, tensors: { accuracy } }) => {
      this.root.hidden = !accuracy.data.length;
      const bars = [...accuracy.data].map((value, i) => {
        const { root, set } = bar(`${Math.round(100 * ratios[i])}% masked`, { right: false });
        set(value, percent(value));
        return root;
      });
      this.bars.replaceChildren(...bars);
      this.caption.textContent =
        `Step ${count(step)}: the features of ${count(asked)} test pictures, of which the encoder sees the visible ` +
        `patches alone, and their nearest among ${count(bank)} others that it sees whole.`;
    });
  }
}
