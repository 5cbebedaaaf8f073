// A view of runs that are small enough to be trained step by step while one looks at them.

import { remove } from "./acts.js";
import { answer } from "./answer.js";
import { DensityChooser } from "./density.js";
import { element, find } from "./dom.js";
import { Live } from "./live.js";
import { Painter } from "./painter.js";
import { json } from "./server.js";

/** @import { Density } from "./density.js" */
/** @import { Stage } from "./stage.js" */
/** @import { SteppedLane } from "./stepped-lane.js" */
/** @import { Track } from "./track.js" */
/** @import { Answer, Knob, Query } from "./types.d.ts" */

/**
 * @typedef {HTMLInputElement | HTMLSelectElement} Field
 * @typedef {{name: string, knobs: Record<string, Knob>, parent?: {run: string, step: number}}} Wish a new run
 */

/** What stands above the buttons of single steps and the knobs, which the view's `markup` holds. */
const CONTROLS = `
<div class="toy-chooser"></div>
<div class="toy-buttons">
  <button class="toy-play primary" aria-label="Play">▶ Play</button>
  <button class="toy-reset" title="The same training from its beginning: the same seed, step for step">Reset</button>
  <select class="toy-speed" aria-label="Speed" title="How much is trained between two pictures">
    <option>slow</option><option selected>normal</option><option>fast</option></select>
</div>`;
const AHEAD = 10_000; // steps until it pauses by itself
const NEWS = 600; // milliseconds between two looks at the folder of a run that is stepped

/**
 * @template {SteppedLane<any>} L
 * @extends {Painter<L>}
 */
export class Stepped extends Painter {
  #heard = 0;
  #looked = "";
  /** Whether a new run is being begun. */
  #beginning = false;
  /** The run that is being stepped, and the step that it is at. @type {{run: string, step: number} | null} */
  #stepped = null;
  /** The knobs of the run as the server had them last. @type {Record<string, Knob>} */
  #known = {};
  /** Those that were turned here since. @type {Record<string, Knob>} */
  #turned = {};

  /** @param {Stage} stage whose further controls are the buttons and knobs of the training */
  constructor(stage) {
    super(stage);
    const { extras } = stage;
    this.extras = extras;
    extras.insertAdjacentHTML("afterbegin", CONTROLS);
    this.button = find(extras, ".toy-play", HTMLElement);
    this.live = new Live(stage.section, this.signal, {
      ask: (times) => this.step({ times }),
      show: (shown) => this.#take(shown),
      fail: (sentence) => this.complain(sentence),
      changed: () => this.mark(),
    });
    this.button.addEventListener("click", () => (this.live.playing ? this.live.pause() : this.play()));
    for (const single of extras.querySelectorAll("[data-only]")) {
      const only = single.getAttribute("data-only") ?? "";
      single.addEventListener("click", () => this.single(only));
    }
    find(extras, ".toy-reset", HTMLElement).addEventListener("click", () => this.restart(this.live.playing));
    const pace = find(extras, ".toy-speed", HTMLSelectElement);
    pace.addEventListener("change", () => {
      this.live.pace = pace.value;
      this.live.pump();
    });
    /** @type {HTMLSelectElement | null} */
    this.recipes = extras.querySelector("[data-recipe]");
    this.recipes?.addEventListener("change", () => this.#choose());
    for (const field of this.#fields()) field.addEventListener("change", () => this.turn(field));
    const chooser = find(extras, ".toy-chooser", HTMLElement);
    this.chooser = new DensityChooser(chooser, this.signal, (density) => this.#learn(density));
  }

  /** @returns {Field[]} the knobs that can be turned here; `data-knob` names one, or several that go together */
  #fields() {
    return [...this.extras.querySelectorAll("[data-knob]")].map((field) => /** @type {Field} */ (field));
  }

  /** The knobs of the run as they are now. @returns {Record<string, Knob>} */
  get knobs() {
    return { ...this.film.track?.info.knobs, ...this.#known, ...this.#turned };
  }

  /** Whether a run is to be shown as it is, beyond its last snapshot. @param {Track} track */
  newest(track) {
    return this.film.following && this.#stepped?.run === track.id && track.playable;
  }

  show() {
    const { track, following } = this.film;
    if (track && track.id !== this.#looked) {
      this.#looked = track.id;
      this.#known = {};
      this.#turned = {};
      this.#stepped = null;
      this.live.pause();
      this.live.renew();
      this.chooser.select(track.info.data);
    }
    if (!following && this.#stepped) {
      this.live.pause();
      this.live.renew(); // an answer that is still under way would cover what is looked at now
    }
    super.show();
    this.mark();
  }

  /** Plays: a run of one's own goes on; from any other, and from what lies before its end, a branch begins. */
  async play(steps = AHEAD) {
    if (await this.#own()) this.live.play(steps);
  }

  /** Makes one step, of one phase alone if it is named. @param {string} only */
  async single(only) {
    this.live.pause();
    if (await this.#own()) this.live.send(() => this.step({ times: 1, only: only || undefined }));
  }

  /**
   * The same run from its beginning. It takes the place of the old one, which it would repeat step for step, unless
   * knobs were turned.
   * @param {boolean} play
   */
  async restart(play) {
    const { track } = this.film;
    if (!track) return;
    const { name, parent, knobs } = track.info;
    const repeats = track.playable && Object.entries(this.knobs).every(([knob, value]) => value === knobs[knob]);
    if (!(await this.#begin({ name, knobs: this.knobs, parent: parent ?? undefined }))) return;
    if (play) this.live.play(AHEAD);
    if (repeats) await remove(this.film, track.id);
  }

  async #own() {
    const { track, step, following } = this.film;
    if (!track) return false;
    if (track.playable && (following || step >= track.newest)) {
      this.film.following = true;
      return true;
    }
    const parent = { run: track.id, step: track.snapshot(step) };
    return this.#begin({ name: track.info.name, knobs: this.knobs, parent });
  }

  /** @param {Wish} wish @returns {Promise<boolean>} whether the run is there and shown */
  async #begin(wish) {
    if (this.#beginning) return false;
    this.#beginning = true;
    this.live.pause();
    try {
      const { run } = await json("/live", {}, { method: "POST", body: JSON.stringify(wish) });
      await this.film.open(run);
      return this.film.track?.id === run;
    } catch (error) {
      this.complain(/** @type {Error} */ (error).message);
      return false;
    } finally {
      this.#beginning = false;
    }
  }

  /** Another density is to be learned, from the beginning. @param {Density} density */
  async #learn({ density, strokes }) {
    const { track } = this.film;
    if (!track) return;
    try {
      const drawn = strokes && (await json("/data/drawing", {}, { method: "POST", body: JSON.stringify(strokes) }));
      await this.#fresh({ name: track.info.name, knobs: { ...this.knobs, data: drawn?.data ?? density } });
    } catch (error) {
      this.complain(/** @type {Error} */ (error).message);
    }
  }

  /** Another recipe was chosen: it begins on the same density. */
  #choose() {
    const { data, seed } = this.knobs;
    this.#fresh({ name: this.recipes?.value ?? "", knobs: { data, seed } });
  }

  /** A knob was turned. @param {Field} field */
  turn(field) {
    const { track } = this.film;
    const value = Number.isNaN(Number(field.value)) ? field.value : Number(field.value);
    const turned = Object.fromEntries((field.dataset.knob ?? "").split(" ").map((name) => [name, value]));
    if (!track) return;
    if (field.dataset.fresh !== undefined) {
      this.#fresh({ name: track.info.name, knobs: { ...this.knobs, ...turned } }, this.live.playing);
      return;
    }
    Object.assign(this.#turned, turned);
    if (this.newest(track) && !this.live.playing) this.live.send(() => this.step({ times: 0 }));
  }

  /** Begins a run, and plays it. @param {Wish} wish @param {boolean} [play] */
  async #fresh(wish, play = true) {
    if (!(await this.#begin(wish))) this.mark();
    else if (play) this.live.play(AHEAD);
  }

  /**
   * Trains and looks; where many wait, a single step asks again.
   * @param {Query} query
   * @returns {Promise<Answer<any, any>>}
   */
  async step(query) {
    const { view, options } = this;
    const { track } = this.film;
    const [part] = Object.values(view.parts);
    const chosen = Object.fromEntries(part.options.map((name) => [name, options[name]]));
    const path = `/live/${track?.id}`;
    for (;;) {
      const body = JSON.stringify({ knobs: this.#turned });
      const wanted = { view: view.name, ...chosen, ...query };
      const found = await answer(path, wanted, { method: "POST", body });
      if (!found.words.busy || this.live.playing || this.signal.aborted) return found;
      await new Promise((resolve) => setTimeout(resolve, 1000 * found.words.again));
    }
  }

  /**
   * A run may have been turned to other knobs before it was opened here.
   * @param {Track} track
   * @param {Answer<any, any>} shown
   */
  heard(track, shown) {
    if (track.id !== this.film.track?.id || !shown.words.knobs) return;
    const first = !Object.keys(this.#known).length;
    this.#known = shown.words.knobs;
    if (first) this.mark();
  }

  /** @param {Answer<any, any>} shown */
  #take(shown) {
    const { track } = this.film;
    if (!track) return;
    this.#stepped = { run: track.id, step: shown.words.step };
    this.lanes[0]?.take(track, shown);
    const now = performance.now();
    if (now - this.#heard < NEWS && this.live.playing) return;
    this.#heard = now;
    this.film.refresh(track);
  }

  mark() {
    const { track } = this.film;
    const { playing } = this.live;
    this.button.textContent = playing ? "❚❚ Pause" : "▶ Play";
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.button.title = track?.playable ? "Trains it while you look" : "Trains on from here, as a run of your own";
    if (!track) return;
    for (const field of this.#fields()) {
      const value = String(this.knobs[(field.dataset.knob ?? "").split(" ")[0]] ?? "");
      if (field instanceof HTMLSelectElement && ![...field.options].some((option) => option.value === value)) {
        field.append(element("option", { value }, value));
      }
      if (document.activeElement !== field) field.value = value;
    }
    if (this.recipes) this.recipes.value = track.info.name;
  }
}
