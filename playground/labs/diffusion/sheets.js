// The two sheets of a sampling, the noisy pictures x beside the denoised x0, as large as all of them are in sight.

import { at } from "../../ui/static/answer.js";
import { context2d, enlarge, sheet } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";

/** @import { Painter } from "../../ui/static/painter.js" */
/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Tensors
 * @property {Uint8Array<ArrayBuffer>} x the noisy pictures, (frames, pictures, C, H, W)
 * @property {Uint8Array<ArrayBuffer>} x0 the denoised pictures, (frames, pictures, C, H, W)
 * @property {Float32Array} sigmas noise levels, from the beginning of the sampling to its end
 * @property {Int32Array} labels of the classes; none for an unconditional sampling
 * @typedef {"" | "stacked" | "upright"} Arrangement all sheets abreast, pairs below one another, or the sheets of a pair
 * @typedef {{room: number, arrangement: Arrangement}} Layout the side of a sheet, and how they stand
 */

const GAP = 16; // CSS pixels between two sheets
const BAR = 40; // and below all pairs
const WORDS = 24; // and below a sheet; above it as many where there are two pairs

/**
 * The arrangement of a lane's pairs in which they are largest.
 * @param {Painter<any>} painter
 * @param {HTMLElement} lane
 * @param {number} pairs
 * @returns {Layout}
 */
export function layout(painter, lane, pairs) {
  const width = lane.clientWidth + GAP;
  const height = painter.height - BAR;
  const words = pairs > 1 ? 2 * WORDS : WORDS;
  /** @type {[Arrangement, number][]} */
  const rooms = [
    ["stacked", Math.min(width / 2 - GAP, height / pairs - words)],
    ["", Math.min(width / (2 * pairs) - GAP, height - words)],
    ["upright", Math.min(width / pairs - GAP, height / 2 - words)],
  ];
  const [arrangement, room] = rooms.reduce((best, one) => (one[1] > best[1] ? one : best));
  return { room: Math.max(64, room), arrangement };
}

export class Sheets {
  /** @param {boolean} main whether it is the first one of its lane */
  constructor(main) {
    /** @param {string} label @param {Record<string, unknown>} [more] */
    const canvas = (label, more) => element("canvas", { class: "sheet", role: "img", "aria-label": label, ...more });
    this.noisy = canvas("The noisy pictures", main ? { "data-part": "main" } : {});
    this.denoised = canvas("The denoised pictures");
    this.root = element(
      "div",
      { class: "sampling-pair" },
      element("figure", {}, this.noisy, element("figcaption", {}, "x: the noisy pictures")),
      element("figure", {}, this.denoised, element("figcaption", {}, "x0: the denoised pictures")),
    );
  }

  /**
   * @param {Answer<any, Tensors>["tensors"]} tensors
   * @param {number} frame
   * @param {number} room for each sheet
   * @returns {CanvasRenderingContext2D} of the denoised pictures
   */
  paint({ x, x0 }, frame, room) {
    const { denoised, noisy } = this;
    context2d(denoised).clearRect(0, 0, denoised.width, denoised.height); // what was drawn between the pictures
    sheet(noisy, at(x, frame));
    const context = sheet(denoised, at(x0, frame));
    for (const canvas of [noisy, denoised]) enlarge(canvas, Math.min(canvas.width, room), room);
    return context;
  }
}
