// Patches of a square grid: a mask of them as a link holds it, and those on a line.

/** @typedef {[column: number, row: number]} Place */

/**
 * A mask as text: the patches in a row, a dash, and a bit a patch, row by row, as hexadecimal digits.
 * @param {boolean[]} mask grid * grid, true where a patch is hidden
 */
export function written(mask) {
  const bits = mask.map(Number).join("");
  const digits = bits.match(/.{1,4}/g) ?? [];
  return `${Math.sqrt(mask.length)}-${digits.map((four) => Number.parseInt(four.padEnd(4, "0"), 2).toString(16)).join("")}`;
}

/**
 * The patches from one to another, both of them among these: a fast finger leaves none out.
 * @param {Place} from
 * @param {Place} to
 */
export function line([x, y], [right, down]) {
  const steps = Math.max(Math.abs(right - x), Math.abs(down - y));
  /** @type {Place[]} */
  const places = [];
  for (let i = 0; i <= steps; i++) {
    const share = steps && i / steps;
    places.push([Math.round(x + share * (right - x)), Math.round(y + share * (down - y))]);
  }
  return places;
}
