// Filters as pictures of bytes, and how they are laid out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asPictures, layout } from "../../../playground/labs/vision/first-filters.js";

const filters = { data: Float32Array.of(-1, 0, 1, 0.5, -4, 4, 0, 2), shape: [2, 1, 2, 2] };

test("no weight is gray, and one scale shows which filters are strong", () => {
  const { pictures, most } = asPictures(filters, false);
  assert.equal(most, 4);
  assert.deepEqual([...pictures.data], [96, 128, 159, 143, 0, 255, 128, 191]);
  assert.deepEqual(pictures.shape, [2, 1, 2, 2]);
});

test("components have a scale each", () => {
  assert.deepEqual([...asPictures(filters, true).pictures.data], [0, 128, 255, 191, 0, 255, 128, 191]);
});

test("filters without a weight are gray", () => {
  assert.deepEqual(
    [...asPictures({ data: new Float32Array(4), shape: [1, 1, 2, 2] }, true).pictures.data],
    Array(4).fill(128),
  );
  assert.equal(asPictures({ data: new Float32Array(0), shape: [0, 1, 1, 1] }, false).most, 0);
});

test("all filters fit where there is room for them, as large as they can be", () => {
  for (const [count, width, height] of [
    [28, 328, 328],
    [64, 900, 500],
    [16, 358, 600],
  ]) {
    const { columns, rows, side } = layout(count, width, height, 16);
    assert.ok(columns * rows >= count && columns * (side + 8) - 8 <= width && rows * (side + 24) - 8 <= height);
    assert.ok(side >= 20 && side <= 64);
  }
  assert.equal(layout(3, 1000, 600, 0).side, 64);
  assert.deepEqual(layout(32, 1000, 600, 0), { columns: 8, rows: 4, side: 64 }, "no gap in the last row");
  assert.equal(layout(64, 272, 272, 0, 4).side, 24, "a whole multiple of its pixels");
  assert.equal(layout(200, 100, 100, 0).side, 20, "what cannot be in sight is scrolled to");
});
