// A small network learns to denoise points of the plane, on the server; here are its field and its samplings.

import { answer } from "../../ui/static/answer.js";
import { color, dots, draw } from "../../ui/static/canvas.js";
import { chart } from "../../ui/static/chart.js";
import { define } from "../../ui/static/dom.js";
import { count, short } from "../../ui/static/format.js";
import { LiveView } from "../../ui/static/live-view.js";
import { Newest } from "../../ui/static/requests.js";
import { field, SHOWN, ways } from "./flow.js";

/** @import { Answer, Point, Query } from "../../ui/static/types.d.ts" */
/** @import { Paths } from "./flow.js" */

/**
 * @typedef {object} Words
 * @property {number} step
 * @property {number} extent the plane shows the square from -extent to extent
 * @property {number} field arrows in a row
 * @property {number} samples
 * @property {boolean} exact whether the best possible denoiser is looked at
 * @property {number | null} excess error above the least possible
 * @property {number} least error that nobody can avoid
 * @property {string} density
 * @typedef {object} Tensors
 * @property {Float32Array} arrows (field * field, 2)
 * @property {Float32Array} times of the sampling, and
 * @property {Float32Array} samples (times, samples, 2), only where they were asked for
 * @property {Float32Array} data (n, 2), and
 * @property {Float32Array} noise (n, 2), only where the training is new
 */

const LAST = 0.985; // the highest noise level that is looked at
const SAMPLER = "euler";
const SPAN = 3000; // milliseconds from noise to data

class FlowPlane extends LiveView {
  #sampling = 0;
  #looking = /** @type {Newest<Answer<Words, Tensors>>} */ (new Newest(2));
  /** @type {Point[]} */
  history = [];
  /** @type {{words: Words, arrows: Float32Array} | null} */
  field = null;
  /** @type {Paths} */
  paths = { times: [1, 0], points: new Float32Array(), samples: 0 };
  /** @type {Float32Array} */
  data = new Float32Array();
  /** @type {Float32Array} */
  noise = new Float32Array();

  /**
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    super(root, signal, { lab: "diffusion", density: "moons", label: "Train" });
    this.range = this.input("flowplane-range");
    this.steps = this.input("flowplane-steps");
    this.sampler = this.select("flowplane-sampler");
    this.exact = this.select("flowplane-exact");
    if ([...this.sampler.options].some(({ value }) => value === this.option)) this.sampler.value = this.option;
    this.on("toy-one", "click", () => {
      this.live.pause();
      this.live.send(() => this.step({ times: 1 }));
    });
    this.range.addEventListener("input", () => {
      this.#stop();
      this.#moved();
    });
    this.on("flowplane-sample", "click", () => (this.#sampling ? this.#stop() : this.#sample()));
    for (const input of [this.sampler, this.steps, this.exact]) {
      input.addEventListener("input", () => {
        this.#label();
        this.#look(1);
        this.remember();
      });
    }
    signal.addEventListener("abort", () => cancelAnimationFrame(this.#sampling));
    this.#label();
    this.open();
  }

  /** The noise level, 0 to 1. */
  get time() {
    return Number(this.range.value) / 1000;
  }

  /** What is looked at. */
  get look() {
    const time = Math.max(0.01, Math.min(LAST, this.time)).toFixed(3);
    return { time, sampler: this.sampler.value, steps: this.steps.value, exact: this.exact.value || 0 };
  }

  #label() {
    for (const [input, words] of /** @type {const} */ ([
      [this.range, this.time.toFixed(2)],
      [this.steps, this.steps.value],
    ])) {
      if (input.nextElementSibling) input.nextElementSibling.textContent = words;
    }
  }

  settings() {
    return { body: {}, query: this.look };
  }

  chosen() {
    return { name: this.sampler.value, changed: this.sampler.value !== SAMPLER };
  }

  /** @param {Query} query */
  step(query) {
    return answer("/diffusion/plane/step", { session: this.session, ...this.look, ...query }, { method: "POST" });
  }

  begun() {
    this.history = [];
  }

  /**
   * Looks without training. While it trains, the next picture shows what is wanted anyway.
   * @param {number} paths whether the sampling is asked for, too
   */
  #look(paths) {
    if (this.live.playing && this.live.awake) return;
    const { generation } = this.live;
    this.#looking.ask(
      () => this.step({ times: 0, paths }),
      (answer) => generation === this.live.generation && this.live.take(answer),
      (error) => this.complain(error.message),
    );
  }

  /** The time has moved: the points follow at once, the field as soon as the server has it. */
  #moved() {
    this.#label();
    this.paint();
    this.#look(0);
  }

  /** Plays the sampling from noise to data. */
  #sample() {
    const began = performance.now();
    const from = this.time < 0.02 ? LAST : this.time;
    /** @param {number} now */
    const frame = (now) => {
      const time = from - Math.max(0, now - began) / SPAN;
      this.range.value = String(Math.max(0, Math.round(1000 * time)));
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
  }

  mark() {
    super.mark();
    this.button("flowplane-sample", this.#sampling > 0, "Sample", "Play the sampling");
  }

  /** @param {Answer<Words, Tensors>} answer */
  read({ words, tensors: { arrows, times, samples, data, noise } }) {
    this.field = { words, arrows: arrows.data };
    if (times) this.paths = { times: [...times.data], points: samples.data, samples: words.samples };
    if (data) [this.data, this.noise] = [data.data, noise.data];
    const last = this.history.at(-1)?.[0] ?? -1;
    if (words.excess !== null && last < words.step) this.history.push([words.step, words.excess]);
  }

  paint() {
    if (!this.field) return;
    const { time, data, noise, paths } = this;
    const { words, arrows } = this.field;
    const { extent } = words;
    draw(this.canvas("flowplane-field"), (context, width) => {
      const noisy = data.map((value, i) => (1 - time) * value + time * noise[i]);
      dots(context, width, noisy, { reach: extent, ink: color("--real"), size: 2.5, alpha: 0.6 });
      field(context, width, arrows, words, color("--ink"));
    });
    draw(this.canvas("flowplane-paths"), (context, width) => {
      dots(context, width, data, { reach: extent, ink: color("--real"), size: 2, alpha: 0.35 });
      ways(context, width, paths, time, { extent, ink: color("--made"), quiet: color("--quiet") });
    });
    const who = words.exact ? "best possible denoiser, in closed form" : `network after ${count(words.step)} steps`;
    const sigma = time < LAST ? ` (sigma ${(time / (1 - time)).toPrecision(2)})` : "";
    this.part("flowplane-field-caption").textContent =
      `${words.density}, 1,024 points, t = ${time.toFixed(2)}${sigma}; ${who}. Arrows: a quarter of the way from each ` +
      `place to its guess, which is the score times the noise's variance.`;
    const sampler = this.sampler.selectedOptions[0].textContent;
    this.part("flowplane-paths-caption").textContent =
      `The same ${words.samples} starts in noise at every look; sampler ${sampler}, ${paths.times.length - 1} steps; ` +
      `the lines are the ways of ${SHOWN} of them.`;
  }

  curves() {
    if (!this.field) return;
    const { step, excess, least } = this.field.words;
    draw(this.canvas("flowplane-error"), (context, width, height) => {
      const lines = [{ train: this.history, test: [], ink: color("--accent") }];
      chart(context, { width, height, lines, step, last: Math.max(10, step), format: short });
    });
    this.part("flowplane-error-caption").textContent =
      `Squared error of the velocity above the ${least.toPrecision(2)} that nobody can avoid: ` +
      `${excess === null ? "no number" : excess.toPrecision(2)} after ${count(step)} steps, on the 1,024 training points ` +
      `with fixed noise. The best possible denoiser has memorized these points, and with many steps its samplings copy ` +
      `them; a network that does not quite reach it makes new ones.`;
  }
}
define("flow-plane", FlowPlane);
