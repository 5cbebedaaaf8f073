// Maps of why a network answers as it does: what their colors and the curves that test them say.

import { aboveUniform } from "../../ui/static/colormap.js";
import { largest, ratios } from "./maps.js";

/** @import { Tensor } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{name: string, title: string, signed: boolean}} Method
 * @typedef {{signed: boolean, grid: number, values: Float32Array}} Shown a map as it is drawn: of one without a sign, the
 *   ratios to its mean
 */

const FOR = [249, 115, 22]; // what speaks for the class, told from blue by those who see few colors, too
const AGAINST = [59, 130, 246];

/** @param {Method} method @param {Tensor<Float32Array>} map (rows, columns) @returns {Shown} */
export const shown = ({ signed }, { data, shape }) => ({
  signed,
  grid: shape[1],
  values: signed ? data : ratios(data),
});

/**
 * The end of the scale of some maps by one method.
 * @param {Shown[]} maps
 */
export function farthest(maps) {
  if (!maps.some(({ signed }) => signed)) return largest(maps.map(({ values }) => values));
  return maps.reduce((most, { values }) => values.reduce((far, value) => Math.max(far, Math.abs(value)), most), 0);
}

/**
 * The color of what speaks for a class, or against it: where it is 0, it is transparent.
 * @param {number} value
 * @param {number} most above 0, the end of the scale on both sides
 * @returns {number[]} red, green and blue, 0 to 255, and opacity, 0 to 1
 */
export const aroundZero = (value, most) => [...(value > 0 ? FOR : AGAINST), Math.min(1, Math.abs(value) / (most || 1))];

/**
 * The color of a value of a map.
 * @param {Shown} map
 * @param {number} value
 * @param {number} most the end of the scale
 */
export const colored = ({ signed }, value, most) => (signed ? aroundZero : aboveUniform)(value, most);

/** The colors of the scale of a signed map, from left to right. */
export const BOTH = `rgb(${AGAINST}), transparent, rgb(${FOR})`;

/**
 * How a map does beside random orders: "better" or "worse" than each of them, or "alike".
 * @param {number} area under its curve
 * @param {number[]} chance those of the random orders
 * @param {boolean} insert whether parts are put in, so that more is better
 * @returns {"better" | "alike" | "worse"}
 */
export function verdict(area, chance, insert) {
  const [low, high] = [Math.min(...chance), Math.max(...chance)];
  if (area < low) return insert ? "worse" : "better";
  if (area > high) return insert ? "better" : "worse";
  return "alike";
}

/** Names in a row: "A, B and C". @param {string[]} names */
export const listed = (names) =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;

/**
 * Which of the methods may be believed, in a sentence or two.
 * @param {{title: string, verdict: string}[]} methods
 * @param {number} orders how many random ones there are
 */
export function conclusion(methods, orders) {
  const of = (/** @type {string} */ kind) =>
    methods.filter(({ verdict }) => verdict === kind).map(({ title }) => title.toLowerCase());
  const [better, rest, worse] = [of("better"), of("alike"), of("worse")];
  const sentences = better.length
    ? [`On this picture, better than each of ${orders} random orders: ${listed(better)}.`]
    : [`On this picture no map is better than each of ${orders} random orders.`];
  if (better.length && rest.length) sentences.push(`No better than random: ${listed(rest)}.`);
  if (worse.length) sentences.push(`Worse than each: ${listed(worse)}.`);
  return sentences.join(" ");
}

/**
 * Which cells have changed at a point of a curve.
 * @param {Int32Array} ranking of the cells, the first to change first
 * @param {number} share 0 to 1
 */
export const taken = (ranking, share) => new Set(ranking.subarray(0, Math.round(share * ranking.length)));
