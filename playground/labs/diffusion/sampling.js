// A sampling step by step: from noise to pictures, one setting or two, one run or two, always from the same noise.

import { ask, at } from "../../ui/static/answer.js";
import { define, element, find, whenDark, whenResized } from "../../ui/static/dom.js";
import { FilmView } from "../../ui/static/film-view.js";
import { given } from "../../ui/static/link.js";
import { caption, tile, tiles } from "../../ui/static/nearest.js";
import { Cache, Newest } from "../../ui/static/requests.js";
import { letter, Panel } from "./panel.js";
import { read, START, write } from "./settings.js";

/** @import { Nearest } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { Sampled, Shown } from "./panel.js" */
/** @import { Way } from "./settings.js" */

const ROOM = 96; // CSS pixels for a training picture
const PACE = { frame: 250, least: 1500, most: 8000 }; // milliseconds

/** One run: a panel for each setting. */
class Lane {
  /** @type {Panel[]} */
  panels = [];
  root = element("div", { class: "sampling-lane" });

  /** @param {SamplingView} view */
  constructor(view) {
    this.view = view;
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { ways } = this.view.settings;
    while (this.panels.length > ways.length) this.panels.pop()?.root.remove();
    ways.forEach((_, way) => {
      this.panels[way] ??= new Panel(this.view, way);
      this.root.append(this.panels[way].root);
      this.panels[way].show(track, step);
    });
  }
}

/** @extends {FilmView<Lane>} */
export class SamplingView extends FilmView {
  #playing = false;
  #remembering = 0;
  /** The run whose classes are offered. */
  #offered = "";
  /** The run of the sample whose nearest training pictures are shown. */
  #nearestRun = "";
  #nearestRequests = /** @type {Newest<Nearest>} */ (new Newest(1));
  /** @type {Cache<Sampled>} */
  cache = new Cache(24);

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "diffusion", name: "sampling", what: "The pictures appear", view: "sampling" });
    const text = given("diffusion", "view") ?? "";
    /** Whether the visitor has chosen anything. */
    this.touched = Boolean(text);
    this.settings = read(text);
    this.compare = find(root, ".sampling-compare", HTMLElement);
    this.range = find(root, ".sampling-range", HTMLInputElement);
    this.play = find(root, ".sampling-play", HTMLElement);
    this.output = find(root, ".sampling-time output", HTMLElement);
    this.nearest = find(root, ".sampling-nearest", HTMLElement);
    this.kind = find(root, '.sampling-shared [data-knob="label"]', HTMLSelectElement);
    this.seed = find(root, '.sampling-shared [data-knob="seed"]', HTMLInputElement);
    this.rows = START.map((_, way) => find(root, `[data-way="${letter(way)}"]`, HTMLElement));
    this.#wire();
    this.#write();
    whenResized(this.place, signal, () => this.paint());
    whenDark(signal, () => this.paint());
    signal.addEventListener("abort", () => this.#pause());
    this.show();
  }

  lane() {
    return new Lane(this);
  }

  /** The fields of a setting, by its number. @param {number} way */
  #fields(way) {
    return [...this.rows[way].querySelectorAll("[data-knob]")].flatMap((field) =>
      field instanceof HTMLInputElement || field instanceof HTMLSelectElement
        ? [{ field, knob: /** @type {keyof Way} */ (field.dataset.knob) }]
        : [],
    );
  }

  #wire() {
    const { shared } = this.settings;
    this.rows.forEach((_, way) => {
      for (const { field, knob } of this.#fields(way)) {
        field.addEventListener("input", () => {
          this.settings.ways[way][knob] = field.value;
          this.#changed();
        });
      }
    });
    this.kind.addEventListener("change", () => {
      shared.label = this.kind.value;
      this.#changed();
    });
    /** @param {string} seed */
    const take = (seed) => {
      shared.seed = seed;
      this.#changed();
    };
    this.seed.addEventListener("change", () => take(this.seed.value || "0"));
    const other = find(this.root, ".sampling-other", HTMLElement);
    other.addEventListener("click", () => take(String(Math.floor(Math.random() * 1e6))));
    let [, second = { ...START[1] }] = this.settings.ways;
    this.compare.addEventListener("click", () => {
      const { ways } = this.settings;
      if (ways.length > 1) second = ways.pop() ?? second;
      else ways.push(second);
      this.#changed();
    });
    this.range.addEventListener("input", () => {
      this.#pause();
      this.#move(Number(this.range.value) / Math.max(1, Number(this.range.max)));
    });
    this.play.addEventListener("click", () => (this.#playing ? this.#pause() : this.#run()));
  }

  #changed() {
    this.touched = true;
    this.#write();
    this.show();
    this.#remember();
  }

  /** Puts what is chosen into the controls, and resets what they do not allow, as a mistyped address may hold. */
  #write() {
    const { ways, shared } = this.settings;
    this.rows.forEach((row, way) => {
      row.hidden = way >= ways.length;
      if (row.hidden) return;
      for (const { field, knob } of this.#fields(way)) {
        field.value = ways[way][knob];
        if (!field.value) field.value = START[way][knob];
        ways[way][knob] = field.value;
        const output = field.parentElement?.querySelector("output");
        if (output) output.textContent = field.value;
      }
    });
    this.compare.setAttribute("aria-pressed", String(ways.length > 1));
    find(this.root, ".sampling", HTMLElement).classList.toggle("comparing", ways.length > 1);
    this.seed.value = shared.seed;
  }

  front() {
    if (this.touched) this.#remember();
    this.show();
  }

  #remember() {
    clearTimeout(this.#remembering);
    this.#remembering = setTimeout(() => this.keep({ view: write(this.settings) }), 200);
  }

  /** Offers the classes of the first run. @param {Track} track */
  #offer(track) {
    const { shared } = this.settings;
    const { classes, knobs } = track.info;
    const conditional = knobs.conditional !== false;
    if (track.id !== this.#offered) {
      this.#offered = track.id;
      /** @param {string | number} value @param {string} text */
      const option = (value, text) => element("option", { value }, text);
      const options = [
        option("each", "all classes"),
        option("none", "none"),
        ...classes.map((name, i) => option(i, name)),
      ];
      this.kind.replaceChildren(...(conditional ? options : [option("each", "unconditional")]));
      const isThere = ["each", "none"].includes(shared.label) || Number(shared.label) < classes.length;
      if (conditional && !isThere) shared.label = "each";
    }
    this.kind.value = conditional ? shared.label : "each";
    for (const { field, knob } of this.rows.flatMap((_, way) => this.#fields(way))) {
      if (knob === "guidance") field.disabled = !conditional || shared.label === "none";
    }
  }

  show() {
    const { visible, tracks } = this.film;
    const [first] = this.fitting;
    if (!tracks.some((track) => track.id === this.#nearestRun)) this.#forget();
    if (first && !visible) return; // sampling takes long
    if (first) this.#offer(first);
    super.show();
    this.paint();
  }

  /** @param {number} at 0 to 1 */
  #move(at) {
    this.settings.at = Math.max(0, Math.min(1, at));
    this.touched = true;
    this.paint();
    this.#remember();
  }

  #run() {
    const began = performance.now();
    const frames = 1 + Math.max(...this.panels.map((panel) => panel.steps));
    const span = Math.max(PACE.least, Math.min(PACE.most, PACE.frame * frames));
    const from = this.settings.at >= 1 ? 0 : this.settings.at;
    this.#mark(true);
    /** @param {number} now */
    const next = (now) => {
      if (!this.#playing) return;
      this.#move(from + (now - began) / span);
      if (this.settings.at >= 1) this.#pause();
      else requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }

  #pause() {
    this.#mark(false);
  }

  /** @param {boolean} playing */
  #mark(playing) {
    this.#playing = playing;
    this.play.textContent = playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", playing ? "Pause the sampling" : "Play the sampling");
  }

  get panels() {
    return this.lanes.flatMap((lane) => lane.panels);
  }

  paint() {
    const { panels } = this;
    const last = Math.max(1, ...panels.map((panel) => panel.steps));
    const frame = Math.round(this.settings.at * last);
    this.range.max = String(last);
    this.range.value = String(frame);
    this.output.textContent = `${frame} of ${last} steps`;
    this.range.setAttribute("aria-valuetext", this.output.textContent);
    for (const panel of panels) panel.paint();
  }

  /** The run of the sample is no longer shown. */
  #forget() {
    this.#nearestRun = "";
    this.nearest.replaceChildren();
  }

  /**
   * Shows the training pictures that are nearest to a sample.
   * @param {Shown} shown
   * @param {number} frame after how many steps
   * @param {number} picture the number of the sample
   */
  near({ query, info, tensors: { x0 } }, frame, picture) {
    const { run } = query;
    if (this.#nearestRun !== run) this.#forget();
    this.#nearestRun = run;
    if (!this.nearest.children.length) {
      const words = `Searching the training pictures of ${info.data_title} …`;
      this.nearest.replaceChildren(element("p", { class: "quiet" }, words));
    }
    this.#nearestRequests.ask(
      () => ask("diffusion", "nearest", { ...query, picture, frame }),
      (answer) => {
        if (this.#nearestRun !== run) return;
        this.complain("");
        const sample = at(at(x0, frame), picture);
        const row = element(
          "div",
          { class: "nearest" },
          tile(sample, "the sample", ROOM),
          ...tiles(answer, info, ROOM),
        );
        const words = element("p", { class: "caption" }, caption(answer, info));
        this.nearest.replaceChildren(
          element("h3", { class: "beside" }, "Memorized? Nearest training pictures"),
          row,
          words,
        );
      },
      (error) => {
        if (this.#nearestRun === run) this.#forget();
        this.complain(error.message);
      },
    );
  }
}
define("sampling-view", SamplingView);
