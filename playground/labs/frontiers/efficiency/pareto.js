// Accuracy against size: two curves of dots, and where the network on the stage stands.

import { color } from "../../../ui/static/canvas.js";
import { ticks } from "../../../ui/static/chart.js";
import { percent } from "../../../ui/static/format.js";

/**
 * @typedef {{sizes: Int32Array, accuracy: Float32Array, values: number[], name: string, ink: string}} Curve dots, each of
 *   a value of the option `name`
 * @typedef {{size: number, accuracy: number}} Dot
 */

const [LEFT, RIGHT, TOP, BELOW] = [48, 16, 24, 40]; // CSS pixels around the dots
const LEAST = 52; // between two sizes below the axis

/** A size in few letters. @param {number} bytes */
export const kilobytes = (bytes) =>
  bytes >= 1e6 ? `${Number((bytes / 1e6).toPrecision(3))} MB` : `${Number((bytes / 1e3).toPrecision(3))} kB`;

/**
 * Where sizes and accuracies stand; every doubling of a size is as long.
 * @param {Curve[]} curves
 * @param {number} width
 * @param {number} height
 */
export function placed(curves, width, height) {
  const sizes = curves.flatMap((curve) => [...curve.sizes]);
  const [small, large] = [Math.min(...sizes), Math.max(...sizes)];
  const levels = curves.flatMap((curve) => [...curve.accuracy]);
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const margin = Math.max(0.02, 0.08 * (high - low));
  const [bottom, top] = [low - margin, high + margin];
  return {
    bottom,
    top,
    x: (/** @type {number} */ size) =>
      LEFT + 8 + (Math.log(size / small) / (Math.log(large / small) || 1)) * (width - LEFT - RIGHT - 16),
    y: (/** @type {number} */ share) => TOP + (1 - (share - bottom) / (top - bottom)) * (height - TOP - BELOW),
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Curve[]} curves
 * @param {Dot} chosen
 */
export function pareto(context, width, height, curves, chosen) {
  const { x, y, bottom, top } = placed(curves, width, height);
  context.font = "12px system-ui, sans-serif";
  context.strokeStyle = color("--line");
  context.fillStyle = color("--quiet");
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks(bottom, top, 6)) {
    context.strokeRect(LEFT, Math.round(y(value)) + 0.5, width - LEFT - RIGHT, 0);
    context.fillText(percent(value), LEFT - 6, y(value));
  }
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText("Accuracy", LEFT, TOP - 10);
  context.textAlign = "right";
  context.fillText("size of all parameters", width - RIGHT, height - 4);
  context.textAlign = "center";
  let free = Number.NEGATIVE_INFINITY;
  for (const size of curves.flatMap((curve) => [...curve.sizes]).sort((one, other) => one - other)) {
    if (x(size) < free) continue;
    context.fillText(kilobytes(size), x(size), height - BELOW + 18);
    free = x(size) + LEAST;
  }
  for (const { sizes, accuracy, ink } of curves) {
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 2;
    context.beginPath();
    for (const [i, size] of sizes.entries()) context.lineTo(x(size), y(accuracy[i]));
    context.stroke();
    for (const [i, size] of sizes.entries()) {
      context.beginPath();
      context.arc(x(size), y(accuracy[i]), 3.5, 0, 7);
      context.fill();
    }
  }
  context.strokeStyle = color("--ink");
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x(chosen.size), y(chosen.accuracy), 7, 0, 7);
  context.stroke();
}

/**
 * The dot that is nearest to a place of the canvas.
 * @param {Curve[]} curves
 * @param {number} width
 * @param {number} height
 * @param {number} left of the place
 * @param {number} down
 * @returns {{name: string, value: number}}
 */
export function nearest(curves, width, height, left, down) {
  const { x, y } = placed(curves, width, height);
  const dots = curves.flatMap(({ sizes, accuracy, values, name }) =>
    values.map((value, i) => ({ name, value, far: Math.hypot(x(sizes[i]) - left, y(accuracy[i]) - down) })),
  );
  const { name, value } = dots.reduce((best, dot) => (dot.far < best.far ? dot : best));
  return { name, value };
}
