// The run bar: choose a run, see it learn, move through its time, pause it, resume it, branch off, compare it with another.

import { color, draw } from "./canvas.js";
import { chart } from "./chart.js";
import { define, element, find, say, whenDark, whenResized, whenSeen } from "./dom.js";
import { film, OWN_DATA } from "./film.js";
import { count, metric } from "./format.js";
import { kindButtons, kindsOf } from "./kinds.js";
import { front } from "./link.js";
import { previewNote, previews } from "./preview.js";
import { card, label, status, title, VERBS, verbs } from "./run.js";
import { Track } from "./track.js";

/** @import { Summary } from "./types.d.ts" */

const TEMPLATE = `
<section class="film">
  <div class="film-kinds" role="group" aria-label="What the networks learn from"></div>
  <div class="film-head">
    <label><span>Run</span><select class="film-run" aria-label="Run"></select></label>
    <label><span>Compare with</span><select class="film-compare" aria-label="A second run to compare with"></select></label>
    <div class="film-actions"></div>
  </div>
  <p class="film-status" aria-live="polite">Looking for runs …</p>
  <p class="film-problem problem" role="alert" hidden></p>
  <div class="film-body">
    <div>
      <div class="film-terms" role="group" aria-label="Which curve"></div>
      <canvas class="film-chart" role="img" aria-label="The curve over the steps; drag to move through time"></canvas>
      <div class="film-time">
        <button class="film-play primary" aria-label="Play the film">▶</button>
        <button class="film-back" aria-label="One frame back">‹</button>
        <input class="film-range" type="range" min="0" max="0" value="0" aria-label="Time: the steps of the training">
        <button class="film-on" aria-label="One frame on">›</button>
        <output class="film-step"></output>
      </div>
    </div>
    <figure><div class="film-preview"></div><figcaption class="film-note caption"></figcaption></figure>
  </div>
  <details class="film-about"><summary>About this run</summary><dl class="film-card"></dl></details>
</section>`;

class FilmBar {
  /** The curve that is shown. */
  #term = "";
  /** What the rebuilt parts show, so that they are rebuilt only when that changes. @type {Map<Element, string>} */
  #built = new Map();
  /** Where a step lies on the chart. @type {((step: number) => number) | null} */
  #scale = null;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    root.innerHTML = TEMPLATE;
    this.root = root;
    this.film = film(root.getAttribute("lab") ?? "");
    this.run = find(root, ".film-run", HTMLSelectElement);
    this.second = find(root, ".film-compare", HTMLSelectElement);
    this.chart = find(root, ".film-chart", HTMLCanvasElement);
    this.range = find(root, ".film-range", HTMLInputElement);
    this.play = find(root, ".film-play", HTMLElement);
    this.status = this.#part("status");
    this.actions = this.#part("actions");
    this.terms = this.#part("terms");
    this.#wire();
    this.#listen(signal);
    this.film.start();
    this.#all();
  }

  /** @param {string} name */
  #part(name) {
    return find(this.root, `.film-${name}`, HTMLElement);
  }

  #wire() {
    const { film } = this;
    this.run.addEventListener("change", () => film.open(this.run.value));
    this.second.addEventListener("change", () => film.compare(this.second.value));
    this.play.addEventListener("click", () => (film.playing ? film.pause() : film.play()));
    /** @param {number} by */
    const move = (by) => () => {
      film.pause();
      film.move(by);
    };
    this.#part("back").addEventListener("click", move(-1));
    this.#part("on").addEventListener("click", move(1));
    this.range.addEventListener("input", () => {
      film.pause();
      film.seek(film.track?.steps[Number(this.range.value)] ?? 0);
    });
    this.chart.addEventListener("pointerdown", (event) => {
      this.chart.setPointerCapture(event.pointerId);
      this.#scrub(event);
    });
    this.chart.addEventListener("pointermove", (event) => this.#scrub(event));
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { film } = this;
    film.addEventListener("list", () => this.#list(), { signal });
    document.addEventListener(OWN_DATA, () => film.leave(), { signal });
    film.addEventListener("run", () => this.#run(), { signal });
    film.addEventListener("news", () => this.#all(), { signal });
    film.addEventListener("time", () => this.#time(), { signal });
    film.addEventListener("play", () => this.#playing(), { signal });
    whenResized(this.chart, signal, () => this.#paint());
    whenDark(signal, () => this.#paint());
    whenSeen(this.root, signal, (inSight) => {
      const visible = inSight || this.root.offsetParent !== null;
      if (visible === film.visible) return;
      film.visible = visible;
      if (!visible) return;
      front(film.lab);
      film.poll();
      film.remember();
      film.emit("front");
      this.#paint();
    });
  }

  /** @param {PointerEvent} event */
  #scrub(event) {
    const { steps = [] } = this.film.track ?? {};
    const scale = this.#scale;
    if (event.buttons !== 1 || !scale || !steps.length) return;
    /** @param {number} step */
    const away = (step) => Math.abs(scale(step) - event.offsetX);
    this.film.pause();
    this.film.seek(steps.reduce((best, step) => (away(step) < away(best) ? step : best)));
  }

  #run() {
    this.#term = "";
    this.#list();
    this.#all();
  }

  #list() {
    const { runs, track, tracks } = this.film;
    const all = track && !runs.some((run) => run.id === track.id) ? [...runs, track.info] : runs;
    /** @param {string} label @param {Summary[]} members */
    const group = (label, members) => {
      const options = members.map((run) => element("option", { value: run.id }, title(run)));
      return options.length ? [element("optgroup", { label }, ...options)] : [];
    };
    const groups = () => [
      ...group(
        "Shipped with the playground",
        all.filter((run) => run.shipped),
      ),
      ...group(
        "Trained here",
        all.filter((run) => !run.shipped),
      ),
    ];
    this.run.replaceChildren(...groups());
    this.second.replaceChildren(element("option", { value: "" }, "nothing"), ...groups());
    if (!all.length) this.status.textContent = "There is no run here yet; train one below, and its film appears.";
    this.run.value = track?.id ?? "";
    this.second.value = tracks[1]?.id ?? "";
    const kinds = kindsOf(runs);
    this.#rebuild(this.#part("kinds"), `${kinds} ${track?.info.kind}`, () => kindButtons(this.film, kinds));
    this.#showProblem();
  }

  #showProblem() {
    say(this.#part("problem"), this.film.problem || this.film.down);
  }

  #all() {
    const { track } = this.film;
    if (!track) return;
    const { info } = track;
    this.#showProblem();
    this.status.textContent = status(info);
    this.status.dataset.state = info.status.state;
    const progress = info.status.state === "running" ? info.status.progress : 0;
    this.#find().style.setProperty("--progress", String(progress));
    this.#about(track);
    this.#buttons(track);
    this.#chips(track);
    this.range.max = String(Math.max(0, track.steps.length - 1));
    this.#time();
  }

  #find() {
    return find(this.root, ".film", HTMLElement);
  }

  /**
   * Fills a part anew, unless it shows the same already.
   * @param {Element} part
   * @param {string} key
   * @param {() => Node[]} build
   */
  #rebuild(part, key, build) {
    if (this.#built.get(part) === key) return;
    this.#built.set(part, key);
    part.replaceChildren(...build());
  }

  /** @param {Track} track */
  #about(track) {
    const lines = card(track);
    this.#rebuild(this.#part("card"), JSON.stringify(lines), () =>
      lines.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text.replaceAll("`", ""))]),
    );
  }

  /** @param {Track} track */
  #buttons(track) {
    const names = verbs(track);
    const branches = track.snapshots.length > 0;
    this.#rebuild(this.actions, `${names} ${track.id} ${branches}`, () => [
      ...names.map((verb) => {
        const [label, title] = VERBS[verb];
        return element("button", { title, "data-verb": verb, onclick: () => this.film.act(verb) }, label);
      }),
      ...(branches ? [this.#branch()] : []),
    ]);
  }

  /** The button that asks Gradio's part of the page, the form, to branch off; from what, it reads off `place`. */
  #branch() {
    const ask = () => document.getElementById(`fork-${this.film.lab}`)?.click();
    const title = "Trains on from this step, with knobs of your choice";
    return element("button", { title, "data-verb": "branch", onclick: ask }, "Branch here");
  }

  /** The snapshot that is looked at. */
  get place() {
    const { track, step } = this.film;
    return { run: track?.id ?? "", step: track?.snapshot(step) ?? 0 };
  }

  /** @param {Track} track */
  #chips(track) {
    const names = [...new Set([...track.terms.keys(), ...track.tests.keys()])];
    const [watched] = track.info.watched;
    if (!names.includes(this.#term)) this.#term = names.includes(watched) ? watched : (names[0] ?? "");
    /** @param {string} name */
    const choose = (name) => () => {
      this.#term = name;
      this.#chips(track);
      this.#paint();
    };
    this.#rebuild(this.terms, `${names} ${this.#term}`, () =>
      names.map((name) =>
        element(
          "button",
          { "aria-pressed": String(name === this.#term), onclick: choose(name) },
          label(track.info, name),
        ),
      ),
    );
  }

  #playing() {
    this.play.textContent = this.film.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.film.playing ? "Pause the film" : "Play the film");
  }

  #time() {
    const { track, step } = this.film;
    if (!track) return;
    const frame = Track.upTo(track.steps, step) ?? 0;
    this.range.value = String(Math.max(0, track.steps.indexOf(frame)));
    this.range.setAttribute("aria-valuetext", `step ${frame}`);
    this.#part("step").textContent = `step ${count(frame)} of ${count(track.newest)}`;
    previews(this.#part("preview"), this.film.tracks, step);
    this.#part("note").textContent = previewNote(this.film.tracks, step);
    this.#paint();
  }

  #paint() {
    const { tracks, step } = this.film;
    if (!tracks.length) return;
    draw(this.chart, (context, width, height) => {
      const lines = tracks.map((track, i) => ({
        train: track.terms.get(this.#term) ?? [],
        test: track.tests.get(this.#term) ?? [],
        ink: color(i ? "--second" : "--accent"),
      }));
      const last = Math.max(...tracks.map((track) => track.newest), 1);
      /** @param {number} value */
      const format = (value) => metric(this.#term, value);
      this.#scale = chart(context, { width, height, lines, step, last, format, ended: !tracks[0].live });
    });
  }
}
define("film-bar", FilmBar);
