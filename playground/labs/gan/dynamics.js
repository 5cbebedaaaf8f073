// A small GAN that learns points of the plane: generator and discriminator, at a snapshot or in training.

import { color, dots, draw, fit } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { Stepped } from "../../ui/static/stepped.js";
import { SteppedLane } from "../../ui/static/stepped-lane.js";
import { Meters } from "./meters.js";
import { gradient, heat, manifold, scale } from "./plot.js";

/** @import { Track } from "../../ui/static/track.js" */
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

const FAINT = 1e-3; // a gradient that is shorter moves nobody

/** How many gradients have vanished, in words. @param {Float32Array} arrows (n, 2) */
function vanished(arrows) {
  const faint = arrows.reduce((sum, x, i) => sum + (i % 2 || Math.hypot(x, arrows[i + 1]) >= FAINT ? 0 : 1), 0);
  return faint ? `; at ${faint} it has vanished` : "";
}

/** Whether a place is not in the square from -reach to reach. @param {number} x @param {number} y @param {number} reach */
const beyond = (x, y, reach) => Math.max(Math.abs(x), Math.abs(y)) > reach;

/** @extends {SteppedLane<Shown>} */
class Board extends SteppedLane {
  /** @param {Dynamics} painter */
  constructor(painter) {
    const canvas = element("canvas", { class: "toy-canvas", "data-part": "main", role: "img", "aria-label": LABEL });
    const caption = element("p", { class: "caption" });
    const legend = element("div", { class: "toy-legend" });
    legend.innerHTML = LEGEND;
    const main = element("div", { class: "lane-main" }, canvas, legend);
    const meters = new Meters();
    const side = element("div", { class: "lane-side" }, meters.root, caption);
    super(painter, element("div", { class: "lane abreast" }, main, side));
    this.meters = meters;
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

  /**
   * What the training has reported since is on the meters, though the points are those that were there.
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    super.show(track, step);
    this.#measure();
  }

  #measure() {
    const { track, shown, painter } = this;
    if (!track || !shown) return;
    const ink = color(painter.lanes.indexOf(this) > 0 ? "--second" : "--accent");
    this.meters.paint(track, shown.words.step, ink, shown.words);
  }

  paint() {
    if (!this.shown) return;
    this.#measure();
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
    const outside = fake.reduce((sum, _, i) => sum + (i % 2 ? 0 : Number(beyond(fake[i], fake[i + 1], reach))), 0);
    const lost = outside ? ` ${outside} generated ones lie outside the picture.` : "";
    const net = words.latent > 2 ? " The net shows the first two dimensions of the noise." : "";
    this.caption.textContent =
      `${this.moment}: ${covered}. ${real.length / 2} real and as many generated points.${lost} The arrows are the ` +
      `generator's negative gradient at ${arrows.length / 2} of them, on a common scale${vanished(arrows)}.${net}`;
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
