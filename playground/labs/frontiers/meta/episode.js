// The drawings of an episode in rows, each in a frame of the color of the sign that it is taken for.

import { at } from "../../../ui/static/answer.js";
import { color, tile } from "../../../ui/static/canvas.js";
import { PALETTE } from "../../../ui/static/colormap.js";

/** @import { Tensor } from "../../../ui/static/types.d.ts" */

/** The place of the largest of some numbers, the first one of equals. @param {number[]} values */
export const best = (values) => values.indexOf(Math.max(...values));

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Tensor<Uint8Array<ArrayBuffer>>} drawings (ways, Q, C, H, W)
 * @param {Tensor<Float32Array>} said (ways, Q, ways), the probability of each sign
 * @param {{side: number, gap: number, frame: number}} look in CSS pixels
 */
export function board(context, drawings, said, { side, gap, frame }) {
  const [ways, each] = drawings.shape;
  for (let row = 0; row < ways; row++) {
    for (let column = 0; column < each; column++) {
      const [x, y] = [column * (side + gap), row * (side + gap)];
      const taken = best([...at(at(said, row), column).data]);
      context.fillStyle = PALETTE[taken];
      context.fillRect(x, y, side, side);
      tile(context, at(at(drawings, row), column), x + frame, y + frame, side - 2 * frame);
      if (taken !== row) cross(context, x + side - frame, y + frame, side / 4);
    }
  }
}

/**
 * How many drawings are taken for the sign that they are.
 * @param {Tensor<Float32Array>} said (ways, Q, ways)
 */
export function recognized(said) {
  const [ways, each] = said.shape;
  const places = Array.from({ length: ways * each }, (_, i) => [Math.floor(i / each), i % each]);
  return places.filter(([row, column]) => best([...at(at(said, row), column).data]) === row).length;
}

/** Marks a drawing that is taken for another sign, in its upper right corner. */
function cross(
  /** @type {CanvasRenderingContext2D} */ context,
  /** @type {number} */ right,
  /** @type {number} */ top,
  /** @type {number} */ size,
) {
  context.fillStyle = color("--ground");
  context.fillRect(right - size, top, size, size);
  context.strokeStyle = color("--ink");
  context.lineWidth = 2;
  context.beginPath();
  const [near, far] = [size * 0.25, size * 0.75];
  context.moveTo(right - size + near, top + near);
  context.lineTo(right - size + far, top + far);
  context.moveTo(right - size + near, top + far);
  context.lineTo(right - size + far, top + near);
  context.stroke();
}
