// Accuracy against arithmetic: a dot for each rate of merging.

import { color } from "../../ui/static/canvas.js";
import { ticks } from "../../ui/static/chart.js";
import { percent } from "../../ui/static/format.js";

/** @typedef {{rates: {data: Int32Array}, accuracy: {data: Float32Array}, shares: {data: Float32Array}}} Tensors (R,) */

const [LEFT, RIGHT, TOP, BELOW] = [48, 16, 24, 36]; // CSS pixels around the dots

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Tensors} tensors
 * @param {number} chosen the rate on the stage
 */
export function tradeoff(context, width, height, { rates, accuracy, shares }, chosen) {
  const x = placed(shares.data, width);
  const [low, high] = [Math.min(...accuracy.data), Math.max(...accuracy.data)];
  const margin = Math.max(0.02, 0.1 * (high - low));
  const [bottom, top] = [low - margin, high + margin];
  const y = (/** @type {number} */ value) => TOP + (1 - (value - bottom) / (top - bottom)) * (height - TOP - BELOW);
  context.font = "12px system-ui, sans-serif";
  context.strokeStyle = color("--line");
  context.fillStyle = color("--quiet");
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks(bottom, top, 3)) {
    context.strokeRect(LEFT, Math.round(y(value)) + 0.5, width - LEFT - RIGHT, 0);
    context.fillText(percent(value), LEFT - 6, y(value));
  }
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText("accuracy", LEFT, TOP - 10);
  context.textAlign = "right";
  context.fillText("arithmetic", width - RIGHT, height - 4);
  context.textAlign = "center";
  let free = Number.POSITIVE_INFINITY;
  for (const share of shares.data) {
    if (x(share) > free) continue;
    context.fillText(percent(share), x(share), height - BELOW + 16);
    free = x(share) - 44;
  }
  const ink = color("--accent");
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  for (const [i, share] of shares.data.entries()) context.lineTo(x(share), y(accuracy.data[i]));
  context.stroke();
  for (const [i, share] of shares.data.entries()) {
    context.beginPath();
    context.arc(x(share), y(accuracy.data[i]), rates.data[i] === chosen ? 6 : 3.5, 0, 7);
    context.fill();
  }
}

/**
 * The rate whose dot is nearest to a place.
 * @param {Tensors} tensors
 * @param {number} width of the canvas, in CSS pixels
 * @param {number} place from its left edge
 */
export function nearest({ rates, shares }, width, place) {
  const x = placed(shares.data, width);
  const far = [...shares.data].map((share) => Math.abs(x(share) - place));
  return rates.data[far.indexOf(Math.min(...far))];
}

/**
 * Where a share of the arithmetic lies.
 * @param {Float32Array} shares
 * @param {number} width
 */
function placed(shares, width) {
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return (/** @type {number} */ share) =>
    LEFT + 8 + ((share - least) / (most - least || 1)) * (width - LEFT - RIGHT - 16);
}
