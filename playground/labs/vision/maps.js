// Attention and saliency as ratios to what carries no information: to uniform attention, or to the mean.

/** @import { Answer, Tensor } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Words
 * @property {number} [step] of the snapshot; missing for a pretrained network
 * @property {number} grid patches, or pixels, in a row
 * @property {number} size side of the picture in pixels
 * @property {string[]} classes
 * @property {boolean} [class_token] whether the first token is one; missing where there is no attention
 * @typedef {object} Attention
 * @property {Uint8Array<ArrayBuffer>} rows (layers, heads, T, T), as 255ths of the largest value of each row
 * @property {Float32Array} largest (layers, heads, T)
 * @property {Float32Array} probabilities of the classes
 */

/** Every row of every attention map, decoded on demand. */
export class Maps {
  /** @param {Answer<Words, Attention>} answer */
  constructor({ words, tensors: { rows, largest, probabilities } }) {
    this.words = words;
    this.probabilities = probabilities;
    this.rows = rows.data;
    this.largest = largest.data;
    const [layers, heads, tokens] = largest.shape;
    this.layers = layers;
    this.heads = heads;
    this.tokens = tokens;
    /** Tokens before the patches: a class token, if there is one, and registers. */
    this.prefix = this.tokens - words.grid ** 2;
  }

  /**
   * What a patch attends to, over the patches (grid x grid); uniform attention over all tokens is 1.
   * @param {number} layer
   * @param {number} head -1 is the mean over the heads
   * @param {number} query the patch; -1 is the class token, or the mean over all patches
   */
  values(layer, head, query) {
    const { heads, tokens, prefix } = this;
    const values = new Float32Array(this.words.grid ** 2);
    const read = this.words.class_token ? [0] : [...values.keys()].map((patch) => patch + prefix);
    const queries = query >= 0 ? [query + prefix] : read;
    const chosen = head < 0 ? [...Array(heads).keys()] : [head];
    for (const one of chosen) {
      for (const token of queries) {
        const row = (layer * heads + one) * tokens + token;
        const scale = (this.largest[row] * tokens) / 255 / queries.length / chosen.length;
        const first = row * tokens + prefix;
        for (let i = 0; i < values.length; i++) values[i] += this.rows[first + i] * scale;
      }
    }
    return values;
  }

  /** All maps of a query, the means over the heads among them, and the largest value in them. @param {number} query */
  all(query) {
    const maps = [];
    for (let layer = 0; layer < this.layers; layer++) {
      for (let head = -1; head < this.heads; head++)
        maps.push({ layer, head, values: this.values(layer, head, query) });
    }
    return { maps, most: largest(maps.map(({ values }) => values)) };
  }
}

/** The far end of the scale for some maps: their largest value, or twice what is uniform. @param {Float32Array[]} maps */
export const largest = (maps) => maps.reduce((most, values) => Math.max(most, ...values), 2);

/** Values as ratios to their mean. @param {Float32Array} values */
export function ratios(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value / (mean || 1));
}

/** The rows of a tensor (layers, heads). @param {Tensor<Float32Array>} tensor */
export const rows = ({ data, shape: [layers, heads] }) =>
  Array.from({ length: layers }, (_, layer) => [...data.slice(layer * heads, (layer + 1) * heads)]);

/** The map of each head, and of the mean over each block's heads. @param {Tensor<Float32Array>} maps */
export function headMaps({ data, shape: [layers, heads, side] }) {
  const area = side * side;
  const found = [];
  for (let layer = 0; layer < layers; layer++) {
    const sum = new Float32Array(area);
    for (let head = 0; head < heads; head++) {
      const values = data.subarray((layer * heads + head) * area, (layer * heads + head + 1) * area);
      for (const [i, value] of values.entries()) sum[i] += value / heads;
      found.push({ layer, head, values });
    }
    found.push({ layer, head: -1, values: sum });
  }
  return found;
}
