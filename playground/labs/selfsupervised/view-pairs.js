// Where pairs of views and the views themselves stand.

const [APART, BETWEEN] = [1, 8]; // CSS pixels between two views of a picture, and between pictures

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
 * How the views of several pictures stand: a row for each picture, or two pictures in a row where they are larger so.
 * @param {{pictures: number, each: number, size: number}} views how many, of how many pictures, and their own side
 * @param {number} across CSS pixels that there are
 * @param {number} down the same
 * @returns {{side: number, width: number, height: number, place: (view: number) => [x: number, y: number]}} in CSS
 *   pixels the side of a view, a whole multiple of its own where that fits; the size of all; where each one stands
 */
export function sheet({ pictures, each, size }, across, down) {
  const [one, two] = [1, 2].map((abreast) => {
    const rows = Math.ceil(pictures / abreast);
    const wide = (across - (abreast - 1) * BETWEEN) / (abreast * each) - APART;
    const high = (down - (rows - 1) * BETWEEN) / rows - APART;
    const room = Math.max(16, Math.min(wide, high));
    return { abreast, rows, side: room >= size ? Math.floor(room / size) * size : Math.floor(room) };
  });
  const { abreast, rows, side } = two.side > one.side ? two : one;
  const picture = each * (side + APART) - APART;
  return {
    side,
    width: abreast * picture + (abreast - 1) * BETWEEN,
    height: rows * side + (rows - 1) * BETWEEN,
    place: (view) => {
      const of = Math.floor(view / each);
      return [
        (of % abreast) * (picture + BETWEEN) + (view % each) * (side + APART),
        Math.floor(of / abreast) * (side + BETWEEN),
      ];
    },
  };
}
