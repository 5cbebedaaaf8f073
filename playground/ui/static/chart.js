// Curves over training steps. Steps stand on a logarithmic axis, as the snapshots do: most happens early.

import { color } from "./canvas.js";

/** @import { Point } from "./types.d.ts" */

/** @import { Curve } from "./track.js" */

/**
 * @typedef {object} Line
 * @property {Curve[]} curves of a vector several, the later ones paler
 * @property {number[]} frames steps that a tick stands at
 * @property {number[]} marks steps that are worth a look
 * @property {number} step where we are
 * @property {string} ink
 */

export const [LEFT, RIGHT] = [48, 12];
const TOP = 8;
const PALER = 0.7; // how much of its ink the last curve of a long vector lacks
const LOW = 56; // CSS pixels: a chart that is lower has no numbers at its steps
/** Room for the numbers. @param {number} height */
const bottom = (height) => (height < LOW ? 6 : 18);
const MARKS = [0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/**
 * Round numbers, at most about `most` of them, from low to high; more where the range would else have none.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
export function ticks(low, high, most) {
  const rough = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const length = Math.floor(high / step + 1e-9) - first + 1;
  if (length < 1 && low < high) return ticks(low, high, 2 * most);
  return Array.from({ length }, (_, i) => (first + i) * step);
}

/**
 * Low and high of the values with a margin; the highest fiftieth, as the first wild steps have it, does not count.
 * @param {Line[]} lines
 */
export function range(lines) {
  const curves = lines.flatMap((line) => line.curves);
  const values = curves.flatMap(({ train, test }) => [...train, ...test]).map(([, y]) => y);
  const ends = curves.flatMap(({ end }) => (end && Number.isFinite(end[1]) ? [end[1]] : []));
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) return [0, 1];
  const low = Math.min(sorted[0], ...ends);
  const high = Math.max(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.98))], ...ends);
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - margin, high + margin];
}

/**
 * The mean of all points that fall on the same three pixels: a thousand steps lie close together on the right.
 * @param {Point[]} points
 * @param {(step: number) => number} x
 */
export function thinned(points, x) {
  /** @type {Map<number, [number, number, number]>} */
  const bins = new Map();
  for (const [step, value] of points) {
    const at = x(step);
    const bin = Math.round(at / 3);
    const [left, sum, n] = bins.get(bin) ?? [0, 0, 0];
    bins.set(bin, [left + at, sum + value, n + 1]);
  }
  return [...bins.values()].map(([left, sum, n]) => [left / n, sum / n]);
}

/**
 * Where steps lie on a logarithmic axis that begins with the first one that there is: a branch does not begin at 0.
 * @param {number} first
 * @param {number} last
 * @param {number} width in CSS pixels, margins included
 * @returns {(step: number) => number}
 */
export function axis(first, last, width) {
  const whole = Math.log1p(Math.max(1, last - first));
  return (step) => LEFT + (Math.log1p(Math.max(0, step - first)) / whole) * (width - LEFT - RIGHT);
}

/**
 * Draws curves, their axes, a tick at each frame, a dot where it was evaluated, a ring where that was on
 * more examples at the end, and a triangle at each mark.
 * @param {CanvasRenderingContext2D} context
 * @param {object} what
 * @param {number} what.width in CSS pixels
 * @param {number} what.height in CSS pixels
 * @param {Line[]} what.lines
 * @param {number} what.first the axis begins with it
 * @param {number} what.last the axis ends with it
 * @param {(value: number) => string} what.format
 * @param {boolean} [what.ended] whether no curve will come any more
 * @returns {(step: number) => number} where a step lies
 */
export function chart(context, { width, height, lines, first, last, format, ended = false }) {
  const x = axis(first, last, width);
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = color("--quiet");
  if (!lines.some(({ curves }) => curves.some(({ points }) => points.length))) {
    context.textAlign = "center";
    const words = ended ? "This run ended before its first step." : "The curve begins with the first step.";
    context.fillText(words, width / 2, height / 2);
    return x;
  }
  const below = bottom(height);
  const [low, high] = range(lines);
  /** @param {number} value */
  const y = (value) => TOP + (1 - (value - low) / (high - low)) * (height - TOP - below);

  context.lineWidth = 1;
  context.strokeStyle = color("--line");
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks(low, high, height > 120 ? 4 : height < LOW ? 1 : 2)) {
    context.beginPath();
    context.moveTo(LEFT, y(value));
    context.lineTo(width - RIGHT, y(value));
    context.stroke();
    context.fillText(format(value), LEFT - 6, y(value));
  }
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  let free = -Infinity;
  for (const mark of MARKS.map((far) => first + far)) {
    if (height < LOW || mark > last || x(mark) < free) continue;
    context.fillText(mark.toLocaleString("en-US"), x(mark), height - 5);
    free = x(mark) + 40;
  }

  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT - RIGHT + 6, height - below + 4);
  context.clip();
  for (const { curves, frames, ink } of lines) {
    context.strokeStyle = context.fillStyle = ink;
    for (const [i, { train, test, end }] of curves.entries()) {
      const alpha = 1 - (PALER * i) / curves.length;
      context.globalAlpha = test.length > 1 ? alpha / 2 : alpha;
      context.lineWidth = 1;
      context.beginPath();
      for (const [left, value] of thinned(train, x)) context.lineTo(left, y(value));
      context.stroke();
      context.globalAlpha = alpha;
      context.lineWidth = 1.5;
      context.beginPath();
      for (const [left, value] of thinned(test, x)) context.lineTo(left, y(value));
      context.stroke();
      for (const [at, value] of test) {
        if (!frames.includes(at)) continue;
        context.beginPath();
        context.arc(x(at), y(value), 2.5, 0, 7);
        context.fill();
      }
      if (!end) continue;
      context.beginPath();
      context.arc(x(end[0]), y(end[1]), 3.5, 0, 7);
      context.stroke();
    }
  }
  context.restore();

  for (const [i, { frames, marks, ink }] of lines.entries()) {
    context.strokeStyle = context.fillStyle = lines.length > 1 ? ink : color("--ink");
    context.globalAlpha = 0.4;
    context.lineWidth = 1;
    context.beginPath();
    for (const frame of frames) {
      context.moveTo(x(frame), height - below - 6 + 3 * i);
      context.lineTo(x(frame), height - below + 3 * i);
    }
    context.stroke();
    context.globalAlpha = 1;
    for (const mark of marks) {
      context.beginPath();
      context.moveTo(x(mark), TOP + 2);
      context.lineTo(x(mark) - 4, TOP - 5);
      context.lineTo(x(mark) + 4, TOP - 5);
      context.fill();
    }
  }
  return x;
}

/**
 * Draws where we are, the first run's place above the others'.
 * @param {CanvasRenderingContext2D} context
 * @param {Line[]} lines
 * @param {(step: number) => number} x where a step lies
 * @param {number} height
 */
export function playheads(context, lines, x, height) {
  for (const { step, ink } of lines.filter(({ frames }) => frames.length).reverse()) {
    context.strokeStyle = context.fillStyle = lines.length > 1 ? ink : color("--ink");
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x(step), TOP - 4);
    context.lineTo(x(step), height);
    context.stroke();
    context.beginPath();
    context.arc(x(step), TOP - 2, 4, 0, 7);
    context.fill();
  }
}
