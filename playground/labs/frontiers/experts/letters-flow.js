// Where the characters of a text stand: in cells of one size, words whole where they fit into a line.

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
  for (const word of text.match(/\n|[^\S\n]|[^\s]+/g) ?? []) {
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
