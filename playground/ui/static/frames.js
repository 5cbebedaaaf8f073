// One part of a view at all snapshots of a run, or at some of them, asked for one after the other.

import { ask } from "./answer.js";

/** @import { Painter, Part } from "./painter.js" */
/** @import { Cache } from "./requests.js" */
/** @import { Track } from "./track.js" */

/** @template {import("./types.d.ts").Answer<any, any>} Shown */
export class Frames {
  #run = "";
  #key = "";
  /** By step. @type {Map<number, Shown>} */
  #answers = new Map();

  /**
   * @param {Painter<any>} painter
   * @param {Part<Shown>} part
   * @param {Cache<Shown>} cache that the part keeps its answers in
   * @param {(track: Track) => number[]} [chosen] the snapshots that are asked for
   */
  constructor(painter, part, cache, chosen = (track) => track.snapshots) {
    this.painter = painter;
    this.part = part;
    this.cache = cache;
    this.chosen = chosen;
  }

  /** The answers that are there, in the order of their steps. @returns {{step: number, shown: Shown}[]} */
  get all() {
    return [...this.#answers].map(([step, shown]) => ({ step, shown })).sort((a, b) => a.step - b.step);
  }

  /**
   * Asks for what is not there yet; what was asked for another run is dropped.
   * @param {Track} track
   * @param {() => void} heard is called as each answer comes
   */
  fetch(track, heard) {
    const run = track.key({ run: track.id });
    const key = track.key({ run: track.id, steps: this.chosen(track) });
    if (key === this.#key) return;
    if (run !== this.#run) this.#answers = new Map();
    this.#run = run;
    this.#key = key;
    this.painter.awaits(this.#walk(track, key, heard));
  }

  /**
   * @param {Track} track
   * @param {string} key
   * @param {() => void} heard
   * @returns {Promise<Error | null>}
   */
  async #walk(track, key, heard) {
    const { stage, view, signal } = this.painter;
    const { name } = this.part;
    try {
      for (const step of this.chosen(track).filter((step) => !this.#answers.has(step))) {
        const query = this.part.query(track, step);
        const load = async () => /** @type {Shown} */ (await ask(stage.lab, view.name, name, query));
        const shown = await this.cache.get(track.key(query), load);
        if (this.#key !== key || signal.aborted) return null;
        this.#answers.set(step, shown);
        heard();
      }
      return null;
    } catch (error) {
      if (this.#key !== key) return null;
      this.#key = ""; // what is missing is asked for again
      const failed = /** @type {Error} */ (error);
      this.painter.complain(failed.message);
      return failed;
    }
  }
}
