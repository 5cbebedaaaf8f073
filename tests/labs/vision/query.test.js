import assert from "node:assert/strict";
import { test } from "node:test";
import { patchAt, walked } from "../../../playground/labs/vision/query.js";

test("patches are counted row by row, and beyond the picture there is none", () => {
  assert.equal(patchAt(0, 0, 4), 0);
  assert.equal(patchAt(0.99, 0, 4), 3);
  assert.equal(patchAt(0.3, 0.8, 4), 13);
  for (const [x, y] of [
    [-0.01, 0],
    [0, -0.01],
    [1, 0],
    [0, 1],
  ])
    assert.equal(patchAt(x, y, 4), null);
  assert.equal(patchAt(0.5, 0.5, 0), null, "as long as there are no patches");
});

test("keys walk in the order of reading, and stop at both ends", () => {
  assert.equal(walked("ArrowRight", 3, 4), 4);
  assert.equal(walked("ArrowLeft", 4, 4), 3);
  assert.equal(walked("ArrowDown", 5, 4), 9);
  assert.equal(walked("ArrowUp", 9, 4), 5);
  for (const [key, patch] of [
    ["ArrowLeft", 0],
    ["ArrowUp", 3],
    ["ArrowDown", 12],
    ["ArrowRight", 15],
    ["a", 5],
  ])
    assert.equal(walked(key, patch, 4), null, `${key} from ${patch}`);
});
