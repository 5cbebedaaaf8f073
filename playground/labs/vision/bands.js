// Curves with the intervals that they lie in, on an axis whose every tenfold is as long, as is that of far-spread values.

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

export const [LEFT, TOP, BELOW] = [56, 24, 40]; // CSS pixels around the curves
const RIGHT = 12;
const DOTS = 12; // a curve of as many places or fewer shows them
const LEAST = 44; // between two numbers below the axis
const SPREAD = 10; // values of which one is so many times another stand on a logarithmic axis

/** The color of an arm. @param {number} i */
export const ink = (i) => PALETTE[i % PALETTE.length];

/** A number of examples or seconds, in few letters. @param {number} value */
export const brief = (value) =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : String(Number(value.toPrecision(4)));

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
 * The ends of an axis whose every tenfold is as long: 0, which it has not, stands at half of the least that it has.
 * @param {number[]} places
 * @returns {[first: number, last: number]}
 */
export function ends(places) {
  const least = Math.min(...places.filter((place) => place > 0));
  return [Math.min(...places) > 0 ? least : least / 2, Math.max(...places)];
}

/**
 * The axis of values: where the greatest is many times the least every tenfold is as long, or all that is small would be
 * one line. Of shares what lies near 1 is as telling as what lies near 0.
 * @param {number[]} values
 * @param {boolean} [share]
 * @returns {{bottom: number, top: number, log: boolean}}
 */
export function span(values, share = false) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const log = !share && least > 0 && most >= SPREAD * least;
  const [low, high] = log ? [Math.log(least), Math.log(most)] : [least, most];
  const margin = 0.05 * (high - low || 1);
  const [bottom, top] = [low - margin, high + margin];
  return log ? { bottom: Math.exp(bottom), top: Math.exp(top), log } : { bottom, top, log };
}

/**
 * The stretches of a curve along which there is an interval: a value of one seed alone has none.
 * @param {Pick<Band, "low" | "high">} curve
 * @returns {[number, number][]} from where, and up to where
 */
export function stretches({ low, high }) {
  /** @type {[number, number][]} */
  const found = [];
  for (const [k, value] of low.entries()) {
    if (value === null || high[k] === null) continue;
    const last = found.at(-1);
    if (last?.[1] === k) last[1] = k + 1;
    else found.push([k, k + 1]);
  }
  return found;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {(Band | null)[]} curves at least one
 * @param {{tell: (value: number) => string, along: string, name: string, at: number | null, share: boolean, few?: boolean}}
 *   words how a value is told, what the axis is, what is compared, where a line stands, whether values are shares, and
 *   whether the axis has no other places than those of the curves, as that of a knob
 */
export function bands(canvas, curves, { tell, along, name, at, share, few = false }) {
  const known = /** @type {Band[]} */ (curves.filter((curve) => curve));
  draw(canvas, (context, width, height) => {
    context.font = "12px system-ui, sans-serif";
    const places = [...new Set(known.flatMap((curve) => curve.x))].sort((one, other) => one - other);
    const [first, last] = ends(places);
    const ys = known.flatMap(({ mean, low, high }) => [...mean, ...low, ...high]).filter((value) => value !== null);
    const plot = scales({ first, last, ...span(ys, share), height, end: width - RIGHT });
    const { x, y } = plot;
    axes(context, plot, { tell, along, what: name, marks: few ? places : undefined });
    if (at !== null && at >= first && at <= last) {
      context.strokeStyle = color("--ink");
      context.lineWidth = 1.5;
      context.strokeRect(x(at), TOP, 0, height - TOP - BELOW);
    }
    for (const [i, curve] of curves.entries()) {
      if (!curve) continue;
      context.fillStyle = context.strokeStyle = ink(i);
      context.globalAlpha = 0.18;
      for (const [from, to] of stretches(curve)) {
        context.beginPath();
        for (let k = from; k < to; k++) context.lineTo(x(curve.x[k]), y(/** @type {number} */ (curve.high[k])));
        for (let k = to - 1; k >= from; k--) context.lineTo(x(curve.x[k]), y(/** @type {number} */ (curve.low[k])));
        context.fill();
      }
      context.globalAlpha = 1;
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
 * @typedef {{first: number, last: number, bottom: number, top: number, log?: boolean, height: number, end: number}} Range
 *   the ends of both axes, whether every tenfold of values is as long, and in CSS pixels the height of the canvas and
 *   where the axes end on the right
 * @typedef {Range & {x: (value: number) => number, y: (value: number) => number}} Plot and where values stand
 */

/** The scales. @param {Range} range @returns {Plot} */
export function scales(range) {
  const { first, last, bottom, top, log, height, end } = range;
  const along = log ? Math.log : (/** @type {number} */ value) => value;
  return {
    ...range,
    x: (value) => LEFT + (Math.log(Math.max(first, value) / first) / Math.log(last / first)) * (end - LEFT),
    y: (value) => TOP + (1 - (along(value) - along(bottom)) / (along(top) - along(bottom))) * (height - TOP - BELOW),
  };
}

/**
 * Draws the axes.
 * @param {CanvasRenderingContext2D} context
 * @param {Plot} plot
 * @param {{tell: (value: number) => string, along: string, what: string, marks?: number[]}} words how a value is told, the
 *   axes' names, and what is marked below; 1, 2 and 5 times the powers of ten by default
 */
export function axes(context, { x, y, first, last, bottom, top, log, height, end }, { tell, along, what, marks }) {
  context.strokeStyle = color("--line");
  context.fillStyle = color("--quiet");
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of log ? decades(bottom, top) : ticks(bottom, top, 5)) {
    context.strokeRect(LEFT, Math.round(y(value)) + 0.5, end - LEFT, 0);
    context.fillText(tell(value), LEFT - 6, y(value));
  }
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  let free = -Infinity;
  for (const value of marks ?? decades(first, last)) {
    if (x(value) < free) continue;
    context.fillText(brief(value), x(value), height - BELOW + 18);
    free = x(value) + LEAST;
  }
  context.textAlign = "left";
  context.fillText(what, LEFT, TOP - 10);
  context.textAlign = "right";
  context.fillText(along, end, height - 6);
}
