// The filters of a first layer as small pictures: gray is no weight, brighter is positive, darker is negative.

import { at } from "../../ui/static/answer.js";
import { color, draw, tile } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { number } from "../../ui/static/format.js";

/** @import { Pictures, Tensor } from "../../ui/static/types.d.ts" */

const GAP = 8; // CSS pixels between two filters
const WORD = 16; // below one, where it has a number
const [LEAST, MOST] = [20, 64]; // of a filter
const READABLE = 32; // from here on there is room for a number

/**
 * Filters as pictures of bytes, where 0 is the middle.
 * @param {Tensor<Float32Array>} filters (F, C, k, k)
 * @param {boolean} each whether each has a scale of its own; else all have that of the largest weight
 * @returns {{pictures: Pictures, most: number}} and the largest weight of all
 */
export function asPictures({ data, shape }, each) {
  const area = data.length / (shape[0] || 1);
  const largest = (/** @type {Float32Array} */ values) =>
    values.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  const most = largest(data);
  const bytes = new Uint8Array(data.length);
  for (let first = 0; first < data.length; first += area) {
    const scale = (each ? largest(data.subarray(first, first + area)) : most) || 1;
    for (let i = first; i < first + area; i++) bytes[i] = Math.round(127.5 + (127.5 * data[i]) / scale);
  }
  return { pictures: { data: bytes, shape }, most };
}

/**
 * How many filters stand in a row, and how large they are: as large as lets all of them be seen, with few gaps in the
 * last row.
 * @param {number} filters
 * @param {number} width CSS pixels that they have
 * @param {number} height
 * @param {number} word CSS pixels below each
 * @param {number} [size] of a filter in its own pixels: whole multiples of it are crisp
 */
export function layout(filters, width, height, word, size = 1) {
  const crisp = (/** @type {number} */ side) => (side < size ? side : Math.floor(side / size) * size);
  const all = Array.from({ length: filters }, (_, i) => {
    const columns = i + 1;
    const side = crisp(Math.min(MOST, Math.floor((width + GAP) / columns) - GAP));
    return { columns, rows: Math.ceil(filters / columns), side };
  });
  const fitting = all.filter(({ rows, side }) => side >= LEAST && rows * (side + GAP + word) - GAP <= height);
  const gaps = (/** @type {{columns: number, rows: number}} */ { columns, rows }) => columns * rows - filters;
  const [best] = fitting.sort((a, b) => b.side - a.side || gaps(a) - gaps(b) || b.columns - a.columns);
  if (best) return best;
  const columns = Math.max(1, Math.floor((width + GAP) / (LEAST + GAP)));
  return { columns, rows: Math.ceil(filters / columns), side: LEAST };
}

/** All filters of one run. */
export class FirstFilters {
  /** @type {{pictures: Pictures, explained: Float32Array} | null} */
  #shown = null;

  constructor() {
    this.canvas = element("canvas", { class: "filters", role: "img" });
    this.least = element("b");
    this.most = element("b");
    this.scale = element("div", { class: "scale filter-scale" }, this.least, element("i"), this.most);
    this.caption = element("figcaption");
    this.root = element("figure", {}, this.canvas, this.scale, this.caption);
  }

  /**
   * @param {Tensor<Float32Array>} filters or their components
   * @param {Tensor<Float32Array>} explained empty for filters that are no components
   * @param {{patch: number | null, count: number}} words
   */
  show(filters, explained, { patch, count }) {
    const components = explained.data.length > 0;
    const { pictures, most } = asPictures(filters, components);
    const [shown, , height, width] = filters.shape;
    this.#shown = { pictures, explained: explained.data };
    this.least.textContent = components ? "−" : `−${number(most)}`;
    this.most.textContent = components ? "+" : number(most);
    const share = explained.data.reduce((sum, one) => sum + one, 0);
    const all = shown < count ? `The first ${shown} of ${count}` : `The ${count}`;
    const pixels = `${height} × ${width} pixels`;
    this.caption.textContent = components
      ? `The first ${shown} principal components of the ${count} filters that embed a patch of ${pixels}, with the share ` +
        `of their variance: ${Math.round(100 * share)}% together`
      : `${all} filters of the ${patch ? "patch embedding" : "first convolution"}, ${pixels} each; gray is a weight of 0`;
    if (!shown) this.caption.textContent = "This network does not begin with a convolution: it has no filters to show";
    this.canvas.setAttribute("aria-label", this.caption.textContent);
    this.scale.hidden = !shown;
  }

  /**
   * @param {number} width CSS pixels that there are
   * @param {number} height
   */
  paint(width, height) {
    if (!this.#shown) return;
    const { pictures, explained } = this.#shown;
    const [filters, , size] = pictures.shape;
    const word = explained.length ? WORD : 0;
    const { columns, rows, side } = layout(filters, width, height, word, size);
    this.canvas.style.width = `${columns * (side + GAP) - GAP}px`;
    this.canvas.style.height = `${Math.max(0, rows * (side + GAP + word) - GAP)}px`;
    draw(this.canvas, (context) => {
      context.font = "11px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillStyle = color("--quiet");
      for (let i = 0; i < filters; i++) {
        const [x, y] = [(i % columns) * (side + GAP), Math.floor(i / columns) * (side + GAP + word)];
        tile(context, at(pictures, i), x, y, side);
        if (word && side >= READABLE) context.fillText(told(explained[i]), x + side / 2, y + side + word / 2 + 1);
      }
    });
  }
}

/** A share in percent, without idle digits. @param {number} share */
function told(share) {
  const value = 100 * share;
  return `${value >= 9.95 ? value.toFixed(0) : value.toFixed(1)}%`;
}
