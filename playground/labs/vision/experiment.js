// An experiment: the curves of its arms with their intervals, and a table of what each reached.

import { element } from "../../ui/static/dom.js";
import { count, number, percent } from "../../ui/static/format.js";
import { Painter } from "../../ui/static/painter.js";
import { json, request, sentence } from "../../ui/static/server.js";
import { bands } from "./bands.js";
import { called, evaluated, fill, notes } from "./experiment-table.js";

/** @import { Values } from "../../ui/static/types.d.ts" */
/** @import { Arm, Band } from "./bands.js" */

/**
 * @typedef {{name: string, title: string}} Listed
 * @typedef {object} Told see `told` of the server
 * @property {string} name
 * @property {string} title
 * @property {string} data
 * @property {string} machine
 * @property {string} measured
 * @property {Record<string, string>} labels
 * @property {string[]} shares
 * @property {string[]} metrics
 * @property {string} metric
 * @property {string} axis
 * @property {Record<string, string>} axes
 * @property {"falls" | "rises" | null} better
 * @property {string} assumed how energy is estimated, in a sentence
 * @property {(Band | null)[]} lines
 * @property {Arm[]} arms
 */

const AGAIN = 4000; // milliseconds between two looks at an experiment that goes on
const HEIGHT = [220, 480]; // CSS pixels of the chart, at least and at most
const [AROUND, HEAD, ROW] = [80, 48, 30]; // of the words around it, and of the table

/**
 * What an arm generates.
 * @param {string} name
 * @param {string} sheet a WebP file in base64
 */
function generated(name, sheet) {
  const src = `data:image/webp;base64,${sheet}`;
  const alt = `Pictures that ${name} generated, and below each the nearest one of the training`;
  const words = element("figcaption", {}, `${name}: generated, and the nearest training pictures`);
  return element("figure", {}, element("img", { src, alt, class: "tile" }), words);
}

/** Without runs of its own on the stage: the painter has one lane, however many runs are looked at. */
export default class Experiments extends Painter {
  /** @type {Listed[] | null} */
  #list = null;
  /** @type {Told | null} */
  #told = null;
  #asked = "";
  /** What the one that is shown was asked for with. */
  #answered = "";
  #timer = 0;

  /** @param {import("../../ui/static/stage.js").Stage} stage */
  constructor(stage) {
    super(stage);
    const chooser = (/** @type {string} */ label, /** @type {(value: string) => Values} */ changes) => {
      const select = element("select", { onchange: () => this.set(changes(select.value)) });
      return {
        select,
        row: element("div", { class: "control" }, element("label", {}, element("span", {}, label), select)),
      };
    };
    this.which = chooser("Experiment", (experiment) => ({ experiment, metric: "" })); // others report other metrics
    this.metric = chooser("Compared by", (metric) => ({ metric }));
    this.canvas = element("canvas", { class: "experiment-chart", "data-part": "main", role: "img" });
    this.said = element("p", { class: "latent-said experiment-title" });
    this.table = element("table", { class: "experiment-table" });
    this.sheets = element("div", { class: "experiment-sheets" });
    this.caption = element("p", { class: "caption" });
    const scrolled = element("div", { class: "experiment-scrolled", tabindex: 0 }, this.table);
    this.root = element(
      "section",
      { class: "lane-frame" },
      this.said,
      this.canvas,
      scrolled,
      this.sheets,
      this.caption,
    );
    this.none = element("p", { class: "quiet", hidden: true });
    stage.place.replaceChildren(this.none, this.root);
    const title = "Ends the trainings of this experiment that are queued or under way; what they have learned stays";
    this.stop = element("button", { type: "button", hidden: true, title, onclick: () => this.#stopAll() }, "Stop all");
    const choosers = element("div", { class: "experiment-choosers" }, this.which.row, this.metric.row, this.stop);
    stage.extras.replaceChildren(choosers);
    this.signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  show() {
    this.paint(); // the run on the stage may be another one, or further on
    const { experiment, metric, axis } = this.options;
    const key = JSON.stringify([experiment, metric, axis]);
    if (key === this.#asked) return;
    this.#asked = key;
    this.awaits(this.#load(key));
  }

  /** @param {string} key of what is asked for @returns {Promise<Error | null>} */
  async #load(key) {
    clearTimeout(this.#timer);
    const { lab } = this.stage;
    try {
      const { experiments } = await json(`/experiments/${lab}`);
      this.#list = experiments;
      const name = this.options.experiment || experiments[0]?.name;
      if (name) {
        const { metric, axis } = this.options;
        const told = await json(`/experiments/${lab}/${encodeURIComponent(name)}`, { metric: metric || null, axis });
        if (key !== this.#asked || this.signal.aborted) return null;
        this.#told = told;
        this.#answered = key;
      }
      this.complain("");
    } catch (error) {
      if (key !== this.#asked) return null;
      this.complain(sentence(error));
      if (this.#answered !== key) this.#told = null; // else it is looked at again: it goes on
    }
    if (this.signal.aborted) return null;
    this.#offer();
    this.paint();
    if (this.#going.length) this.#timer = setTimeout(() => this.#load(key), AGAIN);
    return null;
  }

  /** The trainings that are queued or under way, those that wait first: none of them begins meanwhile. */
  get #going() {
    const runs = (this.#told?.arms ?? []).flatMap((arm) => arm.runs);
    const of = (/** @type {string} */ state) => runs.filter((run) => run.state === state);
    return [...of("queued"), ...of("running")];
  }

  async #stopAll() {
    this.stop.disabled = true;
    try {
      for (const { run } of this.#going) await request(`/runs/${run}/stop`, {}, { method: "POST" });
    } catch (error) {
      this.stage.note(sentence(error));
    }
    this.stop.disabled = false;
    this.#load(this.#asked);
  }

  /** Fills the choosers. */
  #offer() {
    const list = this.#list ?? [];
    const told = this.#told;
    this.none.hidden = list.length > 0;
    this.none.textContent =
      "There is no experiment of this lab yet. Begin one where the page is served: " +
      "python -m training experiment RECIPE OTHER --seeds 3 --seconds 60";
    this.root.hidden = !told;
    this.which.select.replaceChildren(...list.map(({ name, title }) => element("option", { value: name }, title)));
    this.which.select.disabled = !list.length;
    this.which.select.value = told?.name ?? ""; // none, where the one that was asked for is not there
    this.stop.hidden = !this.#going.length;
    if (!told) return;
    const options = told.metrics.map((name) => element("option", { value: name }, called(told.labels, name)));
    this.metric.select.replaceChildren(...options);
    this.metric.select.value = told.metric;
    const sheets = told.arms.filter(({ sheet }) => sheet);
    this.sheets.replaceChildren(...sheets.map(({ name, sheet }) => generated(name, sheet)));
  }

  paint() {
    const told = this.#told;
    if (!told) return;
    const { canvas } = this;
    const name = called(told.labels, told.metric);
    const share = told.shares.includes(told.metric);
    const tell = share ? percent : number;
    const room = this.height - AROUND - HEAD - ROW * told.arms.length;
    canvas.style.height = `${Math.max(HEIGHT[0], Math.min(HEIGHT[1], room))}px`;
    canvas.setAttribute("aria-label", `${name} along ${told.axes[told.axis]}; the table has the numbers`);
    const curves = told.lines.some(Boolean);
    canvas.hidden = !curves; // what was measured at its end alone has none
    const { at, words } = this.#onStage(curves ? told.axis : "");
    const along = told.axes[told.axis];
    if (curves) bands(canvas, told.lines, { tell, along, name, at, share, few: told.axis === "knob" });
    this.said.textContent = told.metrics.length ? told.title : `${told.title}: nothing was evaluated yet`;
    fill(this.table, told, tell);
    const n = Math.max(0, ...told.arms.map((arm) => arm.n));
    const trained = told.machine && ` Trained on ${told.machine}.`;
    const about = notes(told.arms, told.assumed).join(" ");
    this.caption.textContent = `${told.data}. ${told.measured || evaluated(told.axis, n)}${trained} ${about} ${words}`;
  }

  /**
   * How much of an axis the run on the stage has had, and a sentence on that.
   * @param {string} axis
   * @returns {{at: number | null, words: string}}
   */
  #onStage(axis) {
    const [track] = this.film.shown;
    if (!track) return { at: null, words: "" };
    const step = track.snapshot(this.film.stepOf(track));
    const batch = Number(track.knobsAt(step).batch_size ?? 0);
    // the clock of a branch begins anew: what its parent took is not in it
    const seconds = track.info.parent ? 0 : (track.clock.findLast(([by]) => by <= step)?.[1] ?? 0);
    const at = { steps: step, images: step * batch, seconds }[axis] ?? 0; // along a knob it is nowhere
    const stage = `${track.info.name}, snapshot of step ${count(step)}`;
    return {
      at: at || null,
      words: at ? `The line is where the run on the stage is: ${stage}.` : `On the stage: ${stage}.`,
    };
  }

  /** @param {Values} _changes */
  changed(_changes) {
    this.show();
  }
}
