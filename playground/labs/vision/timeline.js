// The timeline of architectures: a strip of what each added, and a chart of what small ones reach in a minute.

import { element } from "../../ui/static/dom.js";
import { form } from "../../ui/static/form.js";
import { count, percent } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { turn } from "../../ui/static/panel.js";
import { AGAIN, json, later, sentence } from "../../ui/static/server.js";
import { called, columns, notes } from "./experiment-table.js";
import { dots, onStage, rings } from "./milestones.js";
import { Chart } from "./timeline-chart.js";

/** @import { Answer, Values } from "../../ui/static/types.d.ts" */
/** @import { Axis, Milestone, Staged, Told } from "./milestones.js" */

/** @typedef {{milestones: Milestone[], experiment: string, parameters: number, flops: number}} Words the last two of a run */
/** @typedef {Answer<Words, Record<string, never>>} Known */

const HEIGHT = [200, 440]; // CSS pixels of the chart, at least and at most

/** @param {HTMLElement} part */
const top = (part) => part.getBoundingClientRect().top;

/** One timeline on the stage, and the runs that are looked at on it. */
export default class Timeline extends Painter {
  /** @type {Milestone[]} */
  #milestones = [];
  #experiment = "";
  /** @type {Told | null} */
  #told = null;
  #pointed = "";
  /** What the networks on the stage take, by run. @type {Map<string, Words>} */
  #taken = new Map();

  /** @param {import("../../ui/static/stage.js").Stage} stage */
  constructor(stage) {
    super(stage);
    this.parts = [0, 1].map(() => /** @type {Part<Known>} */ (new Part(this, "milestones")));
    this.strip = element("div", { class: "timeline-strip", role: "radiogroup", "aria-label": "Architectures" });
    this.strip.addEventListener("keydown", (event) => this.#walk(event));
    this.canvas = element("canvas", { class: "timeline-chart", "data-part": "main", role: "img" });
    this.chart = new Chart(this.canvas);
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.#point(this.chart.at(offsetX, offsetY)));
    this.canvas.addEventListener("pointerleave", () => this.#point(""));
    this.canvas.addEventListener("click", ({ offsetX, offsetY }) => this.#choose(this.chart.at(offsetX, offsetY)));
    this.title = element("h3", { class: "timeline-title" });
    this.added = element("p", {});
    this.hint = element("p", { class: "quiet" });
    const onchange = () => this.set({ added: this.toggle.checked });
    this.toggle = element("input", { type: "checkbox", onchange });
    this.switched = element("span");
    const control = element("div", { class: "control switch" }, element("label", {}, this.toggle, this.switched));
    const title = "Opens the form that trains, filled with this recipe";
    this.train = element("button", { type: "button", title, onclick: () => this.#train() });
    const compare = element("button", { type: "button", onclick: () => this.#compare() }, "Table of all");
    this.acts = element("div", { class: "timeline-acts" }, this.train, compare);
    this.numbers = element("dl", { class: "timeline-numbers" });
    this.paper = element("a", { target: "_blank", rel: "noopener" });
    const said = element("div", { class: "timeline-said", "aria-live": "polite" }, this.title, this.added);
    const words = element("div", { class: "timeline-words" }, said, control, this.acts, this.hint);
    this.caption = element("p", { class: "caption" });
    const plot = element("div", { class: "timeline-plot" }, this.canvas, this.caption);
    const paper = element("p", { class: "timeline-paper" }, this.paper);
    const rest = element("div", { class: "timeline-rest" }, this.numbers, paper);
    this.frame = element("div", { class: "timeline waiting" }, words, plot, rest);
    stage.place.replaceChildren(element("section", { class: "lane-frame" }, this.strip, this.frame));
  }

  show() {
    if (!this.fitting.length && this.film.track) this.complain(this.film.track.promise, true);
    for (const [i, track] of this.fitting.entries()) {
      this.parts[i].ask(track, track.snapshot(this.film.stepOf(track)), ({ words }) => {
        this.#taken.set(track.id, words);
        if (!this.#milestones.length) this.#fill(words);
        this.paint();
      });
    }
    this.paint();
  }

  /** @returns {Promise<Error | null>} */
  async #load() {
    try {
      this.#told = await json(`/experiments/${this.stage.lab}/${this.#experiment}`, { axis: "seconds" });
      this.complain("");
    } catch (error) {
      this.complain(sentence(error));
      later(AGAIN).then(() => (this.signal.aborted ? null : this.#load()));
    }
    if (!this.signal.aborted) this.paint();
    return null;
  }

  /** The one that is chosen. */
  get #chosen() {
    return this.#milestones.find(({ name }) => name === this.options.architecture) ?? this.#milestones[0];
  }

  /** Begins with what is the same for all runs. @param {Words} words */
  #fill({ milestones, experiment }) {
    this.#milestones = milestones;
    this.#experiment = experiment;
    this.awaits(this.#load());
    const parts = this.#milestones.map(({ name, year, title }) => {
      const onclick = () => this.#choose(name);
      const words = [element("span", { class: "quiet" }, String(year)), element("span", {}, title)];
      return element("button", { type: "button", role: "radio", "data-name": name, onclick }, ...words);
    });
    this.strip.replaceChildren(...parts);
    this.frame.classList.remove("waiting");
  }

  /** The arrow keys lead along the strip. @param {KeyboardEvent} event */
  #walk(event) {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const next = this.#milestones[this.#milestones.indexOf(this.#chosen) + (by ?? 0)];
    if (!by || !next) return;
    event.preventDefault();
    this.#choose(next.name);
    /** @type {HTMLElement | null} */ (this.strip.querySelector(`[data-name=${next.name}]`))?.focus();
  }

  /** @param {string} name */
  #choose(name) {
    if (name) this.set({ architecture: name, added: true });
  }

  /** @param {string} name */
  #point(name) {
    if (name === this.#pointed) return;
    this.#pointed = name;
    this.canvas.style.cursor = name ? "pointer" : "";
    this.paint();
  }

  /** Fills the form with the recipe, with or without what it added. */
  #train() {
    const { recipe, off } = this.#chosen;
    turn(this.stage.lab, "train");
    if (this.options.added) form(this.stage.lab).propose(recipe);
    else form(this.stage.lab).propose(off.recipe, off.knobs);
  }

  #compare() {
    const place = { run: this.film.track?.id ?? "", view: "experiment", experiment: this.#experiment };
    this.film.visit(place);
  }

  paint() {
    const chosen = this.#chosen;
    if (!chosen) return;
    const { added, axis } = this.options;
    for (const button of this.strip.querySelectorAll("button")) {
      const checked = button.dataset.name === chosen.name;
      if (checked && button.getAttribute("aria-checked") !== "true") this.#reveal(button);
      button.setAttribute("aria-checked", String(checked));
      button.tabIndex = checked ? 0 : -1;
    }
    this.title.textContent = `${chosen.title}, ${chosen.year}`;
    this.added.textContent = chosen.added;
    this.toggle.checked = added;
    this.switched.textContent = chosen.switch;
    this.train.textContent = added ? "Train it" : "Train it without";
    this.hint.textContent = chosen.hint;
    this.hint.hidden = !chosen.hint;
    this.paper.textContent = chosen.paper.title;
    this.paper.href = chosen.paper.url;
    this.#plot(axis);
  }

  /** Brings a button of the strip into sight without moving the page. @param {HTMLElement} button */
  #reveal(button) {
    const { strip } = this;
    strip.scrollLeft = button.offsetLeft - strip.offsetLeft - (strip.clientWidth - button.offsetWidth) / 2;
  }

  /** The runs on the stage. @returns {Staged[]} */
  get #staged() {
    return this.fitting.map((track) => {
      const step = track.snapshot(this.film.stepOf(track));
      return { track, step, takes: this.#taken.get(track.id) ?? null };
    });
  }

  /** @param {Axis} axis */
  #plot(axis) {
    const told = this.#told;
    const chosen = this.#chosen;
    const room = this.height - (top(this.canvas) - top(this.stage.place));
    this.canvas.style.height = `${Math.max(HEIGHT[0], Math.min(HEIGHT[1], room))}px`;
    if (!told) return;
    const { names } = /** @type {{names: Record<string, string>}} */ (
      this.view.options.find(({ name }) => name === "axis")
    );
    const what = called(told.labels, told.metric);
    const shown = dots(this.#milestones, told, axis);
    const along = names[axis];
    const look = { chosen: chosen.name, pointed: this.#pointed, along, what };
    this.chart.paint(shown, rings(this.#staged, told, axis, shown), look);
    const list = shown.map(({ title, y }) => `${title} ${percent(y)}`).join(", ");
    this.canvas.setAttribute("aria-label", `${what} against ${along}: ${list}`);
    const arm = told.arms.find(({ recipe }) => recipe === chosen.recipe);
    const rows = arm ? columns([arm], what, percent) : [];
    this.numbers.replaceChildren(
      ...rows.flatMap(({ head, cell }) => [element("dt", {}, head), element("dd", {}, arm && cell(arm))]),
    );
    const n = Math.max(0, ...told.arms.map((one) => one.n));
    this.caption.textContent =
      `Small versions, a minute of training each on ${told.machine}: no ranking of the originals. Accuracy on ` +
      `${count(n)} test pictures of ${told.data}, a mean of seeds in its 95\u00a0% bootstrap interval. ` +
      [...notes(told.arms, told.assumed), onStage(this.#staged, told)].join(" ");
  }

  /** @param {Values} _changes */
  changed(_changes) {
    this.paint();
  }
}
