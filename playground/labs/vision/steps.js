// Scaled dot-product attention of one query, step by step (Vaswani et al., "Attention Is All You Need", 2017, equation 1).

/** @import { Tensor } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Steps
 * @property {Float64Array} q the query (d)
 * @property {Float64Array} scores (T): the query times each key, divided by the root of d if they are scaled
 * @property {Float64Array} weights (T): the softmax of the scores, whose sum is 1
 * @property {Float64Array} output (d): the sum of the values, each times its weight
 */

/**
 * @param {{q: Tensor<Float32Array>, k: Tensor<Float32Array>, v: Tensor<Float32Array>}} head (T, d) each
 * @param {number} token whose query it is
 * @param {boolean} scaled
 * @returns {Steps}
 */
export function stepsOf({ q, k, v }, token, scaled) {
  const [tokens, d] = k.shape;
  const query = Float64Array.from(q.data.subarray(token * d, (token + 1) * d));
  const scores = new Float64Array(tokens);
  for (let key = 0; key < tokens; key++) {
    for (let i = 0; i < d; i++) scores[key] += query[i] * k.data[key * d + i];
    if (scaled) scores[key] /= Math.sqrt(d);
  }
  const weights = softmax(scores);
  const output = new Float64Array(d);
  for (let key = 0; key < tokens; key++) {
    for (let i = 0; i < d; i++) output[i] += weights[key] * v.data[key * d + i];
  }
  return { q: query, scores, weights, output };
}

/** exp(s) over the sum of all exp(s); the largest score is taken off first, so that none overflows. @param {Float64Array} scores */
export function softmax(scores) {
  const most = scores.reduce((largest, score) => Math.max(largest, score), -Infinity);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Over how many tokens as even weights are spread, 1 to T: exp of the entropy. @param {Float64Array} weights */
export const perplexity = (weights) =>
  Math.exp(weights.reduce((entropy, weight) => entropy - (weight && weight * Math.log(weight)), 0));

/** The largest absolute value. @param {ArrayLike<number>} values */
export const extent = (values) => Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The place of the largest value. @param {Float64Array} values */
export const largestOf = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

/**
 * A cell that is pointed at.
 * @typedef {object} At
 * @property {"picture" | "q" | "k" | "scores" | "weights" | "v" | "output"} part
 * @property {number | null} patch whose key and value it is, counted from 0; below 0 are the class token and registers,
 *   null where it is of none
 * @property {number} dim of q, k, v and output, counted from 0
 */

/** A number to two digits behind the point, with a minus sign. @param {number} value */
export const two = (value) => value.toFixed(2).replace("-", "−");

/**
 * A token in words.
 * @param {number} patch below 0 for those before the patches
 * @param {number} registers how many of them there are, right before the patches; what comes before is the class token
 */
export function token(patch, registers) {
  if (patch >= 0) return `Patch ${patch + 1}`;
  return patch < -registers ? "The class token" : `Register ${patch + registers + 1}`;
}

/**
 * What becomes of a key, in words, and of the cell that is pointed at.
 * @param {Steps} steps
 * @param {{k: Tensor<Float32Array>, v: Tensor<Float32Array>}} head
 * @param {{patch: number, prefix: number, registers?: number, at: At | null}} where the key's patch, and how many tokens
 *   stand before patches, registers among them
 */
export function told({ q, scores, weights, output }, { k, v }, { patch, prefix, registers = 0, at }) {
  const [tokens, d] = k.shape;
  const key = patch + prefix;
  const weight = weights[key];
  const all = `${token(patch, registers)}: score ${two(scores[key])} → weight ${weight.toFixed(3)}, uniform ${(1 / tokens).toFixed(3)}.`;
  if (!at || at.dim >= d) return all;
  const { part, dim } = at;
  const n = dim + 1;
  if (part === "q") return `The query's number ${n} of ${d}: ${two(q[dim])}.`;
  if (part === "output")
    return `The output's number ${n} of ${d}: ${two(output[dim])}, the weighted sum of column ${n} of V.`;
  const value = (part === "k" ? k : v).data[key * d + dim];
  if (part === "k")
    return `${all} Number ${n}: key ${two(value)} × query ${two(q[dim])} = ${two(value * q[dim])} of q · k.`;
  if (part === "v")
    return `${all} Number ${n}: value ${two(value)} × weight = ${two(value * weight)} of the output’s ${two(output[dim])}.`;
  return all;
}
