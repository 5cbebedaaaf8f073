// The sound of the page: begun by a press alone, as loud as was set at most, and over as soon as one looks elsewhere.

import { Player } from "./player.js";
import { Synth } from "./synth.js";

/** @import { Score } from "./player.js" */

const KEPT = "playground-volume"; // a key of the browser's storage
const USUAL = 0.5;

export class Sound {
  /** Is created by the first press: browsers allow no sound before. @type {AudioContext | null} */
  #context = null;
  /** @type {Synth | null} */
  #synth = null;
  /** @type {Player | null} */
  #player = null;
  #volume = volumeOf(localStorage.getItem(KEPT));
  /** What is to be played once the browser lets sound begin, which may take a while. @type {Score | null} */
  #awaited = null;
  /** How often it was asked to play. */
  #turn = 0;

  /**
   * @param {AbortSignal} signal ends it
   * @param {() => boolean} visible whether its view is in sight
   * @param {() => void} ended is called when it falls silent by itself
   */
  constructor(signal, visible, ended) {
    this.ended = ended;
    this.visible = visible;
    document.addEventListener("visibilitychange", () => document.hidden && this.#leave(), { signal });
    addEventListener("pagehide", () => this.#leave(), { signal });
    signal.addEventListener("abort", () => {
      this.stop();
      this.#context?.close();
    });
  }

  #leave() {
    if (!this.playing) return;
    this.stop();
    this.ended();
  }

  /** Whether it is heard, or about to be. */
  get playing() {
    return Boolean(this.#awaited || this.#player?.playing);
  }

  /** 0 to 1. */
  get volume() {
    return this.#volume;
  }

  /** @param {number} volume 0 to 1 */
  set volume(volume) {
    this.#volume = volumeOf(String(volume));
    localStorage.setItem(KEPT, String(this.#volume));
    if (this.#synth) this.#synth.volume = loudness(this.#volume);
  }

  /**
   * Plays from a frame on; a press has asked for it. False where it was stopped before it began.
   * @param {Score} score
   * @param {number} from
   */
  async play(score, from) {
    this.#context ??= new AudioContext({ latencyHint: "playback" }); // a busy page makes it stutter less
    this.#synth ??= new Synth(this.#context, loudness(this.#volume));
    this.#player ??= new Player(this.#synth, this.ended);
    const turn = ++this.#turn;
    this.#awaited = score;
    try {
      await this.#context.resume();
    } catch (error) {
      if (turn === this.#turn) this.#awaited = null;
      throw error;
    }
    if (turn !== this.#turn || !this.#awaited) return false;
    this.#player.play(this.#awaited, from);
    this.#awaited = null;
    return true;
  }

  /** What is played from now on. @param {Score} score */
  change(score) {
    if (this.#awaited) this.#awaited = score;
    else this.#player?.change(score);
  }

  /** The frame that is heard now, of all that have passed since the beginning; null where nothing is played. */
  frame() {
    if (!this.#context || !this.#player) return null;
    if (this.playing && !this.visible()) this.#leave();
    return this.#player.frame(this.#context.currentTime - (this.#context.outputLatency || 0));
  }

  stop() {
    this.#awaited = null;
    this.#player?.stop();
  }
}

/** A volume that was kept, or the usual one. @param {string | null} text */
function volumeOf(text) {
  const volume = Number.parseFloat(text ?? "");
  return Number.isFinite(volume) ? Math.max(0, Math.min(1, volume)) : USUAL;
}

/** The amplitude of a volume, as even steps are heard: never above it. @param {number} volume 0 to 1 */
export const loudness = (volume) => volume ** 2;
