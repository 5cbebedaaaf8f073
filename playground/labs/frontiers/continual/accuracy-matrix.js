// The accuracy matrix of continual learning: a row for each task that has ended, a column for each task.

import { color } from "../../../ui/static/canvas.js";
import { above } from "./recall.js";

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number[] | null} accuracy on each task, NaN for one that had not come; null where the row is still to come
 * @property {number} chance the accuracy of a guess
 */

const [LEFT, TOP, NOW] = [64, 28, 12]; // CSS pixels for names, and between the last row and those above it
const MOST = 88; // the side of a cell

/**
 * Where the matrix lies.
 * @param {number} width that there is
 * @param {number} height
 * @param {number} columns
 * @param {number} rows
 */
export function layout(width, height, columns, rows) {
  const side = Math.floor(Math.min((width - LEFT) / columns, (height - TOP - NOW) / rows, MOST));
  return { side: Math.max(24, side), left: LEFT, top: TOP, now: NOW };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Row[]} rows the last one says how it is now
 * @param {{side: number, left: number, top: number, now: number}} place
 * @param {number} chosen the column that is brought out
 */
export function matrix(context, rows, { side, left, top, now }, chosen) {
  const columns = Math.max(...rows.map(({ accuracy }) => accuracy?.length ?? 0));
  const y = (/** @type {number} */ i) => top + i * side + (i === rows.length - 1 && i ? now : 0);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (let j = 0; j < columns; j++) {
    context.fillStyle = color(j === chosen ? "--ink" : "--quiet");
    context.fillText(side < 44 ? `${j + 1}` : `Task ${j + 1}`, left + (j + 0.5) * side, top / 2);
  }
  for (const [i, { name, accuracy, chance }] of rows.entries()) {
    context.textAlign = "right";
    context.fillStyle = color(i === rows.length - 1 ? "--ink" : "--quiet");
    context.fillText(name, left - 8, y(i) + side / 2);
    context.textAlign = "center";
    for (let j = 0; j < columns; j++) {
      const value = accuracy?.[j] ?? Number.NaN;
      const [x, width] = [left + j * side, side - 1];
      if (Number.isNaN(value)) {
        context.strokeStyle = color("--line");
        context.lineWidth = 1;
        context.strokeRect(x + 0.5, y(i) + 0.5, width - 1, width - 1);
        continue;
      }
      context.fillStyle = color("--wash");
      context.fillRect(x, y(i), width, width);
      context.globalAlpha = 0.75 * above(value, chance);
      context.fillStyle = color("--accent");
      context.fillRect(x, y(i), width, width);
      context.globalAlpha = 1;
      context.fillStyle = color("--ink");
      context.fillText(String(Math.round(100 * value)), x + width / 2, y(i) + side / 2);
    }
  }
  context.strokeStyle = color("--ink");
  context.lineWidth = 2;
  context.strokeRect(left + chosen * side - 1, top - 1, side + 1, y(rows.length - 1) + side - top + 1);
}
