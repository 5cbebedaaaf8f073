// One run in a view of runs that are trained step by step: at a snapshot, or in the middle of its training.

import { ask } from "./answer.js";
import { count } from "./format.js";
import { Part } from "./painter.js";
import { Newest } from "./requests.js";

/** @import { Stepped } from "./stepped.js" */
/** @import { Track } from "./track.js" */
/** @import { Answer } from "./types.d.ts" */

/**
 * The part of such a view that shows one run: at a snapshot, or as it is in the middle of its training.
 * @template {Answer<any, any>} Shown
 */
export class SteppedLane {
  #key = "";
  #requests = /** @type {Newest<Shown>} */ (new Newest(2));
  /** @type {Shown | null} */
  shown = null;
  /** @type {Track | null} */
  track = null;

  /**
   * @param {Stepped<any>} painter
   * @param {HTMLElement} root
   */
  constructor(painter, root) {
    this.painter = painter;
    this.root = root;
    this.name = Object.keys(painter.view.parts)[0];
    this.part = new Part(painter, this.name);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { painter, name } = this;
    const { view, stage } = painter;
    const now = painter.newest(track);
    const query = this.part.query(track, step);
    const key = JSON.stringify(now ? { ...query, step: "now" } : query);
    if (key === this.#key) return;
    this.#key = key;
    const answered = this.#requests.ask(
      () =>
        /** @type {Promise<any>} */ (now ? painter.step({ times: 0 }, track) : ask(stage.lab, view.name, name, query)),
      (shown) => !shown.words.busy && this.take(track, shown),
      (error) => {
        this.#key = "";
        painter.complain(error.message);
      },
    );
    painter.awaits(answered);
  }

  /**
   * @param {Track} track
   * @param {Shown} shown
   */
  take(track, shown) {
    this.track = track;
    this.shown = shown;
    this.painter.heard(track, shown);
    this.painter.complain(this.trouble(shown));
    this.paint();
  }

  /** Which moment of which run is seen, as the beginning of a caption. */
  get moment() {
    const { track, shown } = this;
    if (!track || !shown) return "";
    const { knobs, step } = shown.words;
    return `${track.info.name} on ${track.info.data_title}, ${knobs ? "now at" : "snapshot of"} step ${count(step)}`;
  }

  /** A sentence about what has gone wrong in the training, or none. @param {Shown} _shown */
  trouble(_shown) {
    return "";
  }

  paint() {}
}
