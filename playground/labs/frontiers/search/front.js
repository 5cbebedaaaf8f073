// Accuracy against a cost: a dot for each cell, and the line of those that no other one beats in both.

import { color } from "../../../ui/static/canvas.js";
import { ticks } from "../../../ui/static/chart.js";
import { percent } from "../../../ui/static/format.js";
import { known } from "../../../ui/static/front.js";

/** @import { Point } from "../../../ui/static/front.js" */

/**
 * @typedef {{left: number, right: number, bottom: number, top: number}} Bounds
 * @typedef {Point & {shape: "diamond" | "square", name: string}} Mark
 * @typedef {object} Scene
 * @property {Point[]} points
 * @property {number[]} front
 * @property {number | null} best
 * @property {number} parent of what is pointed at, -1 if there is none
 * @property {number} over which point is pointed at, -1 if none is
 * @property {Mark[]} marks
 * @property {string} across
 * @property {(value: number) => string} format of what is laid out from left to right
 */

const [LEFT, RIGHT, TOP, BELOW] = [52, 16, 28, 40]; // CSS pixels around the dots
const DEPTH = 0.35; // how far below the best one accuracies are laid out; what is worse lies at the lower edge
const REACH = 24; // CSS pixels within which a dot is meant
const EDGE = 6; // CSS pixels between the lower edge and what lies below it

/**
 * What all points lie within, those of all runs that are compared.
 * @param {Point[]} points
 * @returns {Bounds}
 */
export function bounds(points) {
  const there = points.filter(known);
  if (!there.length) return { left: 0, right: 1, bottom: 0, top: 1 };
  const [xs, ys] = [there.map(({ x }) => x), there.map(({ y }) => y)];
  const [least, most, worst, best] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const bottom = Math.max(worst, best - DEPTH);
  const [wide, high] = [0.05 * (most - least || Math.abs(most) || 1), 0.08 * Math.max(best - bottom, 0.02)];
  return { left: least - wide, right: most + wide, bottom: bottom - high, top: best + high };
}

/**
 * @param {Bounds} bounds
 * @param {number} width
 * @param {number} height
 */
export function placed({ left, right, bottom, top }, width, height) {
  return {
    x: (/** @type {number} */ value) => LEFT + ((value - left) / (right - left)) * (width - LEFT - RIGHT),
    y: (/** @type {number} */ value) =>
      Math.min(height - BELOW - EDGE, TOP + (1 - (value - bottom) / (top - bottom)) * (height - TOP - BELOW)),
  };
}

/**
 * The point that is meant by a place of the canvas, -1 if none is.
 * @param {Point[]} points
 * @param {Bounds} limits
 * @param {number} width
 * @param {number} height
 * @param {number} across of the place
 * @param {number} down
 */
export function nearest(points, limits, width, height, across, down) {
  const { x, y } = placed(limits, width, height);
  let [best, far] = [-1, REACH];
  for (const [i, point] of points.entries()) {
    if (!known(point)) continue;
    const distance = Math.hypot(x(point.x) - across, y(point.y) - down);
    if (distance < far) [best, far] = [i, distance];
  }
  return best;
}

/**
 * The next point to the right or left of one.
 * @param {Point[]} points
 * @param {number} i
 * @param {number} by
 */
export function neighbor(points, i, by) {
  const order = [...points.keys()].filter((one) => known(points[one]));
  order.sort((a, b) => points[a].x - points[b].x || points[a].y - points[b].y);
  const at = order.indexOf(i);
  return order[Math.max(0, Math.min(order.length - 1, at < 0 ? 0 : at + by))] ?? -1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Bounds} limits
 * @param {Scene} scene
 */
export function scatter(context, width, height, limits, { points, front, best, parent, over, marks, across, format }) {
  const { x, y } = placed(limits, width, height);
  axes(context, width, height, limits, across, format);
  const dot = (/** @type {Point} */ point, /** @type {number} */ radius) => {
    context.beginPath();
    context.arc(x(point.x), y(point.y), radius, 0, 7);
  };
  context.fillStyle = color("--quiet");
  context.globalAlpha = 0.6;
  for (const point of points.filter(known)) {
    dot(point, 3.5);
    context.fill();
  }
  context.globalAlpha = 1;
  context.strokeStyle = context.fillStyle = color("--accent");
  context.lineWidth = 2;
  context.beginPath();
  for (const [i, place] of front.entries()) {
    const [left, level] = [x(points[place].x), y(points[place].y)];
    if (i) context.lineTo(left, y(points[front[i - 1]].y));
    context.lineTo(left, level);
  }
  if (front.length) context.lineTo(width - RIGHT, y(points[front[front.length - 1]].y));
  context.stroke();
  for (const place of front) {
    dot(points[place], 4.5);
    context.fill();
  }
  if (best !== null && known(points[best])) {
    dot(points[best], 8);
    context.stroke();
  }
  context.strokeStyle = context.fillStyle = color("--ink");
  if (over >= 0 && parent >= 0 && known(points[over]) && known(points[parent])) {
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x(points[parent].x), y(points[parent].y));
    context.lineTo(x(points[over].x), y(points[over].y));
    context.stroke();
  }
  if (over >= 0 && known(points[over])) {
    context.lineWidth = 1.5;
    dot(points[over], 6);
    context.stroke();
  }
  for (const one of marks.filter(known)) mark(context, x(one.x), y(one.y), width, one);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {Bounds} limits
 * @param {string} across
 * @param {(value: number) => string} format
 */
function axes(context, width, height, limits, across, format) {
  const { x, y } = placed(limits, width, height);
  context.font = "12px system-ui, sans-serif";
  context.strokeStyle = color("--line");
  context.fillStyle = color("--quiet");
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of ticks(limits.bottom, limits.top, 6)) {
    context.strokeRect(LEFT, Math.round(y(value)) + 0.5, width - LEFT - RIGHT, 0);
    context.fillText(percent(value), LEFT - 6, y(value));
  }
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText("Accuracy", LEFT, TOP - 12);
  context.textAlign = "right";
  context.fillText(across, width - RIGHT, height - 4);
  context.textAlign = "center";
  const most = Math.max(3, Math.floor((width - LEFT - RIGHT) / 70));
  for (const value of ticks(limits.left, limits.right, most)) {
    context.fillText(format(value), x(value), height - BELOW + 18);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {Mark} mark
 */
function mark(context, x, y, width, { shape, name }) {
  const r = 6;
  context.lineWidth = 2;
  context.fillStyle = color("--ground");
  context.strokeStyle = color(shape === "diamond" ? "--second" : "--ink");
  context.beginPath();
  if (shape === "square") context.rect(x - r + 1, y - r + 1, 2 * r - 2, 2 * r - 2);
  else {
    context.moveTo(x, y - r - 1);
    context.lineTo(x + r + 1, y);
    context.lineTo(x, y + r + 1);
    context.lineTo(x - r - 1, y);
    context.closePath();
  }
  context.fill();
  context.stroke();
  context.fillStyle = color("--ink");
  const beyond = x + r + 6 + context.measureText(name).width > width - RIGHT;
  context.textAlign = beyond ? "right" : "left";
  context.fillText(name, beyond ? x - r - 6 : x + r + 6, y - 8);
}
