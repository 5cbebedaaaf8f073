// Which directions a probe takes for which others: a matrix of shares, and the row of one direction in words.

import { color, draw, fit } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { count } from "../../ui/static/format.js";

/** @import { Tensor } from "../../ui/static/types.d.ts" */

const ARROWS = "→ ↗ ↑ ↖ ← ↙ ↓ ↘".split(" "); // the directions from the right counterclockwise
const [CELL, HEAD] = [20, 22]; // CSS pixels
const NAMED = 3; // classes that the words name

/** The share of a matrix's examples that are named as what they are. @param {Tensor<Int32Array>} counts (K, K) */
export function accuracy({ data, shape: [k] }) {
  const total = data.reduce((sum, one) => sum + one, 0);
  return Array.from({ length: k }, (_, i) => data[(k + 1) * i]).reduce((sum, one) => sum + one, 0) / total;
}

/**
 * What the clips of one direction are taken for.
 * @param {Int32Array} row counts (K,)
 * @param {string[]} names
 * @param {number} direction the row's own
 */
export function sentence(row, names, direction) {
  const total = row.reduce((sum, one) => sum + one, 0);
  const found = [...row.keys()].filter((i) => row[i]).sort((a, b) => row[b] - row[a]);
  const parts = found.slice(0, NAMED).map((i) => `${count(row[i])} “${names[i]}”`);
  const last = parts.pop();
  const list = parts.length ? `${parts.join(", ")} and ${last}` : last;
  return `Of the ${count(total)} test clips that move ${names[direction]}, the probe calls ${list}.`;
}

export class Confusion {
  /** @type {{counts: Tensor<Int32Array>, direction: number} | null} */
  #shown = null;

  /** @param {HTMLElement} caption stands below the words */
  constructor(caption) {
    const label = "Which directions the probe takes for which others; the words beside it say it of the chosen one";
    this.canvas = element("canvas", { role: "img", "aria-label": label });
    this.words = element("p");
    const scale = element(
      "div",
      { class: "scale" },
      element("b", {}, "0"),
      element("i"),
      element("b", {}, "100% of a row"),
    );
    const text = element("div", {}, this.words, scale, caption);
    this.root = element("div", { class: "motion-confusion", hidden: true }, this.canvas, text);
  }

  /**
   * @param {Tensor<Int32Array>} counts (8, 8), by truth and name
   * @param {string[]} names of the directions
   * @param {number} direction whose row is chosen
   */
  show(counts, names, direction) {
    this.#shown = { counts, direction };
    this.root.hidden = false;
    this.words.textContent = sentence(counts.data.slice(8 * direction, 8 * direction + 8), names, direction);
  }

  paint() {
    if (!this.#shown) return;
    const { counts, direction } = this.#shown;
    const [k] = counts.shape;
    fit(this.canvas, HEAD + k * CELL + 2);
    draw(this.canvas, (context) => {
      context.font = "13px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      for (let i = 0; i < k; i++) {
        const middle = HEAD + (i + 0.5) * CELL;
        context.fillStyle = color(i === direction ? "--ink" : "--quiet");
        context.fillText(ARROWS[i], HEAD / 2, middle);
        context.fillStyle = color("--quiet");
        context.fillText(ARROWS[i], middle, HEAD / 2);
        const row = counts.data.slice(k * i, k * i + k);
        const total = row.reduce((sum, one) => sum + one, 0) || 1;
        row.forEach((n, j) => {
          const place = /** @type {const} */ ([HEAD + j * CELL, HEAD + i * CELL, CELL - 1, CELL - 1]);
          context.fillStyle = color("--line");
          context.fillRect(...place);
          context.fillStyle = color("--accent");
          context.globalAlpha = n / total;
          context.fillRect(...place);
          context.globalAlpha = 1;
        });
      }
      context.strokeStyle = color("--ink");
      context.lineWidth = 1;
      context.strokeRect(HEAD - 0.5, HEAD + direction * CELL - 0.5, k * CELL, CELL);
    });
  }
}
