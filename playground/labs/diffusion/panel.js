// One run with one setting: its sheets, what they show in words, and which of the samples is chosen.

import { color } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, short } from "../../ui/static/format.js";
import { Part } from "../../ui/static/painter.js";
import { Sheets } from "./sheets.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer, Query } from "../../ui/static/types.d.ts" */
/** @import { default as Sampling, Lane } from "./sampling.js" */
/** @import { Tensors } from "./sheets.js" */

/**
 * @typedef {Answer<{step: number, evaluations: number, conditional: boolean}, Tensors>} Sampled
 * @typedef {Sampled & {key: string, track: Track, query: Query & {run: string, step: number}}} Shown
 */

/** @type {Record<string, string>} */
const NAMES = {
  "dpm++": "DPM-Solver++(2M)",
  euler: "Euler",
  heun: "Heun",
  "ddim-half": "DDIM, eta 0.5",
  ddpm: "DDPM",
};
const SIDE = 4; // pictures in a row

export class Panel {
  /** What was asked for last: something else may still be in sight. */
  #wanted = "";
  /** @type {Shown | null} */
  shown = null;

  /**
   * @param {Sampling} painter
   * @param {Lane} lane
   * @param {"A" | "B"} letter
   */
  constructor(painter, lane, letter) {
    this.painter = painter;
    this.lane = lane;
    this.letter = letter;
    this.part = /** @type {Part<Sampled>} */ (new Part(painter, "sampling", { limit: 1, cache: painter.cache }));
    this.head = element("h3", { class: "beside" }, letter);
    this.sheets = new Sheets(letter === "A");
    this.caption = element("p", { class: "caption" }, "The sampling is under way …");
    this.root = element("div", { class: "sampling-panel" }, this.head, this.sheets.root);
    this.#wire();
  }

  #wire() {
    const { denoised } = this.sheets;
    denoised.tabIndex = 0;
    denoised.setAttribute("aria-label", "The denoised pictures; choose one to see the nearest training pictures");
    denoised.addEventListener("click", ({ offsetX, offsetY }) => {
      /** @param {number} offset @param {number} whole */
      const cell = (offset, whole) => Math.max(0, Math.min(SIDE - 1, Math.floor((SIDE * offset) / whole)));
      this.#choose(cell(offsetX, denoised.clientWidth) + SIDE * cell(offsetY, denoised.clientHeight));
    });
    denoised.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE, Enter: 0 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#choose((this.painter.options.sample + by + SIDE * SIDE) % (SIDE * SIDE));
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { painter, part } = this;
    const { sampler_b: sampler, steps_b: steps, guidance_b: guidance, schedule_b: schedule } = painter.options;
    const query = this.letter === "A" ? {} : { sampler, steps, guidance, schedule };
    this.#wanted = track.key({ ...part.query(track, step), ...query });
    /** @param {Sampled} sampled @param {Shown["query"]} query */
    const show = (sampled, query) => {
      this.shown = { ...sampled, key: track.key(query), track, query };
      painter.paint();
    };
    part.ask(track, step, show, { query });
  }

  /** How many steps the sampling has. */
  get steps() {
    return (this.shown?.tensors.sigmas.data.length ?? 1) - 1;
  }

  get #frame() {
    return Math.round(this.painter.options.at * this.steps);
  }

  /** @param {number} room for each sheet */
  paint(room) {
    const { shown, head, caption, letter } = this;
    const { sample, second } = this.painter.options;
    head.hidden = !second;
    this.root.classList.toggle("waiting", this.#wanted !== shown?.key);
    if (!shown) return;
    const context = this.sheets.paint(shown.tensors, this.#frame, room);
    const side = shown.tensors.x0.shape[3] + 1;
    context.strokeStyle = color("--accent");
    context.strokeRect((sample % SIDE) * side - 0.5, Math.floor(sample / SIDE) * side - 0.5, side, side);
    caption.textContent = second ? `${letter}: ${this.#describe(shown)}` : this.#describe(shown);
  }

  /** @param {Shown} shown */
  #describe({ query, track: { info }, words, tensors }) {
    const { steps } = this;
    const frame = this.#frame;
    const conditioned = tensors.labels.data.length > 0;
    const label = query.label === "each" ? "all classes" : info.classes[Number(query.label)];
    const classes = words.conditional ? (conditioned ? label : "no class") : "unconditional";
    const guidance = conditioned ? `, guidance ${query.guidance}` : "";
    return (
      `${info.name}, snapshot of step ${count(words.step)}: ${NAMES[String(query.sampler)]}, ${steps} ` +
      `step${steps > 1 ? "s" : ""}${guidance}, ${classes}; ${words.evaluations} network evaluations a picture; noise ` +
      `${query.seed}. Here: after ${frame} of ${steps} steps, sigma ${short(tensors.sigmas.data[frame])}.`
    );
  }

  /** Chooses a sample, and shows the training pictures nearest to it. @param {number} sample */
  #choose(sample) {
    this.painter.set({ sample });
    if (this.shown) this.lane.near(this.shown, this.#frame, sample);
  }
}
