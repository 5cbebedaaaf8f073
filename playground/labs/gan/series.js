// A part that is asked one question after the other, each once the one before is answered.

/** @import { Part } from "../../ui/static/painter.js" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Query } from "../../ui/static/types.d.ts" */

/** The questions of a training that comes in rounds, from 1. @param {number} last @returns {Query[]} */
export const rounds = (last) => Array.from({ length: last }, (_, i) => ({ round: i + 1 }));

/** @template {Answer<any, any>} T */
export class Series {
  #about = "";
  #length = 0;
  /** As far as they have come. @type {T[]} */
  answers = [];

  /**
   * @param {Part<T>} part
   * @param {(series: Series<T>) => void} heard is called after each answer
   */
  constructor(part, heard) {
    this.part = part;
    this.heard = heard;
  }

  /**
   * Begins anew where run, step, options or questions are others than before.
   * @param {Track} track
   * @param {number} step
   * @param {Query[]} questions what replaces options, by turns
   * @returns {boolean} whether it did
   */
  begin(track, step, questions) {
    const replaced = Object.fromEntries(Object.keys(questions[0]).map((name) => [name, null]));
    const about = track.key({ ...this.part.query(track, step), ...replaced, questions: JSON.stringify(questions) });
    if (about === this.#about) return false;
    this.#about = about;
    this.#length = questions.length;
    this.answers = [];
    const ask = () => {
      const take = (/** @type {T} */ answer) => {
        if (about !== this.#about) return;
        this.answers.push(answer);
        this.heard(this);
        if (!this.done) ask();
      };
      this.part.ask(track, step, take, { query: questions[this.answers.length] });
    };
    ask();
    return true;
  }

  /** Nothing is asked any more, and what comes late is dropped. */
  end() {
    this.#about = "";
    this.answers = [];
  }

  get done() {
    return this.answers.length > 0 && this.answers.length === this.#length;
  }

  /** @returns {T | undefined} */
  get newest() {
    return this.answers.at(-1);
  }
}
