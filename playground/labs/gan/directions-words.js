// What is said of directions: how they were found, and why some have no names.

import { count } from "../../ui/static/format.js";

/** @import { News } from "../../ui/static/types.d.ts" */
/** @import { Attribute } from "./effects.js" */

/**
 * @typedef {object} Words see `sefa_view` and `attributes_view`
 * @property {number} step
 * @property {[number, number]} sides the smallest and the largest side of what the layers draw
 * @property {number} extent
 * @property {number} frames
 * @property {number} latent numbers of a code
 * @property {number[]} [numbers] of the directions that have names
 * @property {string[]} [names]
 * @property {Attribute[]} [attributes] that the labeler tells
 * @property {number[]} [agree] of each, for which share of the generated pictures two labelers agree
 * @property {Attribute[]} [dropped] that it does not
 * @property {number} [pictures] that were labeled
 */

/**
 * How the directions were found, and what a unit is.
 * @param {News} info of the run
 * @param {Words} words
 * @param {string} layers
 */
export function caption(info, { step, sides: [low, high], latent, names, pictures = 0 }, layers) {
  const where = low === high ? `${low} × ${low}` : `${low} × ${low} to ${high} × ${high}`;
  const how = names
    ? `A linear labeler, fitted to training pictures, scores ${count(pictures)} generated ones; ridge regression of a ` +
      "score on w gives its direction (InterFaceGAN). R² is the share of the score's variance that it predicts."
    : "Eigenvectors of AᵀA, where A turns w into the styles of these layers (SeFa); said is each one's share of the sum " +
      `of all ${latent} eigenvalues.`;
  return (
    `${info.name}, snapshot of step ${count(step)}; ${layers} layers, ${where} pixels. ${how} A slider's unit is one ` +
    "standard deviation, along the direction, of w as it is in training; a strip goes from −3 to 3."
  );
}

/**
 * Why no direction has a name; empty where some have.
 * @param {Words} words
 * @param {string} title of the data
 */
export function nameless({ names, attributes, dropped }, title) {
  if (!names || attributes?.length) return "";
  if (!dropped?.length) {
    return `The data set ${title} says nothing of its pictures but what they show, so no direction has a name. Those that are found without labels need none.`;
  }
  const right = dropped.map(({ name, accuracy }) => `${name}: ${Math.round(100 * accuracy)}%`).join(", ");
  return (
    `A linear labeler does not learn what the data set ${title} says of its pictures (right on test pictures, ${right}), ` +
    "so no direction has a name."
  );
}
