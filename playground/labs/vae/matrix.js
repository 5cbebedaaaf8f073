// What each dimension of a code tells of each factor, as a picture: a row a dimension, a column a factor.

import { color, draw } from "../../ui/static/canvas.js";
import { viridis } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";

/** @import { Tensor } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Told
 * @property {Tensor<Float32Array>} shares (D, F), mutual information over the factor's entropy
 * @property {Tensor<Int32Array>} held (D, F), 1 where a dimension holds a factor
 * @property {Tensor<Int32Array>} active (D,)
 * @property {Tensor<Float32Array>} gaps (F,)
 */

const [LEFT, BELOW, LINE] = [36, 28, 20]; // CSS pixels around the cells, and of a line above them
const [WIDE, TALL, LOW] = [80, 44, 8]; // of a cell, at the most and at the least
const [NUMBER_WIDE, NUMBER_TALL] = [26, 15]; // of one that has room for its number
const TILT = Math.PI / 4; // of names that are wider than their column
const BRIGHT = 0.6; // cells above it have dark numbers

/** A share as cells say it: ".43". @param {number} value */
export const brief = (value) => value.toFixed(2).replace(/^0/, "");

/** The dimensions' rows and the factors' columns. */
export class Matrix {
  constructor() {
    const label =
      "The mutual information of each dimension with each factor; the sliders bear the names of the largest";
    this.canvas = element("canvas", { class: "factor-matrix", "data-part": "main", role: "img", "aria-label": label });
    const scale = [element("b", {}, "0"), element("i"), element("b", {}, "1: tells all of the factor")];
    this.root = element("div", { class: "lane-main" }, this.canvas, element("div", { class: "scale" }, ...scale));
  }

  /**
   * @param {Told} told
   * @param {string[]} names of the factors
   * @param {number} height that is in sight
   */
  paint({ shares, held, active, gaps }, names, height) {
    const [dimensions, factors] = shares.shape;
    const { canvas, root } = this;
    const wide = Math.min(WIDE, Math.floor((root.clientWidth - LEFT - LINE) / factors));
    const tilted = Math.max(...names.map((name) => name.length)) * 7 > wide;
    const top = tilted ? Math.max(...names.map((name) => name.length)) * 5 + LINE : LINE + 4;
    const tall = Math.max(LOW, Math.min(TALL, Math.floor((height - top - BELOW - LINE) / dimensions)));
    const over = tilted ? LINE + 24 : LINE; // names lean out to the right
    canvas.style.width = `${Math.min(root.clientWidth, LEFT + factors * wide + over)}px`;
    canvas.style.height = `${top + dimensions * tall + BELOW}px`;
    draw(canvas, (context) => {
      context.font = "12px system-ui, sans-serif";
      context.textBaseline = "middle";
      context.fillStyle = color("--ink");
      for (const [f, name] of names.entries()) heading(context, name, LEFT + (f + 0.5) * wide, top - 10, tilted);
      const every = Math.ceil(13 / tall); // names that do not run into each other
      for (let d = 0; d < dimensions; d++) {
        const y = top + d * tall;
        context.textAlign = "right";
        context.fillStyle = color(active.data[d] ? "--ink" : "--quiet");
        context.globalAlpha = active.data[d] ? 1 : 0.6;
        if (d % every === 0) context.fillText(`z${d + 1}`, LEFT - 8, y + tall / 2);
        context.globalAlpha = 1;
        context.textAlign = "center";
        for (let f = 0; f < factors; f++) {
          const share = shares.data[d * factors + f];
          const x = LEFT + f * wide;
          context.fillStyle = `rgb(${viridis(share)})`;
          context.fillRect(x, y, wide - 1, tall - 1);
          if (wide < NUMBER_WIDE || tall < NUMBER_TALL) continue;
          context.fillStyle = share > BRIGHT ? "#000" : "#fff";
          context.fillText(brief(share), x + (wide - 1) / 2, y + (tall - 1) / 2);
        }
      }
      context.strokeStyle = color("--second");
      context.lineWidth = 2;
      for (let i = 0; i < held.data.length; i++) {
        const [x, y] = [LEFT + (i % factors) * wide, top + Math.floor(i / factors) * tall];
        if (held.data[i]) context.strokeRect(x, y, wide - 1, tall - 1);
      }
      const y = top + dimensions * tall + BELOW / 2;
      context.fillStyle = color("--quiet");
      context.textAlign = "right";
      context.fillText("gap", LEFT - 8, y);
      context.textAlign = "center";
      context.fillStyle = color("--ink");
      for (let f = 0; f < factors; f++) context.fillText(brief(gaps.data[f]), LEFT + (f + 0.5) * wide, y);
    });
  }
}

/**
 * The name of a column.
 * @param {CanvasRenderingContext2D} context
 * @param {string} name
 * @param {number} x its middle
 * @param {number} y
 * @param {boolean} tilted
 */
function heading(context, name, x, y, tilted) {
  context.save();
  context.translate(x, y);
  if (tilted) context.rotate(-TILT);
  context.textAlign = tilted ? "left" : "center";
  context.fillText(name, 0, 0);
  context.restore();
}
