// The probabilities of classes before and after a change, as pairs of bars with the difference in percentage points.

import { element } from "../../ui/static/dom.js";
import { percent } from "../../ui/static/format.js";

/** @typedef {{name: string, before: number, after: number}} Pair probabilities, 0 to 1 */

const SHOWN = 6; // classes
const LEAST = 0.05; // percentage points that are told

/** The index of the largest number. @param {Float32Array} values */
const largest = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

/**
 * The classes that are likely before or after, those that were most likely before first: they stay where they are while
 * the picture is changed.
 * @param {Float32Array} before
 * @param {Float32Array} after
 * @param {string[]} classes
 * @param {number} [shown] how many, at most
 * @returns {Pair[]}
 */
export function pairs(before, after, classes, shown = SHOWN) {
  const all = classes.map((name, i) => ({ name, before: before[i], after: after[i] }));
  const most = (/** @type {Pair} */ one) => Math.max(one.before, one.after);
  return all
    .sort((a, b) => most(b) - most(a))
    .slice(0, shown)
    .sort((a, b) => b.before - a.before);
}

/**
 * What became of the answer: the class that is most likely before, and the one that is after.
 * @param {Float32Array} before
 * @param {Float32Array} after
 * @param {string[]} classes
 */
export function answers(before, after, classes) {
  const [first, then] = [before, after].map((values) => {
    const best = largest(values);
    return `${classes[best]} ${percent(values[best])}`;
  });
  return [first, `→ ${then}`];
}

/** A difference of probabilities in percentage points, with its sign. @param {number} value */
export function points(value) {
  const told = 100 * value;
  if (Math.abs(told) < LEAST) return "0.0";
  return `${told < 0 ? "−" : "+"}${Math.abs(told).toFixed(1)}`;
}

/** The bars of all pairs that are shown. */
export class Pairs {
  constructor() {
    const key = (/** @type {string} */ kind, /** @type {string} */ name) =>
      element("span", {}, element("i", { class: kind }), name);
    const keys = element("span", { class: "paired-keys" }, key("before", "unchanged"), key("after", "changed"));
    this.head = element("div", { class: "paired-head" }, keys, element("span", {}, "points"));
    this.rows = element("div");
    this.root = element("div", { class: "paired" }, this.head, this.rows);
  }

  /**
   * @param {Pair[]} pairs
   * @param {string} label the right class, where it is known
   */
  show(pairs, label) {
    const rows = pairs.map(({ name, before, after }) => {
      const told = points(after - before);
      const bar = (/** @type {string} */ kind, /** @type {number} */ value) => [
        element("i", { class: kind, style: `--value:${value}` }),
        element("b", {}, percent(value)),
      ];
      const title = `${name}: ${percent(before)} unchanged, ${percent(after)} changed`;
      const called = name === label ? `${name} ✓` : name;
      return element(
        "div",
        { class: "paired-row", title },
        element("span", {}, called),
        ...bar("before", before),
        ...bar("after", after),
        element("em", { class: told === "0.0" ? "still" : null }, told),
      );
    });
    this.rows.replaceChildren(...rows);
  }
}
