// Training pictures beside a generated one, so that a copy is seen.

import { enlarge, show } from "./canvas.js";
import { element } from "./dom.js";
import { count } from "./format.js";

/** @import { Nearest, Packet } from "./types.d.ts" */

/**
 * A picture with a caption.
 * @param {Uint8Array} bytes
 * @param {{channels: number, size: number}} shape
 * @param {string} words
 * @param {number} room in CSS pixels
 */
export function tile(bytes, shape, words, room) {
  const canvas = element("canvas", { class: "tile", role: "img", "aria-label": words });
  show(canvas, bytes, shape);
  enlarge(canvas, shape.size, room);
  return element("figure", {}, canvas, element("figcaption", {}, words));
}

/**
 * The nearest training pictures with their classes and distances.
 * @param {Packet<Nearest>} answer
 * @param {number} room in CSS pixels for each
 */
export function tiles({ head, bytes }, room) {
  const area = head.channels * head.size ** 2;
  return head.labels.map((label, i) =>
    tile(bytes.subarray(i * area, (i + 1) * area), head, `${label}, ${head.distances[i].toFixed(1)}`, room),
  );
}

/**
 * What the pictures are.
 * @param {Nearest} head
 * @param {string} data
 */
export const caption = ({ of, features }, data) =>
  `The nearest of ${count(of)} training pictures of ${data}, with their distance in the features of ${features}.`;
