// Where pairs of views and the views themselves stand.

export const APART = 1; // CSS pixels between two pictures

/** @typedef {[row: number, column: number]} Pair numbers of views */

/**
 * The pair at a point of a square matrix whose first row and column are the views themselves.
 * @param {number} x share of the square's side, from the left
 * @param {number} y from the top
 * @param {{n: number, width: number, gap: number}} layout views, and in CSS pixels the side and the space after the views
 * @returns {Pair | null} none where there is no pair
 */
export function cellAt(x, y, { n, width, gap }) {
  const cell = (width - gap) / (n + 1);
  const [row, column] = [y, x].map((share) => Math.floor((share * width - gap) / cell) - 1);
  const inside = [row, column].every((view) => view >= 0 && view < n);
  return inside ? [row, column] : null;
}

/**
 * In how many columns pictures are as large as can be.
 * @param {number} count of pictures, a power of 2
 * @param {number} size of a picture's own side
 * @param {number} width CSS pixels that there are
 * @param {number} height the same
 * @returns {{columns: number, side: number}} the side of a picture, a whole multiple of its own where that fits
 */
export function rows(count, size, width, height) {
  const choices = [count, count / 2].map((columns) => {
    const side = Math.max(16, Math.min(width / columns, (height * columns) / count) - APART);
    return { columns, side: side >= size ? Math.floor(side / size) * size : Math.floor(side) };
  });
  return choices[1].side > choices[0].side ? choices[1] : choices[0];
}
