// A network made smaller: what it says of one picture, which layers lose most, and what is lost on test pictures.

import { bar } from "../../../ui/static/bar.js";
import { color, draw } from "../../../ui/static/canvas.js";
import { element } from "../../../ui/static/dom.js";
import { count, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { PictureLane } from "../../../ui/static/picture-lane.js";
import { Cache } from "../../../ui/static/requests.js";
import { kilobytes, nearest, pareto } from "./pareto.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */
/** @import { Curve } from "./pareto.js" */

/**
 * @typedef {{step: number, size: number, classes: string[], layers: string[], bytes: [number, number]}} Words
 * @typedef {Answer<Words, {probabilities: Float32Array, kept: Float32Array, weights: Int32Array}>} Small (2, K), (layers,)
 * @typedef {{shares: Float32Array, share_sizes: Int32Array, share_accuracy: Float32Array, chosen: Float32Array}} Shares
 * @typedef {{bits: Int32Array, bit_sizes: Int32Array, bit_accuracy: Float32Array}} Bits
 * @typedef {Answer<{n: number, step: number}, Shares & Bits>} Tested
 */

/** One run's picture and what becomes of the network. */
class Lane extends PictureLane {
  /** @type {Small | null} */
  shown = null;
  /** @type {Tested | null} */
  #tested = null;
  /** What these accuracies are of. */
  #of = "";
  /** @type {Track | null} */
  #track = null;

  /** @param {Compression} painter */
  constructor(painter) {
    super(painter, { role: "img", "aria-label": "The picture" });
    this.part = /** @type {Part<Small>} */ (new Part(painter, "picture", { cache: painter.cache, limit: 3 }));
    this.test = /** @type {Part<Tested>} */ (new Part(painter, "accuracy", { cache: painter.tests }));
    this.said = element("p", { class: "compression-said", "aria-live": "polite" });
    this.chart = element("canvas", { class: "compression-chart", role: "img" });
    this.legend = element("p", { class: "class-legend" });
    this.layers = element("details", { class: "compression-layers" });
    this.main.append(this.caption, this.bars);
    this.root.classList.add("compression");
    this.side.replaceChildren(this.said, this.chart, this.legend, this.layers);
    this.chart.addEventListener("click", ({ offsetX, offsetY }) => {
      const { clientWidth, clientHeight } = this.chart;
      if (!this.#tested) return;
      const { name, value } = nearest(this.#curves(this.#tested), clientWidth, clientHeight, offsetX, offsetY);
      painter.set({ [name]: value });
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown, { run, picture }) => {
      this.shown = shown;
      this.#track = track;
      this.load(`/pictures/${picture}.png`, { run });
      this.paint();
    });
    this.test.ask(track, step, (tested, { run, prune, bits }) => {
      this.#tested = tested;
      this.#of = [run, tested.words.step, prune, bits].join();
      this.paint();
    });
  }

  /** The two curves through the network on the stage. @param {Tested} tested @returns {Curve[]} */
  #curves({ tensors }) {
    const rounded = Number(this.painter.options.bits) === 32 ? "float32" : `${this.painter.options.bits} bits`;
    const pruned = `${Math.round(100 * Number(this.painter.options.prune))}%`;
    this.legend.replaceChildren(
      element("span", { style: `--dot:${color("--accent")}` }, `${rounded} a weight, more and more pruned`),
      element("span", { style: `--dot:${color("--second")}` }, `${pruned} pruned, fewer and fewer bits`),
    );
    const shares = {
      sizes: tensors.share_sizes.data,
      accuracy: tensors.share_accuracy.data,
      values: [...tensors.shares.data].map((share) => Number(share.toFixed(2))),
    };
    const bits = {
      sizes: tensors.bit_sizes.data,
      accuracy: tensors.bit_accuracy.data,
      values: [...tensors.bits.data],
    };
    return [
      { ...shares, name: "prune", ink: color("--accent") },
      { ...bits, name: "bits", ink: color("--second") },
    ];
  }

  paint() {
    const { shown, painter } = this;
    if (!shown) return;
    const { classes, size, bytes, step } = shown.words;
    const { probabilities } = shown.tensors;
    this.picture(size, () => {});
    const small = { data: probabilities.data.subarray(classes.length), shape: [classes.length] };
    this.predictions(small, classes, painter.label);
    const whole = probabilities.data.subarray(0, classes.length);
    const best = whole.indexOf(Math.max(...whole));
    this.caption.textContent =
      `What the compressed network says; the whole one says ${classes[best]} ${percent(whole[best])}. ` +
      `${painter.source(this.#track, step)}.`;
    const tested = this.#tested;
    const { prune, bits } = painter.options;
    const current = this.#of === [this.#track?.id, step, prune, bits].join();
    this.chart.classList.toggle("stale", !current);
    const accuracy = tested && current ? tested.tensors.chosen.data[0] : null;
    const known =
      accuracy === null || !tested ? "" : ` ${percent(accuracy)} right on ${count(tested.words.n)} test pictures.`;
    this.said.textContent = `${kilobytes(bytes[1])} in place of ${kilobytes(bytes[0])}, ${percent(bytes[1] / bytes[0])}.${known}`;
    this.#list(shown);
    if (!tested) return;
    const curves = this.#curves(tested);
    draw(this.chart, (context, width, height) =>
      pareto(context, width, height, curves, { size: bytes[1], accuracy: tested.tensors.chosen.data[0] }),
    );
    const words = curves.map(({ name, values, accuracy: right }) =>
      values.map((value, i) => `${name} ${value}: ${percent(right[i])}`).join(", "),
    );
    this.chart.setAttribute("aria-label", `Accuracy on test pictures by size. ${words.join(". ")}`);
  }

  /** What is left of each layer. @param {Small} shown */
  #list({ words: { layers }, tensors: { kept, weights } }) {
    const bars = layers.map((layer, i) => {
      const { root, set } = bar(layer, { title: `${layer}: ${count(weights.data[i])} weights` });
      set(kept.data[i], percent(kept.data[i]));
      return root;
    });
    this.layers.replaceChildren(element("summary", {}, "What is left of each layer"), ...bars);
  }
}

/** @extends {Painter<Lane>} */
export default class Compression extends Painter {
  /** @type {Cache<Small>} */
  cache = new Cache(60);
  /** @type {Cache<Tested>} */
  tests = new Cache(20);

  lane() {
    return new Lane(this);
  }
}
