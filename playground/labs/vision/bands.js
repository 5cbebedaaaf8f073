// Curves with the intervals that they lie in, on an axis whose every tenfold is as long.

import { color, draw } from "../../ui/static/canvas.js";
import { ticks } from "../../ui/static/chart.js";
import { PALETTE } from "../../ui/static/colormap.js";

/**
 * @typedef {{x: number[], mean: number[], low: (number | null)[], high: (number | null)[]}} Band
 * @typedef {object} Arm
 * @property {string} name
 * @property {string} recipe
 * @property {number} parameters
 * @property {number | null} flops of one forward pass of one example
 * @property {string} sheet what it generates, a WebP file in base64, or nothing
 * @property {number} line its curve's number
 * @property {{mean: number, low: number | null, high: number | null} | null} final
 * @property {number[]} values what each seed reached
 * @property {{run: string, seed: number, state: string}[]} runs
 * @property {number | null} seconds
 * @property {number | null} watt_hours estimated
 * @property {number | null} images
 * @property {number} n
 */

const [LEFT, RIGHT, TOP, BELOW] = [56, 12, 24, 40]; // CSS pixels around the curves
const DOTS = 12; // a curve of as many places or fewer shows them
const LEAST = 44; // between two numbers below the axis

/** The color of an arm. @param {number} i */
export const ink = (i) => PALETTE[i % PALETTE.length];

/** A number of examples or seconds, in few letters. @param {number} value */
export const brief = (value) =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : String(Number(value.toPrecision(2)));

/**
 * 1, 2 and 5 times each power of ten from low to high.
 * @param {number} low above 0
 * @param {number} high
 */
export function decades(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const factor of [1, 2, 5]) {
      const value = Number((factor * 10 ** power).toPrecision(1));
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {(Band | null)[]} curves
 * @param {{tell: (value: number) => string, along: string, name: string, at: number | null}} words how a value is told,
 *   what the axis is, what is compared, and where a line stands
 */
export function bands(canvas, curves, { tell, along, name, at }) {
  const known = /** @type {Band[]} */ (curves.filter((curve) => curve));
  draw(canvas, (context, width, height) => {
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = color("--quiet");
    if (!known.length) return context.fillText("There are no curves yet.", LEFT, height / 2);
    const xs = known.flatMap(({ x }) => [x[0], x[x.length - 1]]);
    const [first, last] = [Math.max(1e-3, Math.min(...xs)), Math.max(...xs)];
    const ys = known.flatMap(({ mean, low, high }) => [...mean, ...low, ...high]).filter((value) => value !== null);
    const margin = 0.05 * (Math.max(...ys) - Math.min(...ys) || 1);
    const [bottom, top] = [Math.min(...ys) - margin, Math.max(...ys) + margin];
    const x = (/** @type {number} */ value) =>
      LEFT + (Math.log(Math.max(first, value) / first) / Math.log(last / first)) * (width - LEFT - RIGHT);
    const y = (/** @type {number} */ value) => TOP + (1 - (value - bottom) / (top - bottom)) * (height - TOP - BELOW);
    axes(context, { x, y, width, height, first, last, bottom, top, tell });
    context.textAlign = "left";
    context.fillText(name, LEFT, TOP - 10);
    context.textAlign = "right";
    context.fillText(along, width - RIGHT, height - 6);
    if (at !== null && at >= first && at <= last) {
      context.strokeStyle = color("--ink");
      context.lineWidth = 1.5;
      context.strokeRect(x(at), TOP, 0, height - TOP - BELOW);
    }
    for (const [i, curve] of curves.entries()) {
      if (!curve) continue;
      context.fillStyle = context.strokeStyle = ink(i);
      const { low, high } = curve;
      if (low.every((value) => value !== null) && high.every((value) => value !== null)) {
        context.globalAlpha = 0.18;
        context.beginPath();
        for (const [k, at] of curve.x.entries()) context.lineTo(x(at), y(/** @type {number} */ (high[k])));
        for (let k = curve.x.length - 1; k >= 0; k--) context.lineTo(x(curve.x[k]), y(/** @type {number} */ (low[k])));
        context.fill();
        context.globalAlpha = 1;
      }
      context.lineWidth = 2;
      context.lineJoin = "round";
      context.beginPath();
      for (const [k, at] of curve.x.entries()) context.lineTo(x(at), y(curve.mean[k]));
      context.stroke();
      if (curve.x.length > DOTS) continue;
      for (const [k, at] of curve.x.entries()) {
        context.globalAlpha = 1;
        context.fillStyle = ink(i);
        context.beginPath();
        context.arc(x(at), y(curve.mean[k]), 4, 0, 7);
        context.fill();
      }
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{x: (value: number) => number, y: (value: number) => number, width: number, height: number, first: number,
 *   last: number, bottom: number, top: number, tell: (value: number) => string}} plot
 */
function axes(context, { x, y, width, height, first, last, bottom, top, tell }) {
  context.strokeStyle = color("--line");
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of ticks(bottom, top, 5)) {
    context.strokeRect(LEFT, Math.round(y(value)) + 0.5, width - LEFT - RIGHT, 0);
    context.fillText(tell(value), LEFT - 6, y(value));
  }
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  let free = -Infinity;
  for (const value of decades(first, last)) {
    if (x(value) < free) continue;
    context.fillText(brief(value), x(value), height - BELOW + 18);
    free = x(value) + LEAST;
  }
}
