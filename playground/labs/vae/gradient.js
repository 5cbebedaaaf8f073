// Three estimators of one gradient: clouds of single estimates, their means as arrows, and how fast their variance falls.

import { at } from "../../ui/static/answer.js";
import { arrow, color, dots, draw, fit } from "../../ui/static/canvas.js";
import { PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { width, words } from "./beside.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Words
 * @property {number} step
 * @property {number[]} dimensions the two that are drawn, from 1
 * @property {number} latent dimensions of a code
 * @property {number[]} sizes numbers of draws
 * @typedef {object} Tensors
 * @property {Float32Array} singles estimates from one draw each, (3, n, 2)
 * @property {Float32Array} means (3, 2)
 * @property {Float32Array} variances of means over so many draws, (3, sizes)
 * @typedef {Answer<Words, Tensors>} Gradient
 */

const NAMES = ["Pathwise: the trick", "Score function", "With a baseline"];
const INKS = [PALETTE[2], PALETTE[5], PALETTE[0]];
const GAP = 8; // CSS pixels between two clouds
const [CHART, MOST, LABEL] = [140, 240, 48]; // the plot below them, at least and at most, and the words below a cloud
const [LEFT, RIGHT, TOP, BOTTOM] = [40, 12, 28, 24]; // margins of the plot
const SHORT = 8; // CSS pixels of an arrow
const INSIDE = 0.99; // of all coordinates

/** To two digits, as a person says it. @param {number} value */
const rounded = (value) => count(Number(value.toPrecision(2)));

/** How far nearly all coordinates reach. @param {Float32Array} values */
const spread = (values) => values.map(Math.abs).sort()[Math.floor(INSIDE * values.length)] || 1e-12;

/** One run's estimates. */
class Lane {
  /** @type {Gradient | null} */
  #shown = null;

  /** @param {Gradients} painter */
  constructor(painter) {
    this.painter = painter;
    this.part = /** @type {Part<Gradient>} */ (new Part(painter, "gradient"));
    this.clouds = NAMES.map((name, i) => {
      const part = i ? null : "main";
      const canvas = element("canvas", {
        class: "tile",
        role: "img",
        "aria-label": `${name}: estimates`,
        "data-part": part,
      });
      const reach = element("b", {}, "±");
      const caption = element("figcaption", { class: "dotted", style: `--dot:${INKS[i]}` }, name, reach);
      return { canvas, reach, root: element("figure", {}, canvas, caption) };
    });
    this.chart = element("canvas", { role: "img", "aria-label": "Variance of the estimate by the number of draws" });
    this.ratio = element("p", { class: "gradient-words" });
    this.caption = element("p", { class: "caption" });
    const clouds = element("div", { class: "gradient-clouds" }, ...this.clouds.map(({ root }) => root));
    const main = element("div", { class: "lane-main" }, clouds, this.chart);
    this.root = element(
      "div",
      { class: "lane figures" },
      main,
      element("div", { class: "lane-side" }, this.ratio, this.caption),
    );
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.paint(); // nothing moves once there is an answer
    this.part.ask(track, step, (shown) => {
      this.#shown = shown;
      this.#describe(track, shown);
      this.paint();
    });
  }

  /**
   * @param {Track} track
   * @param {Gradient} shown
   */
  #describe({ info }, { words: { step, dimensions, latent, sizes }, tensors: { singles, variances } }) {
    const [trick, score, baseline] = [0, 1, 2].map((i) => variances.data[(i + 1) * sizes.length - 1]);
    this.ratio.textContent =
      `For an estimate as sure as the trick’s, the score function needs ${rounded(score / trick)} times as many draws; with ` +
      `the mean of the other draws as its baseline, ${rounded(baseline / trick)} times.`;
    const all = latent > 2 ? ` of ${latent}, those where it is largest` : "";
    this.caption.textContent =
      `${info.name}, snapshot of step ${count(step)}: the gradient of the reconstruction term (nats) with respect to the ` +
      `posterior mean of the picture. Dots: estimates from ${singles.shape[1]} single draws in dimensions ` +
      `${dimensions.join(" and ")}${all}; the farthest may lie outside. Arrows: their means, the trick’s in green everywhere. ` +
      "Plotted: the variance of a mean, summed over all dimensions.";
  }

  paint() {
    const { clouds, chart, painter, root } = this;
    const side = Math.floor(Math.max(96, Math.min((width(root) - 2 * GAP) / 3, painter.height - CHART - LABEL)));
    for (const { canvas } of clouds) fit(canvas, side);
    chart.style.width = `${3 * side + 2 * GAP}px`;
    chart.style.height = `${Math.max(CHART, Math.min(MOST, painter.height - side - LABEL))}px`;
    if (!this.#shown) return;
    const { tensors, words: shape } = this.#shown;
    const [singles, means] = [tensors.singles, tensors.means].map((tensor) => clouds.map((_, i) => at(tensor, i).data));
    const reaches = singles.map(spread);
    for (const [i, { canvas, reach }] of clouds.entries()) {
      const shown = painter.options.common ? Math.max(...reaches) : reaches[i];
      reach.textContent = `±${rounded(shown)} nats`;
      draw(canvas, (context, across) => {
        cross(context, across);
        dots(context, across, singles[i], { reach: shown, ink: INKS[i], size: 3, alpha: 0.6 });
        if (i) pointer(context, across, means[0], shown, INKS[0]);
        pointer(context, across, means[i], shown, color("--ink"));
      });
    }
    draw(chart, (context, across, height) => plot(context, across, height, tensors.variances.data, shape.sizes));
  }
}

/**
 * The axes of a cloud.
 * @param {CanvasRenderingContext2D} context
 * @param {number} across
 */
function cross(context, across) {
  context.strokeStyle = color("--line");
  context.lineWidth = 1;
  context.strokeRect(0, across / 2, across, 0);
  context.strokeRect(across / 2, 0, 0, across);
}

/**
 * A mean as an arrow from the origin; as a dot where it would be too short to be seen.
 * @param {CanvasRenderingContext2D} context
 * @param {number} across
 * @param {Float32Array} mean
 * @param {number} reach
 * @param {string} ink
 */
function pointer(context, across, [x, y], reach, ink) {
  const middle = across / 2;
  const [dx, dy] = [(x * middle) / reach, (-y * middle) / reach];
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  arrow(context, middle, middle, dx, dy);
  context.stroke();
  if (Math.hypot(dx, dy) > SHORT) return;
  context.beginPath();
  context.arc(middle + dx, middle + dy, 2.5, 0, 7);
  context.fill();
}

/**
 * Variances by numbers of draws, both on logarithmic scales.
 * @param {CanvasRenderingContext2D} context
 * @param {number} across
 * @param {number} height
 * @param {Float32Array} variances (3, sizes)
 * @param {number[]} sizes
 */
function plot(context, across, height, variances, sizes) {
  const logs = Array.from(variances, (value) => Math.log10(Math.max(value, 1e-12)));
  const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs))];
  const x = (/** @type {number} */ i) => LEFT + (i / (sizes.length - 1)) * (across - LEFT - RIGHT);
  const y = (/** @type {number} */ log) => TOP + ((high - log) / (high - low || 1)) * (height - TOP - BOTTOM);
  const every = Math.ceil((high - low) / 4);
  context.strokeStyle = color("--line");
  context.lineWidth = 1;
  words(context, "right", "middle");
  for (let log = low; log <= high; log += every) {
    context.strokeRect(LEFT, y(log), across - LEFT - RIGHT, 0);
    context.fillText(power(log), LEFT - 6, y(log));
  }
  words(context, "center", "alphabetic");
  for (const [i, size] of sizes.entries()) if (i % 2 || across > 300) context.fillText(String(size), x(i), height - 8);
  words(context, "left", "alphabetic");
  context.fillText("Variance (nats²) by the number of draws", 0, TOP - 8);
  for (const [row, ink] of INKS.entries()) {
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 2;
    context.beginPath();
    for (const i of sizes.keys()) context.lineTo(x(i), y(logs[row * sizes.length + i]));
    context.stroke();
  }
}

/** A power of ten. @param {number} log */
const power = (log) => `10${String(log).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)])}`;

/** @extends {Painter<Lane>} */
export default class Gradients extends Painter {
  lane() {
    return new Lane(this);
  }
}
