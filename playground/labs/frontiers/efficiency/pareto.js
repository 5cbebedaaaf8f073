// Accuracy against a cost: a line of dots for each way to compress, and where networks stand.

import { color } from "../../../ui/static/canvas.js";
import { ticks } from "../../../ui/static/chart.js";
import { percent } from "../../../ui/static/format.js";
import { front, known } from "../../../ui/static/front.js";

/** @import { Point } from "../../../ui/static/front.js" */

/**
 * @typedef {"circle" | "square" | "diamond" | "triangle"} Shape
 * @typedef {{points: Point[], values: number[], name: string, ink: string, shape: Shape}} Line of dots, each of a value
 * @typedef {Point & {name: string}} Mark a network that is named, the one on the stage where that is empty
 * @typedef {{left: number, right: number, bottom: number, top: number}} Limits
 */

const [LEFT, RIGHT, TOP, BELOW] = [48, 16, 24, 40]; // CSS pixels around the dots
const LEAST = 52; // between two costs below the axis
const REACH = 24; // within which a dot is meant
const R = 4; // of a dot

/** A size in few letters. @param {number} bytes */
export const kilobytes = (bytes) =>
  bytes >= 1e6 ? `${Number((bytes / 1e6).toPrecision(3))} MB` : `${Number((bytes / 1e3).toPrecision(3))} kB`;

/**
 * What points lie within.
 * @param {Point[]} points
 * @returns {Limits | null} nothing where there is none
 */
export function limits(points) {
  const there = points.filter(known);
  if (!there.length) return null;
  const [costs, levels] = [there.map(({ x }) => x), there.map(({ y }) => y)];
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const margin = Math.max(0.02, 0.08 * (high - low));
  return { left: Math.min(...costs), right: Math.max(...costs), bottom: low - margin, top: high + margin };
}

/**
 * Where costs and accuracies stand; every doubling of a cost is as long.
 * @param {Limits} limits
 * @param {number} width
 * @param {number} height
 */
export function placed({ left, right, bottom, top }, width, height) {
  return {
    x: (/** @type {number} */ cost) =>
      LEFT + 8 + (Math.log(cost / left) / (Math.log(right / left) || 1)) * (width - LEFT - RIGHT - 16),
    y: (/** @type {number} */ share) => TOP + (1 - (share - bottom) / (top - bottom)) * (height - TOP - BELOW),
  };
}

/**
 * Costs that have a number below the axis: round ones, at every doubling or so.
 * @param {number} left
 * @param {number} right
 */
export function rounds(left, right) {
  const found = [];
  for (let power = 10 ** Math.floor(Math.log10(left)); power <= right; power *= 10) {
    for (const digit of [1, 1.5, 2, 3, 5, 7])
      if (digit * power >= left && digit * power <= right) found.push(digit * power);
  }
  return found.length > 1 ? found : [left, right];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Limits} limits
 * @param {{lines: Line[], marks: Mark[], across: string, format: (cost: number) => string}} scene
 */
export function pareto(context, width, height, limits, { lines, marks, across, format }) {
  const { x, y } = placed(limits, width, height);
  axes(context, width, height, limits, across, format);
  const all = lines.flatMap(({ points }) => points);
  const best = front(all).map((i) => all[i]);
  context.strokeStyle = color("--line");
  context.lineWidth = 8;
  context.lineCap = context.lineJoin = "round";
  trace(context, best, x, y);
  for (const { points, ink, shape } of lines) {
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 1.5;
    trace(context, points, x, y);
    for (const point of points.filter(known)) dot(context, shape, x(point.x), y(point.y));
  }
  context.strokeStyle = context.fillStyle = color("--ink");
  context.lineWidth = 2;
  for (const [i, mark] of marks.filter(known).entries()) named(context, x(mark.x), y(mark.y), width, mark.name, i);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} points
 * @param {(cost: number) => number} x
 * @param {(share: number) => number} y
 */
function trace(context, points, x, y) {
  context.beginPath();
  for (const point of points.filter(known)) context.lineTo(x(point.x), y(point.y));
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Limits} limits
 * @param {string} across
 * @param {(cost: number) => string} format
 */
function axes(context, width, height, { left, right, bottom, top }, across, format) {
  const { x, y } = placed({ left, right, bottom, top }, width, height);
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
  context.fillText(across, width - RIGHT, height - 4);
  context.textAlign = "center";
  let free = Number.NEGATIVE_INFINITY;
  for (const cost of rounds(left, right)) {
    if (x(cost) < free) continue;
    context.fillText(format(cost), x(cost), height - BELOW + 18);
    free = x(cost) + LEAST;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Shape} shape
 * @param {number} x
 * @param {number} y
 */
function dot(context, shape, x, y) {
  context.beginPath();
  if (shape === "circle") context.arc(x, y, R, 0, 7);
  else if (shape === "square") context.rect(x - R + 0.5, y - R + 0.5, 2 * R - 1, 2 * R - 1);
  else {
    const corners = shape === "diamond" ? 4 : 3;
    for (let i = 0; i < corners; i++) {
      const angle = (2 * Math.PI * i) / corners - Math.PI / 2;
      context.lineTo(x + 1.3 * R * Math.cos(angle), y + 1.3 * R * Math.sin(angle));
    }
  }
  context.fill();
}

/**
 * A ring around the network on the stage, a cross for others.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {string} name
 * @param {number} i the first has its name above it, others have it below
 */
function named(context, x, y, width, name, i) {
  context.beginPath();
  if (!name) {
    context.arc(x, y, 8, 0, 7);
    context.stroke();
    return;
  }
  for (const side of [-1, 1]) {
    context.moveTo(x - 4, y - 4 * side);
    context.lineTo(x + 4, y + 4 * side);
  }
  context.stroke();
  const beyond = x + 10 + context.measureText(name).width > width - RIGHT;
  context.textAlign = beyond ? "right" : "left";
  context.fillText(name, beyond ? x - 8 : x + 8, i ? y + 16 : y - 8);
}

/**
 * The dot that is meant by a place of the canvas.
 * @param {Line[]} lines
 * @param {Limits} limits
 * @param {number} width
 * @param {number} height
 * @param {number} across of the place
 * @param {number} down
 * @returns {{line: Line, i: number} | null}
 */
export function nearest(lines, limits, width, height, across, down) {
  const { x, y } = placed(limits, width, height);
  /** @type {{line: Line, i: number} | null} */
  let best = null;
  let far = REACH;
  for (const line of lines) {
    for (const [i, point] of line.points.entries()) {
      const distance = known(point) ? Math.hypot(x(point.x) - across, y(point.y) - down) : far;
      if (distance < far) [best, far] = [{ line, i }, distance];
    }
  }
  return best;
}
