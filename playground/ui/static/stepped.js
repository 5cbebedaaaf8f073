// A view of runs that are small enough to be trained step by step while one looks at them.

import { remove } from "./acts.js";
import { answer } from "./answer.js";
import { Companion } from "./companion.js";
import { Controls } from "./controls.js";
import { DensityChooser } from "./density.js";
import { element } from "./dom.js";
import { Live } from "./live.js";
import { Painter } from "./painter.js";
import { Presets } from "./presets.js";
import { json } from "./server.js";

/** @import { Density } from "./density.js" */
/** @import { Stage } from "./stage.js" */
/** @import { SteppedLane } from "./stepped-lane.js" */
/** @import { Track } from "./track.js" */
/** @import { Answer, Knob, Query, Stepping, Values } from "./types.d.ts" */

/** @typedef {{name: string, knobs: Record<string, Knob>, parent?: {run: string, step: number}}} Wish a new run */

/** How much is trained between two pictures. */
const PACES = ["slow", "normal", "fast"];
const AGAIN = "The same training from its beginning: the same seed, step for step";
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
  #companion = new Companion(this);
  /** The knobs of the run as the server had them last. @type {Record<string, Knob>} */
  #known = {};
  /** Those that were turned here since. @type {Record<string, Knob>} */
  #turned = {};
  /** The knobs of the training, which are not the view's own options. @type {Controls} */
  #controls;
  /** @type {Presets} */
  #presets;
  /** What they show. */
  #marked = "";

  /** @param {Stage} stage whose further controls are the buttons and knobs of the training */
  constructor(stage) {
    super(stage);
    const stepping = /** @type {Stepping} */ (stage.view.stepping);
    this.stepping = stepping;
    this.live = new Live(stage.section, this.signal, {
      ask: (times) => this.step({ times }),
      show: (shown) => this.#take(shown),
      fail: (sentence) => this.complain(sentence),
      changed: () => this.mark(),
    });
    const chooser = element("div", { class: "toy-chooser" });
    this.chooser = new DensityChooser(chooser, this.signal, (density) => this.#learn(density));
    const press = () => (this.live.playing ? this.rest() : this.play());
    this.button = element("button", { class: "toy-play primary", onclick: press });
    const knobs = element("div", { class: "inspect-controls toy-knobs" });
    this.#controls = new Controls(knobs, stepping.knobs, (turned) => this.turn(turned));
    this.#presets = new Presets(stepping, {
      choose: (name) => this.#choose(name),
      cure: (turned) => this.#cure(turned),
    });
    stage.extras.replaceChildren(chooser, ...this.#buttons(), ...this.#presets.roots, knobs);
  }

  /** Plays, begins again, and makes single steps. */
  #buttons() {
    const pace = element("select", { class: "toy-speed", "aria-label": "Speed" });
    pace.append(...PACES.map((name) => element("option", { selected: name === this.live.pace }, name)));
    pace.addEventListener("change", () => {
      this.live.pace = pace.value;
      this.live.pump();
    });
    const again = element("button", { title: AGAIN, onclick: () => this.restart(this.live.playing) }, "Reset");
    const singles = Object.entries(this.stepping.phases).map(([only, label]) =>
      element("button", { title: "Trains one step", onclick: () => this.single(only) }, label),
    );
    return [[this.button, again, pace], singles].map((row) => element("div", { class: "toy-buttons" }, ...row));
  }

  /** The knobs of the run at the moment that is looked at. @returns {Record<string, Knob>} */
  get knobs() {
    const { track, step, following } = this.film;
    if (!following) return { ...track?.knobsAt(step), ...this.#turned };
    return { ...track?.knobsAt(Number.POSITIVE_INFINITY), ...this.#known, ...this.#turned };
  }

  /** Whether a run is to be shown as it is, beyond its last snapshot. @param {Track} track */
  newest(track) {
    const stepped = this.#stepped?.run === track.id || this.#companion.shows(track);
    return this.film.following && stepped && track.playable;
  }

  show() {
    const { track, following } = this.film;
    if (track && track.id !== this.#looked) {
      this.#looked = track.id;
      this.#known = {};
      this.#turned = {};
      this.#stepped = null;
      this.#companion.leave();
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

  /** Pauses; where it stands becomes a frame, so that the time axis names the same step as the stage. */
  rest() {
    this.live.pause();
    this.live.send(() => this.step({ times: 0, save: 1 }));
    if (this.#stepped) this.#companion.follow(this.#stepped.step, true);
  }

  /** Makes one step, of one phase alone if it is named. @param {string} only */
  async single(only) {
    this.live.pause();
    if (await this.#own()) this.live.send(() => this.step({ times: 1, only: only || undefined, save: 1 }));
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

  /** Another recipe was chosen: it begins on the same density. @param {string} name */
  #choose(name) {
    const { data, seed } = this.knobs;
    this.#fresh({ name, knobs: { data, seed } });
  }

  /** A knob was turned. @param {Values} turned */
  turn(turned) {
    const { track } = this.film;
    if (!track) return;
    if (Object.keys(turned).some((name) => this.stepping.fresh.includes(name))) {
      this.#fresh({ name: track.info.name, knobs: { ...this.knobs, ...turned } }, this.live.playing);
      return;
    }
    Object.assign(this.#turned, turned);
    if (this.newest(track) && !this.live.playing) this.live.send(() => this.step({ times: 0 }));
  }

  /** Goes on twice from here, side by side: as it is, and with a knob turned. @param {Record<string, Knob>} turned */
  async #cure(turned) {
    if (!(await this.#own())) return;
    const { film, knobs } = this;
    const failing = film.track;
    if (!failing) return;
    this.live.pause();
    try {
      await this.step({ times: 0, save: 1 });
      await failing.refresh();
      const parent = { run: failing.id, step: failing.newest };
      if (!(await this.#begin({ name: failing.info.name, knobs: { ...knobs, ...turned }, parent }))) return;
      await film.compare(failing.id);
      this.live.play(AHEAD);
    } catch (error) {
      this.complain(/** @type {Error} */ (error).message);
    }
  }

  /** Begins a run, and plays it. @param {Wish} wish @param {boolean} [play] */
  async #fresh(wish, play = true) {
    if (!(await this.#begin(wish))) this.mark();
    else if (play) this.live.play(AHEAD);
  }

  /**
   * Trains and looks; where many wait, a single step asks again.
   * @param {Query} query
   * @param {Track} [track]
   * @returns {Promise<Answer<any, any>>}
   */
  async step(query, track = this.film.track) {
    const { view, options } = this;
    const [part] = Object.values(view.parts);
    const chosen = Object.fromEntries(part.options.map((name) => [name, options[name]]));
    const path = `/live/${track?.id}`;
    for (;;) {
      const body = JSON.stringify({ knobs: track === this.film.track ? this.#turned : {} });
      const wanted = { view: view.name, ...chosen, ...query };
      const response = await answer(path, wanted, { method: "POST", body });
      if (!response.words.busy || this.live.playing || this.signal.aborted) return response;
      await new Promise((resolve) => setTimeout(resolve, 1000 * response.words.again));
    }
  }

  /**
   * The server says under which knobs it trained: what it has heard of need not be told again.
   * @param {Track} track
   * @param {Answer<any, any>} shown
   */
  heard(track, shown) {
    if (track.id !== this.film.track?.id || !shown.words.knobs) return;
    const known = shown.words.knobs;
    this.#known = known;
    this.#turned = Object.fromEntries(Object.entries(this.#turned).filter(([name, value]) => known[name] !== value));
    this.mark();
  }

  /** @param {Answer<any, any>} shown */
  #take(shown) {
    const { track } = this.film;
    if (!track) return;
    this.#stepped = { run: track.id, step: shown.words.step };
    this.lanes[0]?.take(track, shown);
    if (this.live.playing) this.#companion.follow(shown.words.step);
    const now = performance.now();
    if (now - this.#heard < NEWS && this.live.playing) return;
    this.#heard = now;
    this.film.updates.refresh(track);
  }

  mark() {
    const { track } = this.film;
    const { playing } = this.live;
    this.button.textContent = playing ? "❚❚ Pause" : "▶ Train";
    this.button.setAttribute("aria-label", playing ? "Pause" : "Train");
    this.button.title = track?.playable ? "Trains it while you look" : "Trains on from here, as a run of your own";
    if (!track) return;
    const values = this.knobs;
    const marked = JSON.stringify([track.info.name, values]);
    if (marked === this.#marked) return; // what is being typed stays
    this.#marked = marked;
    this.#controls.set(values);
    this.#presets.set(track.info.name, values);
  }
}
