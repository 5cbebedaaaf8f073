// One run with one setting: the noisy pictures x of a sampling and the denoised x0.

import { ask, at } from "../../ui/static/answer.js";
import { color, sheet } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, short } from "../../ui/static/format.js";
import { Newest } from "../../ui/static/requests.js";

/** @import { Answer, News } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */
/** @import { SamplingView } from "./sampling.js" */
/** @import { Shared, Way } from "./settings.js" */

/**
 * @typedef {object} Tensors
 * @property {Uint8Array<ArrayBuffer>} x the noisy pictures, (frames, pictures, C, H, W)
 * @property {Uint8Array<ArrayBuffer>} x0 the denoised pictures, (frames, pictures, C, H, W)
 * @property {Float32Array} sigmas noise levels, from the beginning of the sampling to its end
 * @property {Int32Array} labels of the classes; none for an unconditional sampling
 * @typedef {Answer<{step: number, evaluations: number, conditional: boolean}, Tensors>} Sampled
 * @typedef {Way & Shared & {run: string, step: number}} Query
 * @typedef {Sampled & {query: Query, info: News}} Shown
 */

/** @type {Record<string, string>} */
const NAMES = {
  "dpm++": "DPM-Solver++(2M)",
  euler: "Euler",
  heun: "Heun",
  ddim: "DDIM",
  "ddim-half": "DDIM, eta 0.5",
  ddpm: "DDPM",
};
const SIDE = 4; // pictures in a row

/** The name of a setting, by its number. @param {number} way */
export const letter = (way) => "AB"[way];

export class Panel {
  #key = "";
  #requests = /** @type {Newest<Sampled>} */ (new Newest(1));
  /** @type {number | null} the picture whose nearest training pictures are shown */
  #chosen = null;
  /** The picture that the keys are at. */
  #focus = 0;
  /** @type {Shown | null} */
  shown = null;

  /**
   * @param {SamplingView} view
   * @param {number} way the number of the setting
   */
  constructor(view, way) {
    this.view = view;
    this.way = way;
    this.head = element("h3", { class: "beside" });
    /** @param {string} label @param {Record<string, unknown>} [more] */
    const canvas = (label, more) => element("canvas", { class: "sheet", role: "img", "aria-label": label, ...more });
    this.noisy = canvas("The noisy pictures", { "data-part": "main" });
    const about = "The denoised pictures; choose one to see the nearest training pictures";
    this.denoised = canvas(about, { tabindex: 0 });
    this.caption = element("p", { class: "caption" });
    const pair = element(
      "div",
      { class: "sampling-pair" },
      element("figure", {}, this.noisy, element("figcaption", {}, "x: the noisy pictures")),
      element("figure", {}, this.denoised, element("figcaption", {}, "x0: the denoised pictures")),
    );
    this.root = element("div", { class: "sampling-panel" }, this.head, pair, this.caption);
    this.#wire();
  }

  #wire() {
    const { denoised } = this;
    denoised.addEventListener("click", ({ offsetX, offsetY }) => {
      /** @param {number} offset @param {number} whole */
      const cell = (offset, whole) => Math.min(SIDE - 1, Math.floor((SIDE * offset) / whole));
      this.#choose(cell(offsetX, denoised.clientWidth) + SIDE * cell(offsetY, denoised.clientHeight));
    });
    denoised.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE, Enter: 0 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#choose((this.#focus + by + SIDE * SIDE) % (SIDE * SIDE));
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { view } = this;
    const { shared, ways } = view.settings;
    this.head.hidden = ways.length < 2;
    this.head.textContent = this.head.hidden ? "" : letter(this.way);
    const query = { run: track.id, step, ...ways[this.way], ...shared };
    const key = track.key(query);
    if (key === this.#key) return;
    this.#key = key;
    this.root.classList.add("waiting");
    this.#requests.ask(
      () => view.cache.get(key, () => ask("diffusion", "sampling", query)),
      (sampled) => {
        this.shown = { query, info: track.info, ...sampled };
        this.#chosen = null;
        this.root.classList.toggle("waiting", key !== this.#key);
        view.complain("");
        view.paint();
      },
      (error) => {
        this.root.classList.remove("waiting");
        this.#key = "";
        view.complain(error.message);
      },
    );
  }

  /** How many steps the sampling has. */
  get steps() {
    return (this.shown?.tensors.sigmas.data.length ?? 1) - 1;
  }

  get #frame() {
    return Math.round(this.view.settings.at * this.steps);
  }

  paint() {
    const { shown } = this;
    if (!shown) return;
    const { x, x0 } = shown.tensors;
    sheet(this.noisy, at(x, this.#frame));
    const context = sheet(this.denoised, at(x0, this.#frame));
    if (this.#chosen !== null) {
      const side = x0.shape[3] + 1;
      context.strokeStyle = color("--accent");
      context.strokeRect((this.#chosen % SIDE) * side - 0.5, Math.floor(this.#chosen / SIDE) * side - 0.5, side, side);
    }
    this.caption.textContent = this.#describe(shown);
  }

  /** @param {Shown} shown */
  #describe({ query, info, words, tensors }) {
    const { steps } = this;
    const frame = this.#frame;
    const conditioned = tensors.labels.data.length > 0;
    const label = query.label === "each" ? "all classes" : info.classes[Number(query.label)];
    const classes = words.conditional ? (conditioned ? label : "no class") : "unconditional";
    const guidance = conditioned ? `, guidance ${query.guidance}` : "";
    return (
      `${info.name}, snapshot of step ${count(words.step)}: ${NAMES[query.sampler]}, ${steps} step${steps > 1 ? "s" : ""}` +
      `${guidance}, ${classes}; ${words.evaluations} network evaluations a picture; noise ${query.seed}. Here: after ` +
      `${frame} of ${steps} steps, sigma ${short(tensors.sigmas.data[frame])}.`
    );
  }

  /** Shows the training pictures nearest to a denoised one. @param {number} index */
  #choose(index) {
    const { shown } = this;
    if (!shown) return;
    this.#chosen = this.#focus = index;
    this.view.near(shown, this.#frame, index);
    this.view.paint();
  }
}
