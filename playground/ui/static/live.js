// Something that trains on the server while it is looked at: asks for the next picture as long as anybody sees it.

import { whenSeen } from "./dom.js";

/** @import { Answer } from "./types.d.ts" */

/** Milliseconds between two pictures at least, and steps for each. @type {Record<string, [number, number]>} */
const PACES = { slow: [250, 1], normal: [33, 2], fast: [33, 12] };

/**
 * @typedef {object} Trainer
 * @property {(times: number) => Promise<Answer<any, any>>} ask trains and fetches the next picture
 * @property {(answer: Answer<any, any>) => void} show draws it
 * @property {(sentence: string) => void} fail
 * @property {() => void} changed it plays or rests now
 */

export class Live {
  #inView = false;
  #pending = 0;
  #last = 0;
  #timer = 0;
  /** The step at which it pauses, as soon as the first answer says where it begins. @type {number | null} */
  #until = null;
  #ahead = Infinity;
  #step = -1;
  playing = false;
  /** Of what is played; answers about an older one are dropped. */
  generation = 0;
  pace = "normal";

  /**
   * @param {Element} root plays only while it is in sight
   * @param {AbortSignal} signal
   * @param {Trainer} trainer
   */
  constructor(root, signal, trainer) {
    this.root = root;
    this.trainer = trainer;
    this.signal = signal;
    whenSeen(root, signal, (seen) => {
      this.#inView = seen;
      this.pump();
    });
    document.addEventListener("visibilitychange", () => this.pump(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  get awake() {
    return this.#inView && !document.hidden && !this.signal.aborted;
  }

  /** Plays, and pauses by itself after some steps; what is played comes into sight. */
  play(steps = Infinity) {
    if (!this.#inView) this.root.scrollIntoView();
    this.#until = null;
    this.#ahead = steps;
    this.playing = true;
    this.trainer.changed();
    this.pump();
  }

  pause() {
    this.playing = false;
    this.trainer.changed();
  }

  /** Something else is trained from now on; answers that are still under way are dropped. */
  renew() {
    this.generation++;
    this.#step = -1;
  }

  /** @param {Answer<any, any>} answer */
  take(answer) {
    const { words } = answer;
    if (words.busy) this.#last = performance.now() + 1000 * words.again;
    if (words.busy || words.step < this.#step) return;
    this.#step = words.step;
    this.trainer.show(answer);
    this.#until ??= this.#step + this.#ahead;
    if (this.playing && this.#step >= this.#until) this.pause();
  }

  /** Two requests are under way, so that the server works while an answer travels. */
  pump() {
    clearTimeout(this.#timer);
    if (!this.playing || !this.awake || this.#pending >= 2) return;
    const [rest, times] = PACES[this.pace];
    const wait = this.#last + rest - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.pump(), wait);
      return;
    }
    this.#last = performance.now();
    this.send(() => this.trainer.ask(times));
    this.pump();
  }

  /** @param {() => Promise<Answer<any, any>>} ask */
  async send(ask) {
    const { generation } = this;
    this.#pending++;
    try {
      const answer = await ask();
      if (generation === this.generation) this.take(answer);
    } catch (error) {
      if (generation === this.generation) {
        this.pause();
        this.trainer.fail(/** @type {Error} */ (error).message);
      }
    } finally {
      this.#pending--;
      this.pump();
    }
  }
}
