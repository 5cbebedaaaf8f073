// A sheet of pictures, as the server answers with one, and those of them that are shown.

import { decoded } from "./answer.js";
import { context2d, resize } from "./canvas.js";

/** @typedef {{image: ImageBitmap, words: {columns: number, size: number}}} Sheet pictures of `size` pixels row by row */

const TILE = 28; // CSS pixels of a picture, at least

/** What a part keeps of an answer that is a sheet. @param {any} answer @returns {Promise<Sheet>} */
export const sheetOf = async ({ words, tensors }) => ({ words, image: await decoded(tensors.jpeg) });

/**
 * Shows some of a sheet's pictures, a whole multiple of their size.
 * @param {HTMLCanvasElement} canvas
 * @param {Sheet} sheet
 * @param {number[]} numbers of pictures
 * @param {number} columns in a row at most
 * @returns {number} the side of a picture, in CSS pixels
 */
export function tiles(canvas, { image, words: { columns: all, size } }, numbers, columns, least = TILE) {
  const wide = Math.max(1, Math.min(columns, numbers.length));
  const side = size * Math.max(1, Math.floor(least / size));
  resize(canvas, wide * size, Math.ceil(numbers.length / wide) * size);
  canvas.style.width = `${wide * side}px`;
  const context = context2d(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const [i, number] of numbers.entries()) {
    const [x, y] = [number % all, Math.floor(number / all)];
    const [left, top] = [i % wide, Math.floor(i / wide)];
    context.drawImage(image, x * size, y * size, size, size, left * size, top * size, size, size);
  }
  return side;
}
