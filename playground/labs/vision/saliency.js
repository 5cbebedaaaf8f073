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
    this.saliencies = painter;
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
      this.painter.paint(); // all lanes, as they have one scale
    });
  }

  /** The gradient of every pixel as a ratio to the mean; null as long as it is not there. */
  get values() {
    return this.shown && ratios(this.shown.tensors.saliency.data);
  }

  paint() {
    const { shown, values, saliencies } = this;
    if (!shown || !values) return;
    const { words, tensors } = shown;
    this.overlay(values, saliencies.most, { ...words, unit: "the mean" });
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

  /** The far end of the scale of all lanes: equal colors say the same in each. */
  get most() {
    return largest(this.lanes.flatMap(({ values }) => values ?? []));
  }

  lane() {
    return new Lane(this);
  }
}
