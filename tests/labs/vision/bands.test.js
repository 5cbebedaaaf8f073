// The axis of an experiment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brief, decades, ends, scales, span, stretches } from "../../../playground/labs/vision/bands.js";

test("every tenfold has three numbers", () => {
  assert.deepEqual(decades(300, 12_000), [500, 1000, 2000, 5000, 10_000]);
  assert.deepEqual(decades(0.15, 2), [0.2, 0.5, 1, 2]);
  assert.deepEqual(decades(30, 40), []);
});

test("many are told in few letters", () => {
  assert.deepEqual([0.2, 5, 500, 2000, 50_000, 1_000_000].map(brief), ["0.2", "5", "500", "2k", "50k", "1M"]);
  assert.deepEqual([128, 384, 0.125, 3e-4, 0.1 + 0.2].map(brief), ["128", "384", "0.125", "0.0003", "0.3"], "knobs");
});

test("each place has one of its own on the axis, however small, and so has 0", () => {
  const lefts = (/** @type {number[]} */ places) => {
    const [first, last] = ends(places);
    const { x } = scales({ first, last, bottom: 0, top: 1, height: 200, end: 256 });
    return places.map((place) => Math.round(x(place)));
  };
  assert.deepEqual(lefts([1e-4, 1e-3, 1e-2]), [56, 156, 256]);
  assert.deepEqual(lefts([1e-5, 1e-4]), [56, 256]);
  assert.deepEqual(lefts([0, 0.2, 0.4]), [56, 156, 256]);
  assert.deepEqual(lefts([0, 0.3]), [56, 256]);
});

test("values of which one is many times another stand on a logarithmic axis", () => {
  const tops = (/** @type {number[]} */ values) => {
    const { y } = scales({ first: 1, last: 2, ...span(values), height: 164, end: 256 });
    return values.map((value) => Math.round(y(value)));
  };
  assert.deepEqual(tops([1, 10, 100]), [119, 74, 29], "every tenfold is as long");
  assert.deepEqual(tops([1, 5, 9]), [119, 74, 29], "every one is as long");
  assert.deepEqual(tops([0, 50, 100]), [119, 74, 29], "0 has no place on the other");
  assert.equal(span([0.05, 0.95], true).log, false, "shares");
  assert.deepEqual(span([3, 3]), { bottom: 2.95, top: 3.05, log: false });
});

test("an interval is drawn wherever there is one", () => {
  assert.deepEqual(stretches({ low: [1, 2, 3], high: [2, 3, 4] }), [[0, 3]]);
  assert.deepEqual(stretches({ low: [1, null, 3, 4, null], high: [2, null, 4, 5, null] }), [
    [0, 1],
    [2, 4],
  ]);
  assert.deepEqual(stretches({ low: [null], high: [null] }), []);
});
