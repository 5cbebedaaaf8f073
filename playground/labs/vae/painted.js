// Codes that were painted over those of a picture, as a link has them: "3:17;12:99", a place and a code each.

/**
 * @param {string} edits
 * @returns {Map<number, number>} place to code
 */
export function read(edits) {
  const pairs = edits.split(";").filter(Boolean);
  return new Map(pairs.map((pair) => /** @type {[number, number]} */ (pair.split(":").map(Number))));
}

/**
 * The same, after a stroke.
 * @param {string} edits
 * @param {number[]} places under the stroke
 * @param {number | null} code what it paints; null leaves the picture's own codes there
 */
export function painted(edits, places, code) {
  const codes = read(edits);
  for (const place of places) {
    if (code === null) codes.delete(place);
    else codes.set(place, code);
  }
  const pairs = [...codes].sort(([one], [other]) => one - other);
  return pairs.map((pair) => pair.join(":")).join(";");
}
