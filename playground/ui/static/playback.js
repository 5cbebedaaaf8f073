// Playing a film: from frame to frame, as fast as it was asked for.

/** @import { Film } from "./film.js" */

/** How fast films play, as multiples of their own pace. */
export const SPEEDS = [0.5, 1, 2, 4];
const WHOLE = 6000; // milliseconds for a film of many frames
const VISITED = "playground-visited"; // begins keys of the browser's storage
const FRAME = { least: 60, most: 400 }; // milliseconds

export class Playback {
  #timer = 0;
  playing = false;
  speed = 1;

  /** @param {Film} film tells "play" when it begins or pauses */
  constructor(film) {
    this.film = film;
  }

  /** Plays on, or from the beginning where the film is at its end. */
  play() {
    const { film } = this;
    const { track } = film;
    if (!track) return;
    if (film.step >= track.newest) film.seek(track.steps[0] ?? 0);
    this.playing = true;
    film.emit("play");
    const pace = Math.max(FRAME.least, Math.min(FRAME.most, WHOLE / Math.max(1, track.steps.length)));
    const next = () => {
      if (!this.playing || !film.track) return;
      film.move(1);
      if (film.step >= film.track.newest && !film.track.live) this.pause();
      else this.#timer = setTimeout(next, pace / this.speed);
    };
    this.#timer = setTimeout(next, pace / this.speed);
  }

  pause() {
    clearTimeout(this.#timer);
    if (!this.playing) return;
    this.playing = false;
    this.film.emit("play");
  }

  /** Plays to whoever sees the lab for the first time, once it is seen. */
  welcome() {
    const { film } = this;
    if (!film.visible) film.addEventListener("front", () => this.welcome(), { once: true });
    else if (isFirstVisit(film.lab)) this.play();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }
}

/**
 * Whether this browser shows a lab for the first time, and moving pictures are welcome; the next visit is not the first.
 * @param {string} lab
 */
function isFirstVisit(lab) {
  const key = `${VISITED}-${lab}`;
  const visited = localStorage.getItem(key);
  localStorage.setItem(key, "yes");
  return !visited && !matchMedia("(prefers-reduced-motion: reduce)").matches;
}
