// Accuracy over the steps of a training: a curve for each network, and its name at the end.

import { color } from "../../../ui/static/canvas.js";
import { ticks } from "../../../ui/static/chart.js";
import { count, percent } from "../../../ui/static/format.js";

/** @typedef {{name: string, ink: string, dashed: boolean, values: number[]}} Curve a value a round, from the start on */

const [LEFT, RIGHT, TOP, BELOW] = [48, 76, 12, 40]; // CSS pixels around the curves
const LINE = 14; // between two names

/**
 * Where rounds and accuracies stand.
 * @param {Curve[]} curves
 * @param {number} rounds
 * @param {number} width
 * @param {number} height
 */
export function placed(curves, rounds, width, height) {
  const all = curves.flatMap(({ values }) => values);
  const [low, high] = [Math.min(...all, 1), Math.max(...all, 0)];
  const margin = Math.max(0.02, 0.06 * (high - low));
  const [bottom, top] = [low - margin, high + margin];
  return {
    bottom,
    top,
    x: (/** @type {number} */ round) => LEFT + (round / rounds) * (width - LEFT - RIGHT),
    y: (/** @type {number} */ share) => TOP + (1 - (share - bottom) / (top - bottom)) * (height - TOP - BELOW),
  };
}

/**
 * The heights of names beside their curves' ends: in the order of these, and none over another.
 * @param {number[]} heights
 * @param {number} lowest
 */
export function apart(heights, lowest) {
  const order = [...heights.keys()].sort((a, b) => heights[a] - heights[b]);
  const found = [...heights];
  for (const [k, i] of order.entries()) if (k) found[i] = Math.max(found[i], found[order[k - 1]] + LINE);
  let most = lowest;
  for (const i of order.reverse()) {
    found[i] = Math.min(found[i], most);
    most = found[i] - LINE;
  }
  return found;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {{curves: Curve[], rounds: number, steps: number, round: number}} scene steps of a round; the one looked at
 */
export function ticketCurve(context, width, height, { curves, rounds, steps, round }) {
  const { x, y, bottom, top } = placed(curves, rounds, width, height);
  const floor = height - BELOW;
  context.font = "12px system-ui, sans-serif";
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.strokeStyle = color("--line");
  context.fillStyle = color("--quiet");
  for (const value of ticks(bottom, top, 6)) {
    context.strokeRect(LEFT, Math.round(y(value)) + 0.5, width - LEFT - RIGHT, 0);
    context.fillText(percent(value), LEFT - 6, y(value));
  }
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const step of ticks(0, rounds * steps, 5)) context.fillText(count(step), x(step / steps), floor + 18);
  context.textAlign = "right";
  context.fillText("steps of training from there", width - RIGHT, height - 4);
  context.strokeStyle = color("--quiet");
  context.beginPath();
  context.moveTo(x(round), TOP);
  context.lineTo(x(round), floor);
  context.stroke();
  context.textAlign = "left";
  context.textBaseline = "middle";
  const last = curves.map(({ values }) => y(values[values.length - 1]));
  const names = apart(last, floor);
  for (const [i, { name, ink, dashed, values }] of curves.entries()) {
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 2;
    context.setLineDash(dashed ? [5, 4] : []);
    context.beginPath();
    for (const [at, value] of values.entries()) context.lineTo(x(at), y(value));
    context.stroke();
    context.setLineDash([]);
    for (const [at, value] of values.entries()) {
      context.beginPath();
      context.arc(x(at), y(value), at === round ? 4.5 : 2.5, 0, 7);
      context.fill();
    }
    context.fillText(name, x(values.length - 1) + 10, names[i]);
  }
}

/**
 * The round that stands at a place.
 * @param {number} rounds
 * @param {number} width
 * @param {number} left of the place
 */
export function roundAt(rounds, width, left) {
  const round = Math.round(((left - LEFT) / (width - LEFT - RIGHT)) * rounds);
  return Math.max(0, Math.min(rounds, round));
}
