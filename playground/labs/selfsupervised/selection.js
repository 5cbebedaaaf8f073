// Which of the dots on a map are selected: by a line around them or by their nearness, and as a link has it.

/** @typedef {[x: number, y: number]} At */

/**
 * Whether a place is inside a closed line, by how often a ray from it crosses the line.
 * @param {At} at
 * @param {At[]} line
 */
export function inside([x, y], line) {
  let within = false;
  for (const [i, [x1, y1]] of line.entries()) {
    const [x0, y0] = line[(i || line.length) - 1];
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) within = !within;
  }
  return within;
}

/** The numbers of the points inside a closed line. @param {ArrayLike<number>} points (N, 2) @param {At[]} line */
export function encircled(points, line) {
  const numbers = Array.from({ length: points.length / 2 }, (_, i) => i);
  return numbers.filter((i) => inside([points[2 * i], points[2 * i + 1]], line));
}

/**
 * The numbers of the points nearest to a place, in their order.
 * @param {ArrayLike<number>} points (N, 2)
 * @param {At} at
 * @param {number} most
 */
export function nearest(points, [x, y], most) {
  const distances = Array.from({ length: points.length / 2 }, (_, i) =>
    Math.hypot(points[2 * i] - x, points[2 * i + 1] - y),
  );
  const order = [...distances.keys()].sort((a, b) => distances[a] - distances[b]);
  return order.slice(0, most).sort((a, b) => a - b);
}

/** A selection as a link has it: a bit a number, in base64url. @param {number[]} numbers */
export function packed(numbers) {
  if (!numbers.length) return "";
  const bytes = new Uint8Array(1 + (Math.max(...numbers) >> 3));
  for (const i of numbers) bytes[i >> 3] |= 1 << (i & 7);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** The numbers that a link names; none where it makes no sense. @param {string} text @returns {number[]} */
export function unpacked(text) {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return [];
  const bytes = [...atob(text.replaceAll("-", "+").replaceAll("_", "/"))].map((one) => one.charCodeAt(0));
  return bytes.flatMap((byte, i) => [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (1 << bit)).map((b) => 8 * i + b));
}

/**
 * How many of some pictures are of each class, the most frequent first.
 * @param {number[]} numbers
 * @param {ArrayLike<number>} labels by picture
 * @returns {[label: number, count: number][]}
 */
export function counted(numbers, labels) {
  /** @type {globalThis.Map<number, number>} */
  const counts = new globalThis.Map();
  for (const i of numbers) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b);
}

/**
 * At most so many of some pictures, those of a class together, each class with its share.
 * @param {number[]} numbers
 * @param {ArrayLike<number>} labels by picture
 * @param {number} most
 */
export function sample(numbers, labels, most) {
  const rank = new globalThis.Map(counted(numbers, labels).map(([label], i) => [label, i]));
  const ordered = [...numbers].sort((a, b) => (rank.get(labels[a]) ?? 0) - (rank.get(labels[b]) ?? 0) || a - b);
  const length = Math.min(most, ordered.length);
  return Array.from({ length }, (_, i) => ordered[Math.floor((i * ordered.length) / length)]);
}
