import assert from "node:assert/strict";
import { test } from "node:test";
import { mostly } from "../../../../playground/labs/frontiers/experts/expert-list.js";

const NAMES = ["Shirt", "Coat", "Bag"];

test("an expert is described by the two classes that most of it comes from", () => {
  assert.equal(mostly(new Float32Array([0.025, 0.07, 0.005]), NAMES, 2), "Coat 70%, Shirt 25%");
  assert.equal(mostly(new Float32Array([0, 0, 1]), NAMES, 2), "Bag 100%");
});

test("an expert that is asked nothing is said to be asked nothing", () => {
  assert.equal(mostly(new Float32Array(3), NAMES, 2), "nothing");
});
