// A small network that learns to denoise points of the plane: its score field and its samplings, at a snapshot or in training.

import { color, dots, draw } from "../../ui/static/canvas.js";
import { define, element, find } from "../../ui/static/dom.js";
import { given } from "../../ui/static/link.js";
import { SteppedView } from "../../ui/static/stepped.js";
import { SteppedLane } from "../../ui/static/stepped-lane.js";
import { field, SHOWN, trajectories } from "./flow.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Words
 * @property {number} step
 * @property {number} extent the plane shows the square from -extent to extent
 * @property {number} field arrows in a row
 * @property {number} samples
 * @property {boolean} exact whether it is the best possible denoiser
 * @property {string} density
 * @typedef {object} Tensors
 * @property {Float32Array} arrows (field * field, 2)
 * @property {Float32Array} times of the sampling
 * @property {Float32Array} samples (times, samples, 2)
 * @property {Float32Array} data (n, 2)
 * @property {Float32Array} noise (n, 2)
 * @typedef {Answer<Words, Tensors>} Shown
 */

const [FIRST, LAST] = [0.01, 0.985]; // the lowest and the highest noise level that is shown
const SPAN = 3000; // milliseconds from noise to data
const AT_FIRST = "0.15,euler,12,"; // noise level, sampler, steps, and 1 where the best possible denoiser is shown

/** @extends {SteppedLane<Shown>} */
class Flow extends SteppedLane {
  /** @param {FlowView} view */
  constructor(view) {
    /** @param {string} title @param {string} label @param {string | undefined} part */
    const figure = (title, label, part) => {
      const canvas = element("canvas", { class: "toy-canvas", role: "img", "aria-label": label, "data-part": part });
      const caption = element("figcaption", { class: "caption" });
      return {
        canvas,
        caption,
        root: element("figure", {}, element("h3", { class: "beside" }, title), canvas, caption),
      };
    };
    const places = figure(
      "Where does the score point?",
      "Noisy data points and the score field of the denoiser",
      "main",
    );
    const samples = figure("Where does noise end up?", "Samples on their way from noise to data", undefined);
    super(view, element("div", { class: "lane" }, element("div", { class: "flow-pair" }, places.root, samples.root)));
    this.flow = view;
    this.places = places;
    this.samples = samples;
  }

  paint() {
    if (!this.shown) return;
    const { words, tensors } = this.shown;
    const { time } = this.flow;
    const [data, noise] = [tensors.data.data, tensors.noise.data];
    const paths = { times: [...tensors.times.data], points: tensors.samples.data, samples: words.samples };
    const { extent } = words;
    draw(this.places.canvas, (context, width) => {
      const noisy = data.map((value, i) => (1 - time) * value + time * noise[i]);
      dots(context, width, noisy, { reach: extent, ink: color("--real"), size: 2.5, alpha: 0.6 });
      field(context, width, tensors.arrows.data, words, color("--ink"));
    });
    draw(this.samples.canvas, (context, width) => {
      dots(context, width, data, { reach: extent, ink: color("--real"), size: 2, alpha: 0.35 });
      trajectories(context, width, paths, time, { extent, ink: color("--made"), quiet: color("--quiet") });
    });
    const denoiser = words.exact ? "the best possible denoiser, in closed form" : "the network";
    const sigma = time < LAST ? ` (sigma ${(time / (1 - time)).toPrecision(2)})` : "";
    this.places.caption.textContent =
      `${this.moment}; ${denoiser}, t = ${time.toFixed(2)}${sigma}. Arrows: a quarter of the way from each place to its ` +
      `denoised point, which is the score times the noise's variance.`;
    this.samples.caption.textContent =
      `The same ${words.samples} starts in noise each time; sampler ${this.flow.samplerName}, ${paths.times.length - 1} ` +
      `steps; the lines are the trajectories of ${SHOWN} of them. The best possible denoiser has memorized its training points, and ` +
      `with many steps its samplings copy them; a network that does not quite reach it generates new ones.`;
  }
}

/** @extends {SteppedView<Flow>} */
class FlowView extends SteppedView {
  #sampling = 0;

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "diffusion", name: "flow", what: "The field appears", view: "flow" });
    this.#restore(given("diffusion", "flow") ?? "");
    this.inputs.range.addEventListener("input", () => {
      this.#stop();
      this.#moved();
    });
    for (const input of [this.inputs.sampler, this.inputs.steps, this.inputs.exact]) {
      input.addEventListener("input", () => this.#moved());
    }
    const play = find(root, ".flow-sample", HTMLElement);
    play.addEventListener("click", () => (this.#sampling ? this.#stop() : this.#sample()));
    signal.addEventListener("abort", () => cancelAnimationFrame(this.#sampling));
    this.#label();
    this.show();
  }

  get inputs() {
    return {
      range: find(this.root, ".flow-range", HTMLInputElement),
      steps: find(this.root, ".flow-steps", HTMLInputElement),
      sampler: find(this.root, ".flow-sampler", HTMLSelectElement),
      exact: find(this.root, ".flow-exact", HTMLSelectElement),
    };
  }

  /** The noise level, 0 to 1. */
  get time() {
    return Number(this.inputs.range.value) / 1000;
  }

  get samplerName() {
    return this.inputs.sampler.selectedOptions[0].textContent;
  }

  options() {
    const { steps, sampler, exact } = this.inputs;
    const time = Math.max(FIRST, Math.min(LAST, this.time)).toFixed(3);
    return { time, sampler: sampler.value, steps: steps.value, exact: Boolean(exact.value) };
  }

  lane() {
    return new Flow(this);
  }

  /** Sets what the address says; what is invalid there stays as it is. @param {string} text */
  #restore(text) {
    const [time, sampler, steps, exact] = text.split(",");
    const { inputs } = this;
    if (Number(time) >= 0 && Number(time) <= 1 && time) inputs.range.value = String(1000 * Number(time));
    if (Number(steps) > 0) inputs.steps.value = steps;
    if ([...inputs.sampler.options].some((option) => option.value === sampler)) inputs.sampler.value = sampler;
    inputs.exact.value = exact === "1" ? "1" : "";
  }

  remember() {
    const { steps, sampler, exact } = this.inputs;
    const flow = [this.time, sampler.value, steps.value, exact.value].join(",");
    this.keep({ flow: flow === AT_FIRST ? null : flow });
  }

  #label() {
    const { range, steps } = this.inputs;
    if (range.nextElementSibling) range.nextElementSibling.textContent = this.time.toFixed(2);
    if (steps.nextElementSibling) steps.nextElementSibling.textContent = steps.value;
  }

  /** The time or an option has changed: the points follow at once, the field as soon as the server has it. */
  #moved() {
    this.#label();
    this.paint();
    if (!this.live.playing) this.show();
    if (!this.#sampling) this.remember();
  }

  /** Plays the sampling from noise to data. */
  #sample() {
    const began = performance.now();
    const from = this.time < 0.02 ? LAST : this.time;
    /** @param {number} now */
    const frame = (now) => {
      const time = from - Math.max(0, now - began) / SPAN;
      this.inputs.range.value = String(Math.max(0, Math.round(1000 * time)));
      this.#moved();
      if (time <= 0) this.#stop();
      else this.#sampling = requestAnimationFrame(frame);
    };
    this.#sampling = requestAnimationFrame(frame);
    this.mark();
  }

  #stop() {
    cancelAnimationFrame(this.#sampling);
    this.#sampling = 0;
    this.mark();
    this.remember();
  }

  mark() {
    super.mark();
    const button = find(this.root, ".flow-sample", HTMLElement);
    const sampling = this.#sampling > 0;
    button.textContent = sampling ? "❚❚ Stop" : "▶ Sample";
  }
}
define("flow-view", FlowView);
