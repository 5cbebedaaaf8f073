// A small GAN that learns points of the plane: generator and discriminator, at a snapshot or in training.

import { color, dots, draw, fit } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { Stepped } from "../../ui/static/stepped.js";
import { SteppedLane } from "../../ui/static/stepped-lane.js";
import { gradient, heat, manifold, scale } from "./plot.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */
/** @import { Shape } from "./plot.js" */

/**
 * @typedef {object} Words
 * @property {number} step
 * @property {number} covered share of real points
 * @property {number | null} modes that are covered; null where the density has none
 * @property {number} of modes that there are
 * @property {boolean} finite
 * @typedef {object} Tensors
 * @property {Float32Array} real (512, 2)
 * @property {Float32Array} fake (512, 2)
 * @property {Float32Array} manifold (grid * grid, 2)
 * @property {Float32Array} arrows (n, 2), of the first fake points
 * @property {Uint8Array<ArrayBuffer>} heat (cells, cells), the lowest row first
 * @typedef {Answer<Words & Shape, Tensors>} Shown
 */

/** What the colors stand for. */
const LEGEND = `<span class="toy-real">real points</span><span class="toy-generated">generated points</span>
  <span class="toy-scale"><b>looks generated</b><i></i><b>looks real</b></span>`;
const LABEL = "Real points, generated points, the generator's manifold and the discriminator's output at every place";

/** @extends {SteppedLane<Shown>} */
class Board extends SteppedLane {
  /** @param {Dynamics} painter */
  constructor(painter) {
    const canvas = element("canvas", { class: "toy-canvas", "data-part": "main", role: "img", "aria-label": LABEL });
    const caption = element("p", { class: "caption" });
    const legend = element("div", { class: "toy-legend" });
    legend.innerHTML = LEGEND;
    const main = element("div", { class: "lane-main" }, canvas, legend);
    super(painter, element("div", { class: "lane" }, main, element("div", { class: "lane-side" }, caption)));
    this.canvas = canvas;
    this.main = main;
    this.caption = caption;
  }

  /** @param {Shown} shown */
  trouble({ words }) {
    return words.finite
      ? ""
      : "Training diverged: some points are not finite. Lower the learning rates and begin again.";
  }

  paint() {
    if (!this.shown) return;
    const { words, tensors } = this.shown;
    const [real, fake, arrows] = [tensors.real.data, tensors.fake.data, tensors.arrows.data];
    const reach = words.extent;
    const { options } = this.painter;
    fit(this.canvas, this.painter.side(this.main));
    draw(this.canvas, (context, width) => {
      const place = scale(width, reach);
      if (options.heat) heat(context, width, tensors.heat.data, words.cells);
      if (options.manifold) manifold(context, tensors.manifold.data, words, color("--generated"), place);
      dots(context, width, real, { reach, ink: color("--real"), size: 2.5, alpha: 0.75 });
      dots(context, width, fake, { reach, ink: color("--generated"), size: 3 });
      if (options.arrows) gradient(context, width, fake, arrows, color("--ink"), place);
    });
    const covered =
      words.modes === null
        ? `${Math.round(100 * words.covered)}% of the real points covered`
        : `${words.modes} of ${words.of} modes covered`;
    const net = words.latent > 2 ? " The net shows the first two dimensions of the noise." : "";
    this.caption.textContent =
      `${this.moment}: ${covered}. ${real.length / 2} real and as many generated points; the arrows are the generator's ` +
      `negative gradient at ${arrows.length / 2} of them, on a common scale.${net}`;
  }
}

/** @extends {Stepped<Board>} */
export default class Dynamics extends Stepped {
  lane() {
    return new Board(this);
  }

  changed() {
    this.paint();
  }
}
