// The share of wrong bits by the length of a sequence; lengths of the training are shaded, half of all bits is a guess.

import { color } from "../../../ui/static/canvas.js";
import { ticks } from "../../../ui/static/chart.js";

/** @typedef {{lengths: ArrayLike<number>, wrong: ArrayLike<number>, longest: number}} Curve `longest` in the training */

const [LEFT, RIGHT, TOP, BELOW] = [44, 12, 12, 36]; // CSS pixels around the curve
const GUESS = 0.5;

/**
 * Where lengths and shares stand.
 * @param {Curve} curve
 * @param {number} width
 * @param {number} height
 */
export function placed({ lengths, wrong }, width, height) {
  const [first, last] = [lengths[0], lengths[lengths.length - 1]];
  const high = Math.max(GUESS, ...Array.from(wrong)) * 1.08;
  return {
    first,
    last,
    high,
    x: (/** @type {number} */ length) => LEFT + ((length - first + 0.5) / (last - first + 1)) * (width - LEFT - RIGHT),
    y: (/** @type {number} */ share) => TOP + (1 - share / high) * (height - TOP - BELOW),
  };
}

/**
 * The length that stands at a place.
 * @param {Curve} curve
 * @param {number} width
 * @param {number} left of the place, in CSS pixels
 */
export function lengthAt({ lengths }, width, left) {
  const [first, last] = [lengths[0], lengths[lengths.length - 1]];
  const length = first + Math.floor(((left - LEFT) / (width - LEFT - RIGHT)) * (last - first + 1));
  return Math.max(first, Math.min(last, length));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Curve} curve
 * @param {number} chosen the length on the stage
 */
export function lengthCurve(context, width, height, curve, chosen) {
  const { x, y, first, last, high } = placed(curve, width, height);
  const floor = y(0);
  const half = (x(first + 1) - x(first)) / 2;
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = color("--line");
  context.fillRect(LEFT, TOP, x(Math.min(curve.longest, last)) + half - LEFT, floor - TOP);
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.lineWidth = 1;
  for (const value of [...ticks(0, high, 5).filter((share) => share < GUESS - 0.05), GUESS]) {
    context.strokeStyle = color(value === GUESS ? "--quiet" : "--line");
    context.setLineDash(value === GUESS ? [4, 4] : []);
    context.beginPath();
    context.moveTo(LEFT, Math.round(y(value)) + 0.5);
    context.lineTo(width - RIGHT, Math.round(y(value)) + 0.5);
    context.stroke();
    context.fillStyle = color("--quiet");
    context.fillText(`${Math.round(100 * value)}%`, LEFT - 6, y(value));
  }
  context.setLineDash([]);
  context.textBaseline = "alphabetic";
  context.textAlign = "center";
  for (const length of ticks(first, last, 6)) context.fillText(String(length), x(length), floor + 16);
  context.textAlign = "right";
  context.fillText("length of the sequence", width - RIGHT, height - 4);
  context.strokeStyle = context.fillStyle = color("--accent");
  context.lineWidth = 2;
  context.beginPath();
  for (let i = 0; i < curve.lengths.length; i++) context.lineTo(x(curve.lengths[i]), y(curve.wrong[i]));
  context.stroke();
  for (let i = 0; i < curve.lengths.length; i++) {
    context.beginPath();
    context.arc(x(curve.lengths[i]), y(curve.wrong[i]), 2.5, 0, 7);
    context.fill();
  }
  if (chosen < first || chosen > last) return;
  context.strokeStyle = color("--ink");
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x(chosen), TOP - 4);
  context.lineTo(x(chosen), floor);
  context.stroke();
}
