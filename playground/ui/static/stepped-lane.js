// One run in a view of runs that are trained step by step: at a snapshot, or in the middle of its training.

import { ask } from "./answer.js";
import { count } from "./format.js";
import { Newest } from "./requests.js";

/** @import { SteppedView } from "./stepped.js" */
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
   * @param {SteppedView<any>} view
   * @param {HTMLElement} root
   */
  constructor(view, root) {
    this.view = view;
    this.root = root;
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { view } = this;
    const now = view.newest(track);
    const query = { run: track.id, step, ...view.options() };
    const key = JSON.stringify(now ? { ...query, step: "now" } : query);
    if (key === this.#key) return;
    this.#key = key;
    this.#requests.ask(
      () => /** @type {Promise<Shown>} */ (now ? view.step({ times: 0 }) : ask(view.film.lab, view.view ?? "", query)),
      (shown) => !shown.words.busy && this.take(track, shown),
      (error) => {
        this.#key = "";
        view.complain(error.message);
      },
    );
  }

  /**
   * @param {Track} track
   * @param {Shown} shown
   */
  take(track, shown) {
    this.track = track;
    this.shown = shown;
    this.view.heard(track, shown);
    this.view.complain(this.trouble(shown));
    this.paint();
  }

  /** Which moment of which run is seen, as the beginning of a caption. */
  get moment() {
    const { track, shown } = this;
    if (!track || !shown) return "";
    const { density, knobs, step } = shown.words;
    const learned = density.startsWith("own-") ? "a drawing" : density;
    return `${track.info.name} on ${learned}, ${knobs ? "now at" : "snapshot of"} step ${count(step)}`;
  }

  /** A sentence about what has gone wrong in the training, or none. @param {Shown} _shown */
  trouble(_shown) {
    return "";
  }

  paint() {}
}
