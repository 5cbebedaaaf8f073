// Which layers of a generator are meant, and how they are named.

/**
 * @typedef {{first: number, last: number}} Range of layers, counted from 1; none where the last comes before the first
 * @typedef {{layers: number, sides: number[][], groups: Record<string, [first: number, last: number]>}} Layers how many
 *   there are, the resolutions that each reaches, and ranges with a name
 */

/**
 * Those of a range that there are; null for none.
 * @param {Range} range
 * @param {number} layers
 * @returns {Range | null}
 */
export function effective({ first, last }, layers) {
  const end = Math.min(Number(last), layers);
  return Number(first) > end ? null : { first: Number(first), last: end };
}

/** Resolutions in words. @param {number[]} sides in pixels */
export const named = (sides) => `${sides.join(" and ")} px`;

/**
 * A range in words, with the resolutions that it reaches.
 * @param {Range} range
 * @param {Pick<Layers, "sides">} layers
 */
export function spanned({ first, last }, { sides }) {
  const [low, high] = [sides[first - 1][0], sides[last - 1].at(-1)];
  const reach = low === high ? `${low} px` : `${low} to ${high} px`;
  return first === last ? `layer ${first} (${reach})` : `layers ${first} to ${last} (${reach})`;
}

/**
 * What a crossover is called: A and B at the ends, else how many layers come from A.
 * @param {number} fromA
 * @param {number} layers
 */
export function ends(fromA, layers) {
  if (fromA === layers) return "A";
  return fromA ? String(fromA) : "B";
}
