// Whether a representation has collapsed: how far pictures lie apart in each direction, and four gauges.

import { color, draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count, number } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { tested } from "../../ui/static/run.js";
import { brancher } from "./branch.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Track } from "../../ui/static/track.js" */

/**
 * @typedef {{dimensions: number} & Record<string, number | null>} Values of the gauges; null where a number is none
 * @typedef {{step: number, features: Values, embeddings: Values, verdict: string, pictures: number}} Words
 * @typedef {Answer<Words, {features: Float32Array, embeddings: Float32Array}>} Collapse
 * @typedef {(value: number, dimensions: number) => number} Place on a gauge, 0 to 1, its healthy end
 */

/** Of a gauge its name, its ends, and where a value is on it. @type {Record<string, [string, string, string, Place]>} */
const GAUGES = {
  effective_rank: ["Effective rank", "one direction", "all directions", (rank, of) => Math.log(rank) / Math.log(of)],
  spread: ["Spread", "one point", "even", (value) => value],
  alignment: ["Alignment", "views unlike", "views agree", (value) => 1 - value / 2],
  uniformity: ["Uniformity", "one point", "even", (value) => -value / 4],
};
/** What recipes call the switches that provoke a collapse, and people. @type {Record<string, string>} */
const SWITCHES = { centering: "Centering", stop_gradient: "Stop-gradient", negatives: "Contrast with negatives" };
const SEEN = /** @type {const} */ (["embeddings", "features"]); // the last one is drawn on top
const [LOW, HIGH] = [-3, 1.5]; // powers of ten that the chart shows
const [LEFT, RIGHT, TOP, BELOW] = [44, 8, 8, 36]; // CSS pixels around it

/** @param {number | null} value */
const text = (value) => (value === null ? "–" : number(value));

/** One run's spectrum and gauges. */
class Lane {
  /** @type {Collapse | null} */
  #shown = null;

  /** @param {Painter<any>} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Collapse>} */ (new Part(painter, "collapse", { limit: 4 }));
    const label = "How far pictures lie apart along the principal directions of features and embeddings";
    this.canvas = element("canvas", { class: "spectrum", "data-part": "main", role: "img", "aria-label": label });
    const legend = element(
      "div",
      { class: "spectrum-legend" },
      element("span", { class: "of-features" }, "features, used afterwards"),
      element("span", { class: "of-embeddings" }, "embeddings, seen by the loss"),
      element("span", { class: "of-rank" }, "effective rank"),
    );
    this.verdict = element("p", { class: "collapse-verdict", "aria-live": "polite" });
    this.gauges = element("div", { class: "gauges" });
    this.switches = element("div", { class: "collapse-switches" });
    this.caption = element("p", { class: "caption" });
    this.main = element("div", { class: "lane-main" }, this.canvas, legend);
    const side = [this.verdict, this.gauges, this.switches, this.caption];
    this.root = element("div", { class: "lane abreast" }, this.main, element("div", { class: "lane-side" }, ...side));
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.#offer(track);
    this.part.ask(track, step, (shown) => {
      this.#shown = shown;
      const { words } = shown;
      this.verdict.textContent = words.verdict;
      this.gauges.replaceChildren(...Object.keys(GAUGES).map((name) => gauge(name, words)));
      this.caption.textContent =
        `${track.info.name}, snapshot of step ${count(step)}: standard deviations of normalized features and ` +
        `embeddings of ${tested(track.info, words.pictures, words)} along their principal ` +
        "directions, in multiples of what an even spread has. The right end of a gauge is the healthy one; but where all " +
        "pictures are one point, views agree, too.";
      this.paint();
    });
  }

  /** Says which switches of its method a run has, and branches with one turned about. @param {Track} track */
  #offer(track) {
    const { stage, film } = this.painter;
    const first = track === film.track;
    const found = Object.entries(SWITCHES).filter(([name]) => typeof track.info.knobs[name] === "boolean");
    const rows = found.map(([name, title]) => {
      const on = Boolean(track.info.knobs[name]);
      const other = `Branch with ${title.toLowerCase()} ${on ? "off" : "on"}`;
      const words = on
        ? "is on; without it training can collapse, most surely from step 0 on."
        : "is off: this training can collapse.";
      return element("p", {}, `${title} ${words} `, first ? brancher(stage, other, { [name]: !on }) : null);
    });
    this.switches.replaceChildren(...rows);
  }

  paint() {
    if (!this.#shown) return;
    const { words, tensors } = this.#shown;
    const width = this.main.clientWidth;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${Math.max(160, Math.min(0.75 * width, this.painter.height - 24))}px`;
    draw(this.canvas, (context, right, bottom) => {
      const [across, down] = [right - LEFT - RIGHT, bottom - TOP - BELOW];
      /** @param {number} value */
      const y = (value) => TOP + down * Math.min(1, (HIGH - Math.log10(Math.max(value, 1e-12))) / (HIGH - LOW));
      /** @param {number} share */
      const x = (share) => LEFT + across * share;
      axes(context, x, y, bottom);
      for (const name of SEEN) {
        const { data } = tensors[name];
        const { dimensions, effective_rank: rank } = words[name];
        const last = Math.max(1, dimensions - 1);
        context.strokeStyle = context.fillStyle = color(name === "features" ? "--ink" : "--generated");
        context.lineWidth = 2;
        context.beginPath();
        const seen = data.findIndex((value) => value < 10 ** LOW) + 1 || data.length; // below the chart the line ends
        for (const [i, value] of data.slice(0, seen).entries()) context.lineTo(x(i / last), y(value));
        context.stroke();
        const at = Math.min(data.length - 1, Math.max(0, Math.round((rank ?? 1) - 1)));
        context.beginPath();
        context.arc(x(at / last), y(data[at]), 5, 0, 7);
        context.fill();
      }
    });
  }
}

/**
 * Draws the axes of a spectrum, and where an even one lies.
 * @param {CanvasRenderingContext2D} context
 * @param {(share: number) => number} x
 * @param {(value: number) => number} y
 * @param {number} bottom
 */
function axes(context, x, y, bottom) {
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = color("--quiet");
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let power = LOW; power <= HIGH; power++) {
    const value = 10 ** power;
    context.strokeStyle = color(power ? "--line" : "--quiet");
    context.setLineDash(power ? [] : [4, 4]);
    context.beginPath();
    context.moveTo(x(0), y(value));
    context.lineTo(x(1), y(value));
    context.stroke();
    context.fillText(power ? String(value) : "even 1", x(0) - 6, y(value));
  }
  context.setLineDash([]);
  context.textBaseline = "alphabetic";
  for (const [share, align] of /** @type {[number, CanvasTextAlign][]} */ ([
    [0, "left"],
    [0.5, "center"],
    [1, "right"],
  ])) {
    context.textAlign = align;
    context.fillText(`${100 * share}%`, x(share), bottom - BELOW + 16);
  }
  context.textAlign = "center";
  context.fillText("of the directions, the farthest apart first", x(0.5), bottom - 4);
}

/**
 * One number of features and of embeddings, on a scale whose right end is the healthy one.
 * @param {string} name
 * @param {Words} words
 */
function gauge(name, words) {
  const [title, low, high, place] = GAUGES[name];
  const told = [...SEEN].reverse().map((seen) => {
    const of = name === "effective_rank" ? ` of ${words[seen].dimensions}` : "";
    return `${seen} ${text(words[seen][name])}${of}`;
  });
  const marks = SEEN.filter((seen) => words[seen][name] !== null).map((seen) => {
    const at = place(words[seen][name] ?? 0, Math.max(2, words[seen].dimensions));
    return element("i", { class: `of-${seen}`, style: `--at:${Math.max(0, Math.min(1, at))}` });
  });
  return element(
    "div",
    { class: "gauge" },
    element("span", {}, element("b", {}, title), ` ${told.join(", ")}`),
    element("div", { class: "gauge-scale", "aria-hidden": "true" }, ...marks),
    element("div", { class: "gauge-ends" }, element("span", {}, low), element("span", {}, high)),
  );
}

/** @extends {Painter<Lane>} */
export default class Collapses extends Painter {
  lane() {
    return new Lane(this);
  }
}
