// What a change does to the probabilities, in pairs and in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, pairs, points } from "../../../playground/labs/vision/pairs.js";

const CLASSES = ["Sneaker", "Ankle boot", "Bag", "Coat"];
const BEFORE = Float32Array.of(0.75, 0.125, 0.0625, 0.0625);
const AFTER = Float32Array.of(0.25, 0.5, 0.125, 0.125);

test("the answer before and after the change", () => {
  assert.deepEqual(answers(BEFORE, AFTER, CLASSES), ["Sneaker 75.0%", "→ Ankle boot 50.0%"]);
});

test("classes stand in the order of before, and those that become likely are among them", () => {
  assert.deepEqual(
    pairs(BEFORE, AFTER, CLASSES).map(({ name }) => name),
    CLASSES,
  );
  const two = pairs(Float32Array.of(0.6, 0.3, 0.1, 0), Float32Array.of(0.1, 0, 0.1, 0.8), CLASSES, 2);
  assert.deepEqual(
    two.map(({ name, before, after }) => [name, before > after]),
    [
      ["Sneaker", true],
      ["Coat", false],
    ],
  );
});

test("a difference has its sign, and none where there is nothing to tell", () => {
  assert.deepEqual([-0.272, 0.259, 0.0004, -0.0004, 0].map(points), ["−27.2", "+25.9", "0.0", "0.0", "0.0"]);
});
