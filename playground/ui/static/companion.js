// The second run of a view that trains while one looks: what a run branched off goes on beside it.

/** @import { Stepped } from "./stepped.js" */
/** @import { Track } from "./track.js" */
/** @import { Query } from "./types.d.ts" */

const MOST = 50; // steps of one request, as the server has it
const NEWS = 600; // milliseconds between two looks at the folder of the run

/** Trains the parent of the run that is stepped, where it is compared with it and one's own, up to the same step. */
export class Companion {
  #busy = false;
  #heard = 0;
  /** The run, and the step that it is at. @type {{run: string, step: number} | null} */
  #stepped = null;

  /** @param {Stepped<any>} painter */
  constructor(painter) {
    this.painter = painter;
  }

  /** Whether a run is shown beyond its last snapshot. @param {Track} track */
  shows(track) {
    return this.#stepped?.run === track.id && this.painter.film.tracks[1] === track;
  }

  /** Another pair is looked at. */
  leave() {
    this.#stepped = null;
  }

  /**
   * Trains it up to a step.
   * @param {number} goal
   * @param {boolean} [rests] whether that becomes a frame of it
   */
  async follow(goal, rests = false) {
    const { film, lanes } = this.painter;
    const [first, track] = film.tracks;
    if (this.#busy || !track?.playable || first.info.parent?.run !== track.id) return;
    const at = this.shows(track) ? (this.#stepped?.step ?? 0) : track.newest;
    if (goal < at || (goal === at && !rests)) return;
    /** @type {Query} */
    const query = { times: Math.min(goal - at, MOST), ...(rests ? { save: 1 } : {}) };
    this.#busy = true;
    try {
      const shown = await this.painter.step(query, track);
      if (shown.words.busy || film.tracks[1] !== track || !film.following) return;
      this.#stepped = { run: track.id, step: shown.words.step };
      lanes[1]?.take(track, shown);
      const now = performance.now();
      if (now - this.#heard < NEWS && !rests) return;
      this.#heard = now;
      film.updates.refresh(track);
    } catch (error) {
      this.painter.complain(/** @type {Error} */ (error).message);
    } finally {
      this.#busy = false;
    }
  }
}
