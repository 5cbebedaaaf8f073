// What the server, each client and their mean recognize: a row for each of them, a column for each class.

import { color } from "../../../ui/static/canvas.js";

/**
 * @typedef {{name: string, recalls: number[], has: boolean[]}} Row NaN where it is not known; the classes that it has
 * @typedef {{left: number, top: number, wide: number, high: number, gap: number}} Place of the cells, in CSS pixels
 */

const [LEFT, TOP, GAP] = [72, 84, 8]; // CSS pixels for names, and between server, clients and mean
const [MOST, LEAST] = [44, 20]; // the sides of a cell

/**
 * Where the matrix lies.
 * @param {number} width that there is
 * @param {number} height
 * @param {number} columns
 * @param {number} rows
 * @returns {Place}
 */
export function layout(width, height, columns, rows) {
  const wide = Math.floor(Math.min((width - LEFT) / columns, MOST));
  const high = Math.floor(Math.min((height - TOP - 2 * GAP) / rows, MOST));
  return { left: LEFT, top: TOP, wide: Math.max(LEAST, wide), high: Math.max(LEAST, high), gap: GAP };
}

/** Where a row begins. @param {Place} place @param {number} i @param {number} rows */
export const top = ({ top, high, gap }, i, rows) => top + i * high + (i > 0 ? gap : 0) + (i === rows - 1 ? gap : 0);

/**
 * The row that a place falls into.
 * @param {Place} place
 * @param {number} y
 * @param {number} rows
 */
export function rowAt(place, y, rows) {
  for (let i = 0; i < rows; i++) if (y >= top(place, i, rows) && y < top(place, i, rows) + place.high) return i;
  return -1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Row[]} rows
 * @param {string[]} classes
 * @param {Place} place
 * @param {number} chosen the row that is brought out
 */
export function matrix(context, rows, classes, place, chosen) {
  const { left, wide, high } = place;
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillStyle = color("--quiet");
  context.textAlign = "left";
  for (const [k, name] of classes.entries()) {
    context.save();
    context.translate(left + (k + 0.5) * wide, place.top - 8);
    context.rotate(-Math.PI / 2);
    context.fillText(name, 0, 0);
    context.restore();
  }
  for (const [i, { name, recalls, has }] of rows.entries()) {
    const y = top(place, i, rows.length);
    context.textAlign = "right";
    context.fillStyle = color(i === chosen ? "--accent" : "--ink");
    context.fillText(name, left - 8, y + high / 2);
    context.textAlign = "center";
    for (const [k, value] of recalls.entries()) {
      const x = left + k * wide;
      context.fillStyle = color("--wash");
      context.fillRect(x, y, wide - 1, high - 1);
      if (!Number.isNaN(value)) {
        context.globalAlpha = 0.75 * value;
        context.fillStyle = color("--accent");
        context.fillRect(x, y, wide - 1, high - 1);
        context.globalAlpha = 1;
        context.fillStyle = color("--ink");
        if (wide >= 24) context.fillText(String(Math.round(100 * value)), x + (wide - 1) / 2, y + high / 2);
      }
      if (!has[k]) continue;
      context.strokeStyle = color("--ink");
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, wide - 3, high - 3);
    }
  }
}
