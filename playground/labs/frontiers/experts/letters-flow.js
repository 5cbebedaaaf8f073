// Where the characters of a text stand: in cells of one size, a word whole, with the space behind it, where it fits.

/**
 * @typedef {{row: number, column: number}} Place
 */

/**
 * @param {string} text
 * @param {number} columns of a line
 * @returns {Place[]} of each character; a line feed takes a cell of its own at the end of its line
 */
export function flow(text, columns) {
  /** @type {Place[]} */
  const places = [];
  let [row, column] = [0, 0];
  for (const word of text.match(/\n|\S+[^\S\n]?|[^\S\n]/g) ?? []) {
    if (column && column + word.length > columns) [row, column] = [row + 1, 0];
    for (const character of word) {
      if (column === columns) [row, column] = [row + 1, 0];
      places.push({ row, column });
      column++;
      if (character === "\n") [row, column] = [row + 1, 0];
    }
  }
  return places;
}
