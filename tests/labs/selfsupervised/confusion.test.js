// How right a probe is, and what it takes clips of one direction for, in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accuracy, sentence } from "../../../playground/labs/selfsupervised/confusion.js";

const NAMES = ["right", "up", "left", "down"];

test("the accuracy is the share on the diagonal", () => {
  const data = Int32Array.from([3, 1, 0, 0, 2, 2, 4, 0, 8]);
  assert.equal(accuracy({ data, shape: [3, 3] }), 13 / 20);
});

test("what is named most often is said first, three of them, and nothing that never is", () => {
  assert.equal(
    sentence(Int32Array.from([1200, 7, 30, 2]), NAMES, 1),
    "Of the 1,239 test clips that move up, the probe calls 1,200 “right”, 30 “left” and 7 “up”.",
  );
  assert.equal(
    sentence(Int32Array.from([0, 5, 0, 6]), NAMES, 3),
    "Of the 11 test clips that move down, the probe calls 6 “down” and 5 “up”.",
  );
  assert.equal(
    sentence(Int32Array.from([0, 0, 9, 0]), NAMES, 2),
    "Of the 9 test clips that move left, the probe calls 9 “left”.",
  );
});
