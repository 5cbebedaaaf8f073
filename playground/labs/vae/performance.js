// A score that is played, and a line that runs along with what is heard.

import { element } from "../../ui/static/dom.js";
import { FRAMES } from "./phrase.js";
import { Sound } from "./sound.js";

/** @import { Painter } from "../../ui/static/painter.js" */
/** @import { Score } from "./player.js" */

const BEATS = 4; // frames by which the line jumps where moving pictures are not welcome
const [PLAY, STOP] = ["▶ Play", "■ Stop"];

/** What a button says. @param {HTMLElement} button @param {boolean} playing @param {string} [what] is played */
export function label(button, playing, what = "") {
  const text = `${playing ? STOP : PLAY}${what && ` ${what}`}`;
  if (button.textContent !== text) button.textContent = text; // it is asked many times a second
}

/** Plays one score at a time for a painter. */
export class Performance {
  #frame = 0;
  #still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {{score: Score, heard(frame: number | null): void} | null} */
  #played = null;

  /** @param {Painter<any>} painter */
  constructor({ signal, film, stage }) {
    this.stage = stage;
    this.sound = new Sound(
      signal,
      () => film.visible,
      () => this.#silent(),
    );
    signal.addEventListener("abort", () => cancelAnimationFrame(this.#frame));
  }

  /** The control of the volume. */
  volume() {
    const { sound } = this;
    const volume = element("input", { type: "range", min: 0, max: 1, step: 0.01, value: sound.volume });
    volume.addEventListener("input", () => {
      sound.volume = Number(volume.value);
    });
    return element("div", { class: "control" }, element("label", {}, element("span", {}, "Volume"), volume));
  }

  /**
   * Plays from a frame on, in place of what was played; nothing where there is no phrase.
   * @param {Score} score
   * @param {number} from
   * @param {(frame: number | null) => void} heard hears which frame sounds, of all that have passed; null once it is over
   */
  async play(score, from, heard) {
    this.stop();
    if (!score.phrases.length) return;
    this.#played = { score, heard };
    try {
      if (await this.sound.play(score, from)) this.#run();
    } catch {
      this.#silent();
      this.stage.note("This browser makes no sound here; allow it for this page, or use another one.");
    }
  }

  /** What is played from now on. @param {Score} score */
  change(score) {
    if (!this.#played || !this.sound.playing) return;
    this.#played.score = score;
    this.sound.change(score);
  }

  stop() {
    this.sound.stop();
    this.#silent();
  }

  #silent() {
    cancelAnimationFrame(this.#frame);
    const played = this.#played;
    this.#played = null;
    played?.heard(null);
  }

  #run() {
    const passed = this.sound.frame();
    if (passed === null || !this.#played) return;
    const { score, heard } = this.#played;
    const frame = Math.min(passed, score.loop ? Infinity : FRAMES * score.phrases.length - 1);
    heard(this.#still ? Math.floor(frame / BEATS) * BEATS : frame);
    this.#frame = requestAnimationFrame(() => this.#run());
  }
}
