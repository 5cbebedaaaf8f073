// Saliency over a picture: the pixels whose gradient is above the mean.

import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { PictureLane } from "../../ui/static/picture-lane.js";
import { Cache } from "../../ui/static/requests.js";
import { largest, ratios } from "./maps.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Words } from "./maps.js" */

/** @typedef {Answer<Words, {saliency: Float32Array, probabilities: Float32Array}>} Saliency saliency (size, size) */

class Lane extends PictureLane {
  /** @type {Saliency | null} */
  shown = null;

  /** @param {Saliencies} painter */
  constructor(painter) {
    super(painter, { role: "img", "aria-label": "The picture and its saliency" });
    this.part = /** @type {Part<Saliency>} */ (new Part(painter, "saliency", { cache: painter.cache }));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown, { run, picture }) => {
      this.shown = shown;
      this.track = track;
      this.load(`/pictures/${picture}.png`, { run });
      this.paint();
    });
  }

  paint() {
    if (!this.shown) return;
    const { words, tensors } = this.shown;
    const values = ratios(tensors.saliency.data);
    this.overlay(values, largest([values]), { ...words, unit: "the mean" });
    this.predictions(tensors.probabilities, words.classes, this.painter.stage.pictures.label);
    this.caption.textContent =
      `The pixels whose gradient is above the mean. ${this.track?.info.name}, snapshot of step ` +
      `${count(words.step ?? 0)}; ${words.grid} × ${words.grid} pixels.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Saliencies extends Painter {
  /** @type {Cache<Saliency>} */
  cache = new Cache(60);

  lane() {
    return new Lane(this);
  }
}
