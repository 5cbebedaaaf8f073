// A small network that learns to denoise points of the plane: its score field and its samplings, at a snapshot or in training.

import { color, dots, draw, fit } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { Stepped } from "../../ui/static/stepped.js";
import { SteppedLane } from "../../ui/static/stepped-lane.js";
import { field, SHOWN, trajectories } from "./flow.js";

/** @import { Stage } from "../../ui/static/stage.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Words
 * @property {number} step
 * @property {number} extent the plane shows the square from -extent to extent
 * @property {number} field arrows in a row
 * @property {number} samples
 * @property {boolean} exact whether it is the best possible denoiser
 * @typedef {object} Tensors
 * @property {Float32Array} arrows (field * field, 2)
 * @property {Float32Array} times of the sampling
 * @property {Float32Array} samples (times, samples, 2)
 * @property {Float32Array} data (n, 2)
 * @property {Float32Array} noise (n, 2)
 * @typedef {Answer<Words, Tensors>} Shown
 */

const [FIRST, LAST] = [0.02, 0.985]; // noise levels at which a sampling begins anew, and beyond which sigma has no end
const SPAN = 3000; // milliseconds from noise to data
const LEGEND = '<span class="toy-real">data</span><span class="toy-generated">samples</span>';
const HEAD = 80; // CSS pixels above and below a canvas, besides what a caption needs

/** @extends {SteppedLane<Shown>} */
class Field extends SteppedLane {
  /** @param {Flow} painter */
  constructor(painter) {
    /** @param {string} title @param {string} label @param {string | undefined} part */
    const figure = (title, label, part) => {
      const canvas = element("canvas", { class: "toy-canvas", role: "img", "aria-label": label, "data-part": part });
      const caption = element("figcaption", { class: "caption" });
      const head = element("h3", { class: "beside" }, title);
      return { canvas, caption, root: element("figure", {}, head, canvas, caption) };
    };
    const label = "Noisy data points and the score field of the denoiser";
    const places = figure("Where does the score point?", label, "main");
    const samples = figure("Where does noise end up?", "Samples on their way from noise to data", undefined);
    const main = element("div", { class: "lane-main" }, places.root);
    super(painter, element("div", { class: "lane" }, main, element("div", { class: "lane-side" }, samples.root)));
    this.main = main;
    this.places = places;
    this.samples = samples;
  }

  paint() {
    if (!this.shown) return;
    const { words, tensors } = this.shown;
    const { painter } = this;
    const { options, controls } = painter;
    const time = Math.max(0, Math.min(1, options.time));
    const room = Math.min(painter.side(this.main) - HEAD, this.root.clientWidth / 2);
    for (const { canvas } of [this.places, this.samples]) fit(canvas, room);
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
      trajectories(context, width, paths, time, { extent, ink: color("--generated"), quiet: color("--quiet") });
    });
    const denoiser = words.exact ? "the best possible denoiser, in closed form" : "the network";
    const sigma = time < LAST ? ` (sigma ${(time / (1 - time)).toPrecision(2)})` : "";
    this.places.caption.textContent =
      `${this.moment}; ${denoiser}, t = ${time.toFixed(2)}${sigma}. Arrows: a quarter of the way from each place to its ` +
      `denoised point, which is the score times the noise's variance.`;
    this.samples.caption.textContent =
      `The same ${words.samples} starts in noise each time; sampler ${controls.label("sampler", options.sampler)}, ${paths.times.length - 1} ` +
      `steps; the lines are the trajectories of ${SHOWN} of them. The best possible denoiser has memorized its training points, and ` +
      `with many steps its samplings copy them; a network that does not quite reach it generates new ones.`;
  }
}

/** @extends {Stepped<Field>} */
export default class Flow extends Stepped {
  #sampling = 0;

  /** @param {Stage} stage */
  constructor(stage) {
    super(stage);
    const press = () => (this.#sampling ? this.#stop() : this.#sample());
    this.player = element("button", { class: "primary", onclick: press });
    const legend = element("span", { class: "toy-legend" });
    legend.innerHTML = LEGEND;
    stage.extras.append(element("div", { class: "toy-buttons" }, this.player, legend));
    this.mark();
    this.signal.addEventListener("abort", () => cancelAnimationFrame(this.#sampling));
  }

  lane() {
    return new Field(this);
  }

  /** The points follow at once, the field as soon as the server has it. */
  changed() {
    this.paint();
    if (!this.live.playing) this.show();
  }

  /** Plays the sampling from noise to data. */
  #sample() {
    const began = performance.now();
    const from = this.options.time < FIRST ? 1 : this.options.time;
    /** @param {number} now */
    const frame = (now) => {
      const time = Math.max(0, from - Math.max(0, now - began) / SPAN);
      this.set({ time: Number(time.toFixed(3)) });
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
    if (this.player) this.player.textContent = this.#sampling > 0 ? "❚❚ Stop" : "▶ Sample";
  }
}
