// Walks between two pictures as strips of frames, and below them how far each frame is from the one before.

import { decoded } from "../../ui/static/answer.js";
import { color, context2d, draw, enlarge, resize } from "../../ui/static/canvas.js";
import { PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { count, short } from "../../ui/static/format.js";
import { Painter, Part } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { address } from "../../ui/static/server.js";
import { width, words } from "./beside.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, frames: number, steps: number[][], evenness: number[]}} Words by walk, how far each frame is
 *   from the one before, and the longest of these over their mean
 * @typedef {Answer<Words, {jpeg: Uint8Array<ArrayBuffer>}> & {image: ImageBitmap}} Walks
 */

/** What the server walks, row by row: a name, and what it is. */
const ROWS = [
  ["Straight", "line between two codes"],
  ["Spherical", "walk on a great circle"],
  ["Cross-fade", "of pixels, no code between"],
  ["Analogy", "a − b + c, from a on"],
];
const [GIVEN, LABEL, CHART, AXIS] = [64, 24, 112, 20]; // CSS pixels: a given picture, words above a row, the plot, above it
const LEAST = 24; // and a frame

/** One run's walks. */
class Lane {
  /** @type {Walks | null} */
  #shown = null;

  /** @param {Walk} painter */
  constructor(painter) {
    const prepare = async (/** @type {any} */ answer) => ({ ...answer, image: await decoded(answer.tensors.jpeg) });
    this.painter = painter;
    this.part = /** @type {Part<any, Walks>} */ (new Part(painter, "walk", { cache: painter.cache, prepare }));
    this.rows = ROWS.map(([name, about], i) => {
      const canvas = element("canvas", {
        role: "img",
        "aria-label": `${name}: ${about}`,
        "data-part": i ? null : "main",
      });
      const even = element("b");
      const label = element(
        "span",
        { class: "dotted", style: `--dot:${PALETTE[i]}` },
        element("b", {}, name),
        ` ${about}`,
      );
      return { canvas, even, root: element("figure", { class: "walk-row" }, label, even, canvas) };
    });
    this.chart = element("canvas", { role: "img", class: "walk-chart" });
    this.given = ["a (stage)", "b", "c"].map((name) => ({
      name,
      picture: element("img", { class: "tile", alt: `Picture ${name}` }),
    }));
    this.caption = element("p", { class: "caption" });
    const figures = this.given.map(({ name, picture }) =>
      element("figure", {}, picture, element("figcaption", {}, name)),
    );
    const main = element("div", { class: "lane-main" }, ...this.rows.map(({ root }) => root), this.chart);
    const side = element("div", { class: "lane-side" }, element("div", { class: "pair" }, ...figures), this.caption);
    this.root = element("div", { class: "lane figures" }, main, side);
  }

  /**
   * @param {Track} track
   * @param {number} step
   */
  show(track, step) {
    this.part.ask(track, step, (shown, { run, picture, b, c }) => {
      this.#shown = shown;
      for (const [i, name] of [picture, b, c].entries()) {
        const { picture: image } = this.given[i];
        image.src = address(`/pictures/${name}.png`, { run });
        enlarge(image, track.info.size, GIVEN);
      }
      this.caption.textContent =
        `${track.info.name}, snapshot of step ${count(shown.words.step)}: ${shown.words.frames} frames decoded between ` +
        "posterior means; the cross-fade has the ends of the first two rows. Plotted: root mean square difference in " +
        "brightness (0 to 1) from frame to frame, and above each row its longest step over its mean step.";
      this.paint();
    });
  }

  paint() {
    if (!this.#shown) return;
    const { image, words } = this.#shown;
    const size = image.height / ROWS.length;
    const tall = (this.painter.height - CHART) / ROWS.length - LABEL;
    const room = Math.min(width(this.root) / words.frames, Math.max(LEAST, tall));
    for (const [i, { canvas, even }] of this.rows.entries()) {
      resize(canvas, image.width, size);
      context2d(canvas).drawImage(image, 0, i * size, image.width, size, 0, 0, image.width, size);
      enlarge(canvas, size, room, words.frames);
      even.textContent = `longest ${short(words.evenness[i])} × mean`;
    }
    this.#plot(words);
  }

  /** @param {Words} words */
  #plot({ steps, frames }) {
    const { chart } = this;
    const most = Math.max(...steps.flat());
    chart.style.width = this.rows[0].canvas.style.width;
    chart.style.height = `${CHART}px`;
    chart.setAttribute("aria-label", `Steps from frame to frame, from 0 to ${short(most)}`);
    draw(chart, (context, across, height) => {
      const tile = across / frames;
      const y = (/** @type {number} */ value) => height - 4 - (value / (most || 1)) * (height - AXIS - 8);
      context.strokeStyle = color("--line");
      context.lineWidth = 1;
      for (const value of [0, most]) context.strokeRect(0, y(value), across, 0);
      words(context, "left", "alphabetic");
      context.fillText(`${short(most)} from frame to frame: an even walk is flat`, 0, AXIS - 6);
      context.fillText("0", 0, y(0) - 4);
      for (const [i, row] of steps.entries()) {
        context.strokeStyle = context.fillStyle = PALETTE[i];
        context.lineWidth = 2;
        context.beginPath();
        for (const [k, value] of row.entries()) context.lineTo((k + 1) * tile, y(value));
        context.stroke();
        for (const [k, value] of row.entries()) {
          context.beginPath();
          context.arc((k + 1) * tile, y(value), 3, 0, 7);
          context.fill();
        }
      }
    });
  }
}

/** @extends {Painter<Lane>} */
export default class Walk extends Painter {
  /** @type {Cache<Walks>} */
  cache = new Cache(60);

  lane() {
    return new Lane(this);
  }
}
