// How the probability of each sign changes with each inner step of learning.

import { color } from "../../../ui/static/canvas.js";
import { PALETTE } from "../../../ui/static/colormap.js";

const PAD = 8; // CSS pixels

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[][]} steps of each step the probabilities, in the order of the signs
 * @param {number} shown the step that is looked at
 * @param {number} width
 * @param {number} height
 */
export function curves(context, steps, shown, width, height) {
  const x = (/** @type {number} */ step) => PAD + (step / (steps.length - 1)) * (width - 2 * PAD);
  const y = (/** @type {number} */ share) => height - PAD - share * (height - 2 * PAD);
  context.strokeStyle = color("--line");
  context.lineWidth = 1;
  for (const share of [0, 1]) context.strokeRect(PAD, y(share), width - 2 * PAD, 0);
  context.strokeRect(x(shown), y(1), 0, y(0) - y(1));
  for (const sign of steps[0].keys()) {
    context.strokeStyle = context.fillStyle = PALETTE[sign];
    context.lineWidth = 2;
    context.beginPath();
    for (const [step, shares] of steps.entries()) context.lineTo(x(step), y(shares[sign]));
    context.stroke();
    for (const [step, shares] of steps.entries()) {
      context.beginPath();
      context.arc(x(step), y(shares[sign]), step === shown ? 4 : 2.5, 0, 7);
      context.fill();
    }
  }
}
