// Places of a square grid under the pointer and the arrow keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { moved, placeAt } from "../../../playground/labs/vision/similarity.js";

test("a point falls on a place, row by row, or beside the grid", () => {
  assert.equal(placeAt(0, 0, 4), 0);
  assert.equal(placeAt(0.99, 0.99, 4), 15);
  assert.equal(placeAt(0.5, 0.26, 4), 6);
  assert.equal(placeAt(1, 0.5, 4), null);
  assert.equal(placeAt(-0.01, 0.5, 4), null);
  assert.equal(placeAt(0, 0, 0), null);
});

test("arrow keys move by a place, and the edges hold", () => {
  assert.deepEqual(
    [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ].map(([right, up]) => moved(5, right, up, 3)),
    [5, 4, 2, 8],
  );
  assert.equal(moved(0, -1, 1, 3), 0);
});
