// A search that the server makes in rounds: each is asked for once the one before is there, and any can be looked at.

/** @import { Painter, Part } from "./painter.js" */
/** @import { Track } from "./track.js" */
/** @import { Answer } from "./types.d.ts" */

/** @template {Answer<any, any>} Round */
export class Rounds {
  /** Where the search goes on. @type {{track: Track, step: number} | null} */
  where = null;
  /** Those that are there. @type {Round[]} */
  all = [];
  /** The one that is looked at; none follows the search. @type {number | null} */
  #chosen = null;
  #about = "";

  /**
   * @param {Painter<any>} painter
   * @param {Part<Round>} part whose option `round` counts them
   * @param {number} most rounds after the first answer, which is of none
   * @param {() => void} changed hears of each round, and of each choice
   */
  constructor(painter, part, most, changed) {
    this.painter = painter;
    this.part = part;
    this.most = most;
    this.changed = changed;
    painter.film.addEventListener("play", () => this.#search(), { signal: painter.signal });
  }

  /**
   * Begins anew, unless it is under way already.
   * @param {Track} track
   * @param {number} step
   * @param {unknown[]} of what else the search depends on
   * @returns {boolean} whether it begins
   */
  begin(track, step, ...of) {
    const about = [track.id, step, ...of].join(" ");
    if (about === this.#about) return false;
    this.#about = about;
    this.where = { track, step };
    this.all = [];
    this.#chosen = null;
    this.#search();
    return true;
  }

  /** One round after the other: the server goes on from the one before. Frames that fly by show how it begins. */
  #search() {
    const round = this.all.length;
    if (!this.where || round > this.most || (round && this.painter.film.playback.playing)) return;
    const { track, step } = this.where;
    const about = this.#about;
    const take = (/** @type {Round} */ answer) => {
      if (about !== this.#about) return;
      this.all[round] = answer;
      this.changed();
      this.#search();
    };
    this.part.ask(track, step, take, { query: { round } });
  }

  /** The number of the one that is looked at. */
  get round() {
    return this.#chosen ?? this.all.length - 1;
  }

  /** @returns {Round | undefined} the one that is looked at */
  get looked() {
    return this.all[this.round];
  }

  /** @param {number} round to look at */
  choose(round) {
    if (!this.all[round]) return;
    this.#chosen = round === this.all.length - 1 ? null : round;
    this.changed();
  }
}
