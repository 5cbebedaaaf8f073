// A network made smaller: what it says of one picture, what that saves and loses, and which layers lose most.

import { bar } from "../../../ui/static/bar.js";
import { draw } from "../../../ui/static/canvas.js";
import { element } from "../../../ui/static/dom.js";
import { count, large, number, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { PictureLane } from "../../../ui/static/picture-lane.js";
import { Cache } from "../../../ui/static/requests.js";
import { table } from "./costs.js";
import { FAMILIES, ink } from "./families.js";
import { Lines } from "./lines.js";
import { kilobytes, limits, nearest, pareto } from "./pareto.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */
/** @import { Limits, Mark } from "./pareto.js" */

/**
 * @typedef {[before: number, after: number]} Pair
 * @typedef {{bytes: Pair, units: boolean, merged: boolean, layers: string[]}} Sizes
 * @typedef {Sizes & {step: number, size: number, classes: string[]}} Words
 * @typedef {Answer<Words, {probabilities: Float32Array, kept: Float32Array, weights: Int32Array}>} Small (2, K), (layers,)
 * @typedef {Answer<{n: number, step: number, flops: Pair}, {accuracy: Float32Array}>} Tested (1,)
 * @typedef {{step: number, millijoules: Pair, threads: number, watts: number}} Energy
 * @typedef {Answer<Energy, {milliseconds: Float32Array}>} Clocked (2,)
 * @typedef {"size" | "latency" | "flops"} Across
 */

const WHOLE = { pruned: "weights", prune: 0, bits: 32, merge: 0 };
const NONE =
  " No units of this network are read by one layer alone: several add up what its layers give, so none can be left out.";
/** How a cost is called on the axis, and written. */
const AXES = {
  size: { title: "size", format: kilobytes },
  latency: { title: "latency a picture", format: (/** @type {number} */ value) => `${number(value)} ms` },
  flops: { title: "FLOPs a picture", format: large },
};

/** One run's picture and what becomes of the network. */
class Lane extends PictureLane {
  /** @type {Small | null} */
  shown = null;
  /** @type {Tested | null} */
  #tested = null;
  /** @type {Tested | null} */
  #whole = null;
  /** @type {Clocked | null} */
  #clocked = null;
  /** What was asked for last, and whether it has come. */
  #wanted = "";
  #fresh = false;
  /** @type {Track | null} */
  #track = null;

  /** @param {Compression} painter */
  constructor(painter) {
    super(painter, { role: "img", "aria-label": "The picture" });
    this.compression = painter;
    this.part = /** @type {Part<Small>} */ (new Part(painter, "picture", { cache: painter.cache, limit: 3 }));
    this.test = /** @type {Part<Tested>} */ (new Part(painter, "accuracy", { cache: painter.tests }));
    this.testWhole = /** @type {Part<Tested>} */ (new Part(painter, "accuracy", { cache: painter.tests }));
    this.clock = /** @type {Part<Clocked>} */ (new Part(painter, "clock", { cache: painter.tests }));
    this.lines = new Lines(painter, painter.tests, () => painter.paint());
    this.said = element("p", { class: "compression-said", "aria-live": "polite" });
    this.costs = element("div");
    this.energy = element("p", { class: "quiet compression-energy" });
    this.chart = element("canvas", { class: "compression-chart", role: "img" });
    this.legend = element("p", { class: "compression-legend" });
    this.layers = element("details", { class: "compression-layers" });
    this.main.append(this.caption, this.bars);
    this.root.classList.add("compression");
    this.side.replaceChildren(this.said, this.chart, this.legend, this.costs, this.energy, this.layers);
    this.chart.addEventListener("click", ({ offsetX, offsetY }) => {
      const dot = this.#at(offsetX, offsetY);
      if (dot) painter.set(dot.takes);
    });
    this.chart.addEventListener("pointermove", ({ offsetX, offsetY }) => {
      this.chart.title = this.#at(offsetX, offsetY)?.says ?? "";
    });
  }

  /** The dot at a place of the chart. @param {number} left @param {number} down */
  #at(left, down) {
    const { clientWidth, clientHeight } = this.chart;
    const bounds = this.compression.limits;
    const found = bounds && nearest(this.lines.drawn, bounds, clientWidth, clientHeight, left, down);
    const family = FAMILIES.find(({ name }) => name === found?.line.name);
    if (!found || !family) return null;
    const { values, points } = found.line;
    const { x, y } = points[found.i];
    const { format } = this.compression.axis;
    const says = `${family.says(values[found.i])}: ${percent(y)} right, ${format(x)}`;
    return { takes: family.takes(values[found.i]), says };
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    const { painter } = this;
    this.part.ask(track, step, (shown, { run, picture }) => {
      this.shown = shown;
      this.#track = track;
      painter.controls.hide("merge", !painter.lanes.some((lane) => lane.shown?.words.merged));
      this.load(`/pictures/${picture}.png`, { run });
      this.paint();
    });
    const wanted = track.key(this.test.query(track, step));
    this.#fresh &&= wanted === this.#wanted;
    this.#wanted = wanted;
    this.test.ask(track, step, (tested) => {
      this.#tested = tested;
      this.#fresh = true;
      painter.paint();
    });
    const whole = (/** @type {Tested} */ tested) => {
      this.#whole = tested;
      painter.paint();
    };
    this.testWhole.ask(track, step, whole, { query: WHOLE });
    this.clock.ask(track, step, (clocked) => {
      this.#clocked = clocked;
      painter.paint();
    });
    this.lines.ask(track, step);
  }

  /** The whole network, by a name, and the compressed one. @returns {Mark[]} */
  marks(name = "whole") {
    const [shown, tested, whole, clocked] = [this.shown, this.#tested, this.#whole, this.#clocked];
    if (!shown || !tested || !whole) return [];
    const { bytes } = shown.words;
    const taken = clocked?.tensors.milliseconds.data ?? [Number.NaN, Number.NaN];
    const pairs = { size: bytes, flops: tested.words.flops, latency: taken };
    const [before, after] = pairs[/** @type {Across} */ (this.painter.options.across)];
    const marks = [{ x: before, y: whole.tensors.accuracy.data[0], name }];
    return this.#fresh ? [...marks, { x: after, y: tested.tensors.accuracy.data[0], name: "" }] : marks;
  }

  paint() {
    const { shown, painter } = this;
    if (!shown) return;
    const { classes, size, bytes, step, units } = shown.words;
    const { probabilities } = shown.tensors;
    this.picture(size, () => {});
    const small = { data: probabilities.data.subarray(classes.length), shape: [classes.length] };
    this.predictions(small, classes, painter.label);
    const whole = probabilities.data.subarray(0, classes.length);
    const best = whole.indexOf(Math.max(...whole));
    this.caption.textContent =
      `What the compressed network says; the whole one says ${classes[best]} ${percent(whole[best])}. ` +
      `${painter.source(this.#track, step)}.`;
    const [tested, reference] = [this.#tested, this.#whole];
    const known =
      tested && reference && this.#fresh
        ? ` ${percent(tested.tensors.accuracy.data[0])} right on ${count(tested.words.n)} test pictures, the whole ` +
          `network ${percent(reference.tensors.accuracy.data[0])}.`
        : "";
    const none = painter.options.pruned === "units" && !units ? NONE : "";
    this.said.textContent = `${kilobytes(bytes[1])} in place of ${kilobytes(bytes[0])}, ${percent(bytes[1] / bytes[0])}.${known}${none}`;
    this.#count(bytes);
    this.#list(shown);
    this.#chart();
  }

  /** What it costs, before and after. @param {Pair} size */
  #count(size) {
    const { milliseconds } = this.#clocked?.tensors ?? {};
    const { millijoules = null, threads = 1, watts = 0 } = this.#clocked?.words ?? {};
    const taken = milliseconds ? /** @type {Pair} */ ([...milliseconds.data]) : null;
    const flops = this.#tested?.words.flops ?? null;
    this.costs.replaceChildren(table({ size, flops, milliseconds: taken, millijoules }));
    this.energy.textContent =
      "For a picture. Latency is measured on this machine, in turns with the whole network; zeros and few bits are " +
      `computed with like all other numbers. Energy is estimated: latency × ${count(threads)} CPU thread${threads === 1 ? "" : "s"} × ${watts}\u00a0W.`;
    this.energy.hidden = !this.#clocked;
  }

  #chart() {
    const { compression, lines } = this;
    const bounds = compression.limits;
    const drawn = lines.drawn;
    this.chart.classList.toggle("stale", !lines.fresh);
    this.legend.replaceChildren(
      ...FAMILIES.filter(({ name }) => drawn.some((line) => line.name === name)).map((family) =>
        element("span", {}, element("i", { style: `color:${ink(family)}` }, family.sign), family.title),
      ),
      element("span", {}, element("i", { class: "front" }), "Pareto front"),
    );
    if (!bounds) return;
    const others = compression.lanes
      .filter((lane) => lane !== this)
      .flatMap((lane) => lane.marks(lane.#track?.info.name).slice(0, 1));
    const { title, format } = compression.axis;
    const scene = { lines: drawn, marks: [...this.marks(), ...others], across: title, format };
    draw(this.chart, (context, width, height) => pareto(context, width, height, bounds, scene));
    const words = drawn.map(({ name, values, points }) => {
      const family = FAMILIES.find((one) => one.name === name);
      return values.map((value, i) => `${family?.says(value)}: ${percent(points[i].y)}`).join(", ");
    });
    this.chart.setAttribute("aria-label", `Accuracy on test pictures by ${title}. ${words.join(". ")}`);
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
  /** Accuracies, latencies and lines. @type {Cache<any>} */
  tests = new Cache(80);

  lane() {
    return new Lane(this);
  }

  /** How the cost on the axis is called and written. */
  get axis() {
    return AXES[/** @type {Across} */ (this.options.across)];
  }

  /** What all dots of all runs lie within: two that are compared have the same axes. @returns {Limits | null} */
  get limits() {
    const points = this.lanes.flatMap(({ lines }) => lines.drawn.flatMap((line) => line.points));
    return limits([...points, ...this.lanes.flatMap((lane) => lane.marks())]);
  }
}
