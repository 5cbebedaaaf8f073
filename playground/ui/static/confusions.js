// A confusion matrix: counted from answers, its worst cell, and how it is drawn.

import { color } from "./canvas.js";

/** @typedef {{truth: number, taken: number}} Cell a class, and what its pictures are taken for */

/**
 * How many pictures of each class, a row, are taken for each other one, (K, K).
 * @param {ArrayLike<number>} labels
 * @param {ArrayLike<number>} taken
 * @param {number} k classes
 */
export function counted(labels, taken, k) {
  const counts = new Int32Array(k * k);
  for (let i = 0; i < labels.length; i++) counts[labels[i] * k + taken[i]]++;
  return counts;
}

/** The cell off the diagonal with the most pictures. @param {Int32Array} counts @param {number} k @returns {Cell} */
export function worst(counts, k) {
  let best = k > 1 ? 1 : 0;
  counts.forEach((many, i) => {
    if (i % (k + 1) && many > counts[best]) best = i;
  });
  return { truth: Math.floor(best / k), taken: best % k };
}

/**
 * The pictures of a cell, the surest answers first.
 * @param {{labels: ArrayLike<number>, taken: ArrayLike<number>, confidence: ArrayLike<number>}} answers
 * @param {Cell} cell
 */
export const members = ({ labels, taken, confidence }, cell) =>
  Array.from(labels, (_, i) => i)
    .filter((i) => labels[i] === cell.truth && taken[i] === cell.taken)
    .sort((a, b) => confidence[b] - confidence[a]);

/**
 * The pictures that two networks answer differently, those first where one is right and the surer the better.
 * @param {{labels: ArrayLike<number>, taken: ArrayLike<number>, confidence: ArrayLike<number>}[]} two
 */
export function differing([one, other]) {
  const weight = (/** @type {number} */ i) =>
    Number(one.taken[i] === one.labels[i] || other.taken[i] === one.labels[i]) +
    one.confidence[i] * other.confidence[i];
  return Array.from(one.taken, (_, i) => i)
    .filter((i) => one.taken[i] !== other.taken[i])
    .sort((a, b) => weight(b) - weight(a));
}

const [SMALL, LARGE] = [96, 112]; // CSS pixels for names of classes, at the left and at the top

/**
 * Where the matrix lies on a square canvas.
 * @param {number} width
 * @param {number} k
 */
export function layout(width, k) {
  const left = Math.min(SMALL, width / 4);
  const top = Math.min(LARGE, width / 4);
  const side = Math.max(4, Math.floor(Math.min((width - left) / k, (width - top) / k)));
  return { left, top, side };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {Int32Array} counts
 * @param {string[]} classes
 * @param {Cell} chosen
 */
export function matrix(context, width, counts, classes, chosen) {
  const k = classes.length;
  const { left, top, side } = layout(width, k);
  context.font = `${side < 14 ? 9 : 12}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  for (const [i, name] of classes.entries()) {
    const middle = (i + 0.5) * side;
    const row = counts.subarray(i * k, i * k + k);
    const total = row.reduce((sum, one) => sum + one, 0) || 1;
    context.fillStyle = color(i === chosen.truth ? "--ink" : "--quiet");
    context.textAlign = "right";
    context.fillText(clipped(context, name, left - 12), left - 8, top + middle);
    context.save();
    context.translate(left + middle, top - 8);
    context.rotate(-Math.PI / 2);
    context.textAlign = "left";
    context.fillStyle = color(i === chosen.taken ? "--ink" : "--quiet");
    context.fillText(clipped(context, name, top - 12), 0, 0);
    context.restore();
    context.textAlign = "center";
    row.forEach((many, j) => {
      const [x, y] = [left + j * side, top + i * side];
      context.fillStyle = color("--wash");
      context.fillRect(x, y, side - 1, side - 1);
      context.globalAlpha = i === j ? 0.15 + 0.6 * (many / total) : Math.min(0.75, 0.15 + 2 * (many / total));
      context.fillStyle = color(i === j ? "--accent" : "--second");
      if (many) context.fillRect(x, y, side - 1, side - 1);
      context.globalAlpha = 1;
      if (!many || side < 22) return;
      context.fillStyle = color("--ink");
      context.fillText(String(many), x + side / 2, y + side / 2);
    });
  }
  context.strokeStyle = color("--ink");
  context.lineWidth = 2;
  context.strokeRect(left + chosen.taken * side - 0.5, top + chosen.truth * side - 0.5, side, side);
}

/**
 * A name that fits, with an ellipsis where it was cut.
 * @param {CanvasRenderingContext2D} context
 * @param {string} name
 * @param {number} room
 */
function clipped(context, name, room) {
  if (context.measureText(name).width <= room) return name;
  let cut = name.length;
  while (cut > 1 && context.measureText(`${name.slice(0, cut)}…`).width > room) cut--;
  return `${name.slice(0, cut)}…`;
}
