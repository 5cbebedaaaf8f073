// A path through the square: drawn by hand, spaced evenly, and as the text that a link holds.

/** @typedef {[x: number, y: number]} Place shares of the square from its upper left corner */

export const MOST = 16; // places of a path, as the server allows
const DRAWN = 8; // at most, of a path that was drawn in one line
const APART = 0.15; // of the square's side, about, between two of them
const END = 99; // what the text says of 1

/** Within the square. @param {number} share */
export const within = (share) => Math.max(0, Math.min(1, share));

/** @param {Place[]} places at most MOST are kept */
export const pathText = (places) =>
  places
    .slice(0, MOST)
    .flat()
    .map((share) => String(Math.round(END * within(share))).padStart(2, "0"))
    .join("");

/** The places that a text stands for. @param {string} text @returns {Place[]} */
export const pathOf = (text) =>
  (text.match(/\d{4}/g) ?? []).map((pair) => [Number(pair.slice(0, 2)) / END, Number(pair.slice(2)) / END]);

/**
 * Places of a line, evenly spaced along it, its ends among them; a line without length is one place.
 * @param {Place[]} line at least one place
 * @returns {Place[]}
 */
export function stops(line) {
  const lengths = [0];
  for (let i = 1; i < line.length; i++) {
    lengths.push(lengths[i - 1] + Math.hypot(line[i][0] - line[i - 1][0], line[i][1] - line[i - 1][1]));
  }
  const whole = lengths[line.length - 1];
  const count = Math.min(DRAWN, 1 + Math.round(whole / APART));
  if (count < 2) return [line[0]];
  return Array.from({ length: count }, (_, k) => {
    const goal = (whole * k) / (count - 1);
    const i = Math.max(
      1,
      lengths.findIndex((length) => length >= goal - 1e-9),
    );
    const share = (goal - lengths[i - 1]) / (lengths[i] - lengths[i - 1] || 1);
    const [[x, y], [right, below]] = [line[i - 1], line[i]];
    return [x + share * (right - x), y + share * (below - y)];
  });
}
