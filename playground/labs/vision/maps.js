// What the server says of a network and a picture: attention, or how strongly each pixel moves the answer.

/** @import { Packet } from "../../ui/static/types.d.ts" */

/**
 * @typedef {object} Head
 * @property {number | null} step of the snapshot; null for a network that others have trained
 * @property {number} layers 0 for a network without attention
 * @property {number} heads
 * @property {number} tokens
 * @property {number} grid patches, or pixels, in a row
 * @property {number} size side of the picture in pixels
 * @property {string[]} classes
 * @property {number[]} probabilities of the classes
 * @typedef {Maps | Saliency} Answer
 */

/** Every row of every attention map, decoded on demand. */
export class Maps {
  /** @param {Packet<Head>} answer largest values (layers, heads, T) as float32, then rows (layers, heads, T, T) as uint8 */
  constructor({ head, bytes }) {
    this.head = head;
    const rows = head.layers * head.heads * head.tokens;
    this.scales = new Float32Array(bytes.slice(0, 4 * rows).buffer);
    this.rows = bytes.subarray(4 * rows);
    /** Tokens before the patches: 1 where there is a class token. */
    this.prefix = head.tokens - head.grid ** 2;
  }

  /**
   * What a patch attends to, over the patches (grid x grid).
   * @param {number} layer
   * @param {number} head -1 is the mean over the heads
   * @param {number} query the patch; -1 is what the answer is read off: the class token, or the mean over all patches
   */
  values(layer, head, query) {
    const { heads, tokens, grid } = this.head;
    const values = new Float32Array(grid * grid);
    const queries = query >= 0 ? [query + this.prefix] : this.prefix ? [0] : [...Array(tokens).keys()];
    const chosen = head < 0 ? [...Array(heads).keys()] : [head];
    for (const one of chosen) {
      for (const token of queries) {
        const row = (layer * heads + one) * tokens + token;
        const scale = this.scales[row] / 255 / queries.length / chosen.length;
        const first = row * tokens + this.prefix;
        for (let i = 0; i < values.length; i++) values[i] += this.rows[first + i] * scale;
      }
    }
    return values;
  }
}

/** One value a pixel (size x size), of a network that is no transformer. */
export class Saliency {
  prefix = 0;

  /** @param {Packet<Head>} answer the values as float32 */
  constructor({ head, bytes }) {
    this.head = head;
    this.all = new Float32Array(bytes.slice().buffer);
  }

  values() {
    return this.all;
  }
}
