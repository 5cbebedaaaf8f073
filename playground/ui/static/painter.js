// What draws a view: a lane for each run that is looked at, and the requests that fill it.

import { ask, background } from "./answer.js";
import { element, find } from "./dom.js";
import { count } from "./format.js";
import { Cache, Newest } from "./requests.js";
import { differences } from "./run.js";

/** @import { Stage } from "./stage.js" */
/** @import { Track } from "./track.js" */
/** @import { Answer, Query, Values } from "./types.d.ts" */

/**
 * The part of a view that shows one run.
 * @typedef {{root: HTMLElement, show(track: Track, step: number): void, paint(): void}} Lane
 */

const CAPTION = 56; // CSS pixels below a picture
const NAME = 28; // and above it, where two runs are compared

/**
 * Draws one view on the stage, from when it is chosen until another one is.
 * @template {Lane} [L=Lane]
 */
export class Painter {
  /** @type {HTMLElement[]} */
  #frames = [];
  #misfits = element("p", { class: "quiet misfits" });
  /** Answers and pictures that are still to be drawn. @type {Set<Promise<Error | null>>} */
  #awaited = new Set();
  /** What parts could not answer, and why. @type {Map<object, string>} */
  #failures = new Map();
  /** @type {L[]} */
  lanes = [];

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.view = stage.view;
    this.film = stage.film;
    this.controls = stage.controls;
    /** Is aborted when another view is chosen. */
    this.signal = stage.signal;
  }

  /** The values of the view's options. @returns {any} */
  get options() {
    return this.stage.values;
  }

  /** @returns {L} an empty lane */
  lane() {
    throw new Error("A view has lanes.");
  }

  /** The runs that have something to show here; beside a guest, only the one whose examples it is given. */
  get fitting() {
    if (this.guest) return this.film.shown.slice(0, 1);
    return this.film.shown.filter(({ info }) => info.views.includes(this.view.name));
  }

  /** The network that is looked at in place of a run's, such as one from the Hub; empty if there is none. */
  get guest() {
    return this.stage.guest;
  }

  /** The class of the picture, where it is known and is one of the network's. */
  get label() {
    return this.guest ? "" : this.stage.pictures.label;
  }

  /**
   * Which network an answer is of.
   * @param {Track | null | undefined} track
   * @param {number | undefined} step none of a guest
   */
  source(track, step) {
    if (step === undefined) return `${this.controls.label("network", this.options.network)}, pretrained`;
    return `${track?.info.name}, snapshot of step ${count(step)}`;
  }

  /**
   * A guest that is unavailable gives the place back to the run; the sentence stays.
   * @param {unknown} guest
   * @param {string} sentence
   */
  missing(guest, sentence) {
    if (this.guest === guest) this.set({ network: "" });
    this.stage.note(sentence);
  }

  /** Shows every run at its step, and says which ones cannot be viewed so. */
  show() {
    const { fitting } = this;
    this.fill(fitting);
    const others = this.guest ? [] : this.film.shown.filter((track) => !fitting.includes(track));
    const names = others.map(({ info }) => `${info.name} (${info.title})`).join(" and ");
    this.#misfits.hidden = !names;
    this.#misfits.textContent = names ? `${names} cannot be viewed so; choose another view to compare.` : "";
    this.stage.place.prepend(this.#misfits);
  }

  /**
   * Gives each of the runs a lane.
   * @param {Track[]} tracks
   */
  fill(tracks) {
    const { film, lanes, stage } = this;
    if (!tracks.length && film.track) this.complain(film.track.promise, true);
    if (lanes.length > tracks.length) this.#failures.clear();
    while (lanes.length > tracks.length) {
      lanes.pop();
      this.#frames.pop()?.remove();
    }
    stage.place.classList.toggle("comparing", tracks.length > 1);
    const names = differences(tracks.map(({ info }) => info));
    tracks.forEach((track, i) => {
      const step = track.snapshot(film.stepOf(track));
      if (!lanes[i]) {
        lanes[i] = this.lane();
        this.#frames[i] = element(
          "section",
          { class: "lane-frame" },
          element("h3", { class: "lane-name" }),
          lanes[i].root,
        );
        stage.place.append(this.#frames[i]);
      }
      const name = find(this.#frames[i], ".lane-name", HTMLElement);
      name.hidden = tracks.length < 2;
      name.textContent = `${names[i]}, step ${count(step)}`;
      lanes[i].show(track, step);
    });
  }

  /**
   * Options were changed, by a control or by `set`.
   * @param {Values} _changes
   */
  changed(_changes) {
    this.show();
    this.paint();
  }

  /**
   * Changes options, and with them controls and link.
   * @param {Values} changes
   */
  set(changes) {
    this.stage.set(changes);
  }

  /**
   * What is on the stage is not all that was asked for before a promise resolves.
   * @param {Promise<Error | null>} promise with what has failed, if it was said to the visitor
   */
  awaits(promise) {
    this.#awaited.add(promise);
    promise.then(() => this.#awaited.delete(promise));
  }

  /** Resolves once the lanes show all that they were asked to; rejects where they cannot. */
  async settled() {
    while (this.#awaited.size) {
      const failed = (await Promise.all(this.#awaited)).find((error) => error);
      if (failed) throw failed;
    }
  }

  /** Draws again what is there: the stage has another size, or other colors. */
  paint() {
    for (const lane of this.lanes) lane.paint();
  }

  /** The height that is in sight for a picture with a caption below it. */
  get height() {
    return this.stage.sight - CAPTION - (this.lanes.length > 1 ? NAME : 0);
  }

  /**
   * The side of the largest square that is wholly in sight, with a caption below it.
   * @param {HTMLElement} column that it stands in
   */
  side(column) {
    return Math.max(120, Math.min(column.clientWidth, this.height));
  }

  /**
   * A part has its answer, or has failed: what others could not answer stays said.
   * @param {object} part
   * @param {string} [failure]
   */
  answered(part, failure = "") {
    if (failure) this.#failures.set(part, failure);
    else this.#failures.delete(part);
    this.complain([...new Set(this.#failures.values())].join(" "));
  }

  /**
   * Says a sentence, or takes the last one back.
   * @param {string} sentence
   * @param {boolean} [calm] whether it is not an error
   */
  complain(sentence, calm = false) {
    if (!this.signal.aborted) this.stage.say(sentence, calm);
  }
}

/**
 * One part of a view, as a lane asks for it: the newest request wins, and nothing is asked for twice in a row.
 * @template {Answer<any, any>} Raw
 * @template [Shown=Raw]
 */
export class Part {
  #key = "";
  /** @type {Newest<Shown>} */
  #requests;

  /**
   * @param {Painter<any>} painter
   * @param {string} name of the part
   * @param {object} [more]
   * @param {number} [more.limit] requests under way at once
   * @param {Cache<Shown> | null} [more.cache] of answers
   * @param {(answer: Raw) => Shown | Promise<Shown>} [more.prepare] what is kept of an answer
   */
  constructor(painter, name, { limit = 2, cache = null, prepare } = {}) {
    this.painter = painter;
    this.name = name;
    this.cache = cache;
    this.prepare = prepare ?? ((answer) => /** @type {Shown} */ (/** @type {unknown} */ (answer)));
    this.#requests = new Newest(limit);
  }

  /**
   * What the part depends on: run, step, and the options and inputs that it takes.
   * @param {Track} track
   * @param {number} step
   * @returns {Query & {run: string, step: number}}
   */
  query(track, step) {
    const { stage, view } = this.painter;
    const query = stage.query(view.parts[this.name]);
    return { run: track.id, step: query.network ? 0 : step, ...query };
  }

  /**
   * Asks, unless the same was asked for last.
   * @param {Track} track
   * @param {number} step
   * @param {(shown: Shown, query: Query & {run: string, step: number}) => void} show
   * @param {{query?: Query, fail?: (error: Error) => void}} [more] what replaces options; who hears of a failure
   */
  ask(track, step, show, { query: replaced = {}, fail } = {}) {
    const query = { ...this.query(track, step), ...replaced };
    const key = track.key(query);
    if (key === this.#key) return;
    this.#key = key;
    const load = async () => this.prepare(/** @type {Raw} */ (await this.#answer(query)));
    const answered = this.#requests.ask(
      () => (this.cache ? this.cache.get(key, load) : load()),
      (shown) => {
        this.painter.answered(this);
        show(shown, query);
      },
      (error) => {
        this.#key = "";
        if (fail) fail(error);
        else if (query.network) this.painter.missing(query.network, error.message);
        else this.painter.answered(this, error.message);
      },
    );
    this.painter.awaits(fail ? answered.then(() => null) : answered);
  }

  /** The answer of a run; a guest's may have to be waited for, while it is said what is done. @param {Query} query */
  async #answer(query) {
    const { painter, name } = this;
    const { stage, view, signal } = painter;
    if (!query.network) return ask(stage.lab, view.name, name, query);
    const report = (/** @type {string} */ message) => painter.complain(message, true);
    const path = `/views/${stage.lab}/${view.name}/${name}`;
    const answer = await background(path, query, report, () => signal.aborted);
    if (!answer) throw new Error("Another view was chosen.");
    return answer;
  }

  /** The next question is asked even if it is the same. */
  forget() {
    this.#key = "";
  }
}
