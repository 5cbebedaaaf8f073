// The axis of an experiment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brief, decades } from "../../../playground/labs/vision/bands.js";

test("every tenfold has three numbers", () => {
  assert.deepEqual(decades(300, 12_000), [500, 1000, 2000, 5000, 10_000]);
  assert.deepEqual(decades(0.15, 2), [0.2, 0.5, 1, 2]);
  assert.deepEqual(decades(30, 40), []);
});

test("many are told in few letters", () => {
  assert.deepEqual([0.2, 5, 500, 2000, 50_000, 1_000_000].map(brief), ["0.2", "5", "500", "2k", "50k", "1M"]);
});
