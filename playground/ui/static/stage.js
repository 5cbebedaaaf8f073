// The stage of a lab: its views as chips, one of them at a time, what can be set in it, and its place in the link.

import { Chips } from "./chips.js";
import { Controls } from "./controls.js";
import { define, element, find, say, whenDark, whenResized } from "./dom.js";
import { film } from "./film.js";
import { keep } from "./link.js";
import { carried, guestOf, read, written } from "./options.js";
import { panel } from "./panel.js";
import { PictureChooser } from "./picture.js";
import { Save } from "./save.js";
import { traceOf } from "./trace.js";

/** @import { Painter } from "./painter.js" */
/** @import { Needs, Query, Values, View } from "./types.d.ts" */

/**
 * Where a visitor chooses an input of the view: its name, as addresses have it. `renew` offers what fits the run.
 * @typedef {{name: string, root: HTMLElement, renew(): void}} Chooser
 */

const TEMPLATE = `
<section class="stage" data-part="stage">
  <div class="stage-bar"><div class="stage-views" role="tablist" aria-label="Views"></div></div>
  <h2 class="question"></h2>
  <p class="under"></p>
  <p class="stage-problem problem" role="alert" hidden></p>
  <div class="stage-lanes" data-part="view"></div>
</section>`;
const REST = 200; // milliseconds without a change after which the link is renewed

export class Stage {
  #life = new AbortController();
  #remembering = 0;
  #tracing = 0;
  /** What of the link was wrong, or what else is to stay in sight until something is changed. */
  #note = "";
  /** The values of each view's options. @type {Map<string, Values>} */
  #values = new Map();
  /** @type {Painter<any> | null} */
  painter = null;
  /** The view on the stage. @type {View} */
  view;
  /** Whether a view was put on the stage, or a run was opened for the one that the link names. */
  #chosen = false;
  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    this.root = root;
    this.lab = root.getAttribute("lab") ?? "";
    /** @type {View[]} */
    this.views = JSON.parse(root.getAttribute("views") ?? "[]");
    root.innerHTML = TEMPLATE;
    this.section = find(root, ".stage", HTMLElement);
    this.chips = new Chips(find(root, ".stage-views", HTMLElement), this.views, (view) => this.choose(view));
    this.place = find(root, ".stage-lanes", HTMLElement);
    this.problem = find(root, ".stage-problem", HTMLElement);
    /** Where a painter puts further controls. */
    this.extras = panel(this.lab).extras;
    this.film = film(this.lab);
    this.view = this.views[0];
    this.controls = new Controls(element("div"), [], () => {});
    this.pictures = new PictureChooser(panel(this.lab).pictures, this.film, signal, () => this.#look());
    /** By the name of the input that is chosen. @type {Record<string, Chooser>} */
    this.choosers = { picture: this.pictures };
    this.chips.root.after(new Save(this, signal).root);
    this.#listen(signal);
    this.#arrive();
    this.#settle();
  }

  /** Goes to the view that the film's address names, or the first one, with what the address sets in it. */
  #arrive() {
    const { place } = this.film;
    const [first] = this.views;
    const name = place.view ?? first.name;
    const view = this.views.find((one) => one.name === name);
    const { values, problems } = read((view ?? first).options, (key) => (view && place[key]) ?? null);
    this.#note = view ? problems.join(" ") : `There is no view “${name.slice(0, 40)}” in this lab.`;
    this.#chosen = false;
    this.#leave(view ?? first);
    this.#values.set(this.view.name, values);
  }

  /** Takes what is on the stage off it, for another view. @param {View} view */
  #leave(view) {
    this.#life.abort();
    this.view = view;
    this.painter = null;
    this.chips.show(view);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { film } = this;
    film.addEventListener("visit", () => this.#arrive(), { signal });
    film.addEventListener("run", () => this.#settle(), { signal });
    for (const kind of ["time", "news"]) film.addEventListener(kind, () => this.#show(), { signal });
    film.addEventListener("front", () => this.#front(), { signal });
    whenResized(this.section, signal, () => this.painter?.paint());
    whenDark(signal, () => this.painter?.paint());
    signal.addEventListener("abort", () => this.#life.abort());
  }

  /** Is aborted when another view is chosen. */
  get signal() {
    return this.#life.signal;
  }

  get picture() {
    return this.pictures.name;
  }
  /** The network that is looked at in place of a run's, such as one from the Hub; empty if there is none. */
  get guest() {
    return guestOf(this.view, this.values);
  }

  /** How much of the stage's height is in sight below what stands above the lanes, in CSS pixels. */
  get sight() {
    const { section, place } = this;
    const whole = Number.parseFloat(getComputedStyle(section).getPropertyValue("--sight"));
    return whole - (place.getBoundingClientRect().top - section.getBoundingClientRect().top);
  }

  /** Values of the options of the view on the stage. @returns {Values} */
  get values() {
    const { name, options } = this.view;
    const values = this.#values.get(name) ?? read(options, () => null).values;
    this.#values.set(name, values);
    return values;
  }

  /** The values of what an answer depends on. @param {Needs} needs @returns {Query} */
  query({ options, chosen }) {
    const { choosers, values } = this;
    const set = options.map((name) => [name, values[name]]);
    return Object.fromEntries([...set, ...chosen.map((input) => [input, choosers[input].name])]);
  }

  /** A run is looked at: a view is put on the stage that fits it. */
  #settle() {
    const { track, place } = this.film;
    if (!track) return;
    const fits = track.info.views.includes(this.view.name);
    const asked = !fits && !this.#chosen && place.view === this.view.name; // by the address, of a run that it does not fit
    if (asked && !place.run) {
      this.#chosen = true;
      const run = this.#runFor(this.view);
      if (run) return void this.film.open(run.id);
    }
    const fitting = fits ? this.view : this.views.find(({ name }) => track.info.views.includes(name));
    if (fitting && asked) this.#note = `“${this.view.title}” does not fit this run; this is “${fitting.title}”.`;
    if (!fitting) this.say("No view fits this run; choose another one.");
    else if (fitting !== this.view || !this.painter) this.#put(fitting);
    else this.#show();
  }

  /** The first run that a view fits, a shipped one if there is any. @param {View} view */
  #runFor({ name }) {
    const fitting = this.film.runs.filter((run) => run.views.includes(name));
    return fitting.find((run) => run.shipped) ?? fitting[0];
  }

  /** Chooses a view, and a run that it fits. @param {View} view */
  choose(view) {
    this.#note = "";
    this.#values.set(view.name, carried(view, this.#values.get(view.name), this.guest));
    if (this.film.track?.info.views.includes(view.name)) return this.#put(view);
    const run = this.#runFor(view);
    if (!run) return this.say("No run can be viewed so yet; train one first.");
    this.#leave(view);
    return this.film.open(run.id);
  }

  /** Puts a view on the stage. @param {View} view */
  async #put(view) {
    this.#leave(view);
    this.#life = new AbortController();
    const { signal } = this.#life;
    const { lab, root, place } = this;
    this.#chosen = true;
    find(root, ".question", HTMLElement).textContent = view.question;
    const about = find(root, ".under", HTMLElement);
    about.textContent = about.title = view.about;
    place.replaceChildren();
    place.dataset.view = view.name;
    const { controls, extras } = panel(lab);
    extras.replaceChildren();
    for (const [input, chooser] of Object.entries(this.choosers)) {
      chooser.root.hidden = !Object.values(view.parts).some(({ chosen }) => chosen.includes(input));
      chooser.renew();
    }
    this.controls = new Controls(controls, view.options, (changes) => this.#changed(changes));
    this.controls.set(this.values);
    this.pictures.host(this.guest);
    this.#offer();
    this.say("");
    this.#remember();
    try {
      const { default: Kind } = await import(`../../labs/${view.painter}`);
      if (signal.aborted) return;
      this.painter = new Kind(this);
      this.#show();
    } catch (error) {
      if (signal.aborted) return;
      console.error(error);
      this.say("This view cannot be drawn: its module failed. The other views and labs go on; reload the page.");
    }
  }

  /** Offers the classes and attributes of the run's data, and the picture to be pinned. */
  #offer() {
    const { track } = this.film;
    if (!track) return;
    Object.assign(this.values, this.controls.asked(track.info, this.values));
    this.controls.pictures(track.id, this.picture);
  }

  #show() {
    if (!this.painter) return;
    this.#offer();
    this.painter.show();
    this.#trace();
  }

  #look() {
    this.film.emit("chosen");
    this.#show();
  }

  /** Asks what the runs say of what is on the stage at each of their frames, once nothing changes for a moment. */
  #trace() {
    clearTimeout(this.#tracing);
    this.#tracing = setTimeout(async () => {
      const { view, film, lab } = this;
      const { trace } = view;
      const tracks =
        trace && film.visible && !this.guest ? film.shown.filter(({ info }) => info.views.includes(view.name)) : [];
      const query = trace ? this.query(trace) : {};
      const traces = await Promise.all(tracks.map((track) => traceOf(lab, view.name, track, query).catch(() => null)));
      const drawable = traces.map((one) => (one?.names.length ? one : null));
      if (view === this.view) film.traced(tracks, drawable);
    }, REST);
  }

  #front() {
    this.#remember();
    this.#show();
    this.painter?.paint();
  }

  /** Changes options of the view, and with them its controls and the link. @param {Values} changes */
  set(changes) {
    this.controls.set(changes);
    this.#changed(changes);
  }

  /** @param {Values} changes */
  #changed(changes) {
    Object.assign(this.values, changes);
    this.pictures.host(this.guest);
    this.film.emit("chosen");
    this.#note = "";
    this.painter?.changed(changes);
    this.#trace();
    this.#remember();
  }

  /** Puts what is set into the link, once it rests. */
  #remember() {
    clearTimeout(this.#remembering);
    this.#remembering = setTimeout(() => {
      if (!this.film.visible || !this.film.track) return;
      const others = this.views.flatMap(({ options }) => options.map(({ name }) => [name, null]));
      const first = this.film.track.info.views[0] === this.view.name;
      const view = first ? null : this.view.name;
      const chosen = written(this.view.options, this.values);
      const named = Object.values(chosen).some((text) => text !== null) ? this.view.name : view;
      keep(this.lab, { ...Object.fromEntries(others), ...chosen, view: named });
    }, REST);
  }

  /** Says a sentence that stays until something is changed. @param {string} sentence */
  note(sentence) {
    this.#note = sentence;
    this.say("");
  }

  /**
   * Says a sentence, or takes the last one back; a note stays in sight until something is changed.
   * @param {string} sentence
   * @param {boolean} [calm] whether it is not an error
   */
  say(sentence, calm = false) {
    say(this.problem, [this.#note, sentence].filter(Boolean).join(" "), calm && !this.#note);
  }
}
define("lab-stage", Stage);
