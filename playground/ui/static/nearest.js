// The training pictures nearest to a generated one, so that a copy is seen.

import { at } from "./answer.js";
import { enlarge, show } from "./canvas.js";
import { element } from "./dom.js";
import { count } from "./format.js";

/** @import { Nearest, News, Pictures } from "./types.d.ts" */

/**
 * A picture with a caption.
 * @param {Pictures} picture (C, H, W)
 * @param {string} words
 * @param {number} room in CSS pixels
 */
export function tile(picture, words, room) {
  const canvas = element("canvas", { class: "tile", role: "img", "aria-label": words });
  show(canvas, picture);
  enlarge(canvas, picture.shape[2], room);
  return element("figure", {}, canvas, element("figcaption", {}, words));
}

/**
 * The nearest training pictures with their classes and distances.
 * @param {Nearest} answer
 * @param {News} info of the run
 * @param {number} room in CSS pixels for each
 */
export const tiles = ({ tensors: { pictures, labels, distances } }, { classes }, room) =>
  [...distances.data].map((distance, i) =>
    tile(at(pictures, i), [classes[labels.data[i]], distance.toFixed(1)].filter(Boolean).join(", "), room),
  );

/**
 * What the pictures are.
 * @param {Nearest} answer
 * @param {News} info of the run
 */
export const caption = ({ words: { of, features } }, { data_title: data }) =>
  `The nearest of ${count(of)} training pictures of ${data}, with their distance in the features of ${features}.`;
