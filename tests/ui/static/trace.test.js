import assert from "node:assert/strict";
import { test } from "node:test";
import { lines, strip, words } from "../../../playground/ui/static/trace.js";

Object.assign(globalThis, { document: {}, getComputedStyle: () => ({ getPropertyValue: () => "" }) });

const shares = {
  steps: [0, 10, 20],
  values: [
    [0.25, 0.25, 0.25, 0.25],
    [0.1, 0.6, 0.2, 0.1],
    [0.05, 0.15, 0.8, 0],
  ],
  names: ["cat", "dog", "fox", "owl"],
  shares: true,
};

test("of a whole, the shares that are ever the largest are drawn, the last one's first", () => {
  assert.deepEqual(lines(shares), [2, 1, 0]);
  assert.deepEqual(lines({ ...shares, shares: false }), [0, 1, 2, 3]);
});

test("what a network says only once it has grown begins where it does", () => {
  const grown = {
    steps: [0, 10, 20],
    values: [
      [1, Number.NaN],
      [0.6, 0.4],
      [0.3, 0.7],
    ],
    names: ["cat", "dog"],
    shares: true,
  };
  assert.deepEqual(lines(grown), [1, 0]);
  assert.equal(words(grown, 5), "cat 100.0%");
  assert.equal(words(grown, 20), "dog 70.0% · cat 30.0%");
});

test("values that are no shares of a whole lie between the ends that they have", () => {
  const drawn = (/** @type {[number, number] | undefined} */ ends) => {
    /** @type {number[]} */
    const heights = [];
    const line = (/** @type {number} */ _x, /** @type {number} */ y) => heights.push(y);
    const context = { strokeRect() {}, beginPath() {}, stroke() {}, lineTo: line };
    const trace = { steps: [0, 1], values: [[0.5], [0.75]], names: ["task"], shares: false, ends };
    strip(/** @type {any} */ (context), [{ trace, ink: "red" }], (step) => step, {
      top: 0,
      height: 104,
      left: 0,
      right: 9,
    });
    return heights;
  };
  assert.deepEqual(drawn([0, 1]), [52, 27]);
  assert.deepEqual(drawn(undefined), [102, 2]);
});

test("a trace tells what is largest at the frame that is shown", () => {
  assert.equal(words(shares, 15), "dog 60.0% · fox 20.0%");
  assert.equal(words(shares, 99), "fox 80.0% · dog 15.0%");
  assert.equal(words(shares, -1), words(shares, 0), "before the first frame, that one");
  const errors = { steps: [0], values: [[0.12345, -2]], names: ["error", "x"], shares: false };
  assert.equal(words(errors, 0), "error 0.12 · x −2");
});
