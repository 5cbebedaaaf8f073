// Moves along directions as a link has them, and what they change in a picture.

/** @import { Pictures } from "../../ui/static/types.d.ts" */

/**
 * What a link says of moves, "d1:1.5;a7:-2": by direction, in standard deviations.
 * @param {string} text
 * @returns {Map<string, number>} in the order in which they were made
 */
export const movesOf = (text) =>
  new Map(
    text
      .split(";")
      .filter(Boolean)
      .map((move) => /** @type {[string, number]} */ ([move.split(":")[0], Number(move.split(":")[1])])),
  );

/**
 * The text of moves of which one is another now; it comes last, and is left out where it is 0.
 * @param {string} text
 * @param {string} name of the direction
 * @param {number} value
 */
export function moved(text, name, value) {
  const moves = movesOf(text);
  moves.delete(name);
  if (value) moves.set(name, value);
  return [...moves].map(([name, value]) => `${name}:${Number(value.toFixed(2))}`).join(";");
}

/** Whether a direction among the moves has a name, and is known from labels alone. @param {string} text */
export const steers = (text) => [...movesOf(text).keys()].some((name) => name.startsWith("a"));

/**
 * How a picture differs from another one at each pixel: the mean size of the difference over the channels, 0 to 1, with a
 * minus sign where the picture is darker.
 * @param {Pictures} picture (C, H, W)
 * @param {Pictures} other
 */
export function difference(picture, other) {
  const [channels, height, width] = picture.shape;
  const area = height * width;
  return Float32Array.from({ length: area }, (_, i) => {
    let [size, sum] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const step = picture.data[c * area + i] - other.data[c * area + i];
      size += Math.abs(step);
      sum += step;
    }
    return ((sum < 0 ? -1 : 1) * size) / channels / 255;
  });
}
