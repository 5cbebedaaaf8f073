// The lottery ticket: a sparse network that is trained again from an earlier step, beside those that lack a part of it.

import { bar } from "../../../ui/static/bar.js";
import { color, draw } from "../../../ui/static/canvas.js";
import { element } from "../../../ui/static/dom.js";
import { count, fixed, percent } from "../../../ui/static/format.js";
import { Painter, Part } from "../../../ui/static/painter.js";
import { Rounds } from "../../../ui/static/rounds.js";
import { roundAt, ticketCurve } from "./ticket-curve.js";

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */
/** @import { Curve } from "./ticket-curve.js" */

/**
 * @typedef {{step: number, steps: number, n: number, arms: string[], layers: string[], found: number}} Words
 * @typedef {Answer<Words, {accuracy: Float32Array, kept: Float32Array, weights: Int32Array}>} Round (4,), (layers,)
 */

const ROUNDS = 10;
const [HIGHEST, BELOW] = [420, 150]; // CSS pixels of the chart at most, and below it
/** How each network is drawn and what it is. @type {Record<string, {ink: string, dashed: boolean, what: string}>} */
const ARMS = {
  whole: { ink: "--quiet", dashed: true, what: "nothing pruned" },
  ticket: { ink: "--accent", dashed: false, what: "the weights that end largest, rewound to this step" },
  redrawn: { ink: "--second", dashed: false, what: "the same weights, newly drawn" },
  shuffled: { ink: "--real", dashed: false, what: "other weights of this step, as many of each layer" },
};

/** One run's ticket. */
class Lane {
  /** @param {Lottery} painter */
  constructor(painter) {
    this.painter = painter;
    const part = /** @type {Part<Round>} */ (new Part(painter, "lottery"));
    this.rounds = new Rounds(painter, part, ROUNDS, () => painter.paint());
    this.chart = element("canvas", {
      class: "lottery-chart",
      "data-part": "main",
      tabindex: 0,
      role: "application",
      "aria-label": "Accuracy of the networks by steps of training; left and right choose a round",
    });
    this.said = element("p", { class: "lottery-said", "aria-live": "polite" });
    this.bars = element("div", { class: "bars" });
    this.caption = element("p", { class: "caption" });
    this.layers = element("details", { class: "compression-layers" });
    this.main = element("div", { class: "lane-main" }, this.chart, this.caption);
    this.side = element("div", { class: "lane-side waiting" }, this.said, this.bars, this.layers);
    this.root = element("div", { class: "lane abreast lottery" }, this.main, this.side);
    this.chart.addEventListener("click", ({ offsetX }) => {
      this.rounds.choose(roundAt(ROUNDS, this.chart.clientWidth, offsetX));
    });
    this.chart.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.rounds.choose(this.rounds.round + by);
    });
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    if (this.rounds.begin(track, step, this.painter.options.gone)) this.side.classList.add("waiting");
  }

  /** @returns {Curve[]} */
  get curves() {
    const { all } = this.rounds;
    return (all[0]?.words.arms ?? []).map((name, i) => ({
      name,
      ink: color(ARMS[name].ink),
      dashed: ARMS[name].dashed,
      values: all.map(({ tensors }) => tensors.accuracy.data[i]),
    }));
  }

  paint() {
    const { rounds, painter } = this;
    const { all, looked, round, where } = rounds;
    if (!looked || !where) return;
    const { words, tensors } = looked;
    this.side.classList.remove("waiting");
    this.chart.style.height = `${Math.max(220, Math.min(HIGHEST, painter.height - BELOW / 2))}px`;
    const { curves } = this;
    const steps = all[1]?.words.steps ?? 20;
    draw(this.chart, (context, width, height) =>
      ticketCurve(context, width, height, { curves, rounds: ROUNDS, steps, round }),
    );
    const total = tensors.weights.data.reduce((sum, one) => sum + one, 0);
    const left = tensors.weights.data.reduce((sum, one, i) => sum + one * tensors.kept.data[i], 0);
    this.said.textContent =
      `After ${count(words.steps)} steps of ${count(ROUNDS * steps)}, with ${count(Math.round(left))} of ` +
      `${count(total)} weights: right on ${count(words.n)} test pictures.`;
    this.bars.replaceChildren(
      ...words.arms.map((name, i) => {
        const one = bar(name, { title: ARMS[name].what, right: name === "ticket" });
        one.set(tensors.accuracy.data[i], percent(tensors.accuracy.data[i]));
        const what = element(
          "p",
          { class: "lottery-what dotted", style: `--dot:${color(ARMS[name].ink)}` },
          ARMS[name].what,
        );
        return element("div", {}, one.root, what);
      }),
    );
    const open = this.layers.open;
    this.layers.replaceChildren(
      element("summary", {}, "What the ticket has of each layer"),
      ...words.layers.map((layer, i) => {
        const one = bar(layer, { title: `${layer}: ${count(tensors.weights.data[i])} weights` });
        one.set(tensors.kept.data[i], percent(tensors.kept.data[i]));
        return one.root;
      }),
    );
    this.layers.open = open;
    const right = tensors.accuracy.data[words.arms.indexOf("ticket")];
    const chance = 196 * Math.sqrt((right * (1 - right)) / words.n);
    this.caption.textContent =
      `The mask is that of step ${count(words.found)}. Every network sees the same pictures; so few test pictures tell ` +
      `an accuracy to ± ${fixed(chance, 1)} points (95% interval). ` +
      `${painter.source(where.track, words.step)}.`;
  }
}

/** @extends {Painter<Lane>} */
export default class Lottery extends Painter {
  lane() {
    return new Lane(this);
  }
}
