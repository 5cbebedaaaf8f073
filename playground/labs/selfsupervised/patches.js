// A mask of the patches of a square grid, as a link holds it.

/**
 * A mask as text: the patches in a row, a dash, and a bit a patch, row by row, as hexadecimal digits.
 * @param {boolean[]} mask grid * grid, true where a patch is hidden
 */
export function written(mask) {
  const bits = mask.map(Number).join("");
  const digits = bits.match(/.{1,4}/g) ?? [];
  return `${Math.sqrt(mask.length)}-${digits.map((four) => Number.parseInt(four.padEnd(4, "0"), 2).toString(16)).join("")}`;
}
