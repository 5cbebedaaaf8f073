import assert from "node:assert/strict";
import test from "node:test";

import { cellAt, rows } from "../../../playground/labs/selfsupervised/view-pairs.js";

test("a point of the matrix is the pair of the views at its left and above it", () => {
  const layout = { n: 4, width: 104, gap: 4 }; // cells of 20
  assert.deepEqual(cellAt(30 / 104, 90 / 104, layout), [3, 0]);
  assert.deepEqual(cellAt(103 / 104, 25 / 104, layout), [0, 3]);
});

test("the views themselves, and what is outside, are no pair", () => {
  const layout = { n: 4, width: 104, gap: 4 };
  for (const [x, y] of [
    [10 / 104, 90 / 104],
    [90 / 104, 10 / 104],
    [1.2, 0.5],
    [0.5, -0.1],
  ])
    assert.equal(cellAt(x, y, layout), null);
});

test("views stand in the number of rows in which they are largest, at whole multiples of their size", () => {
  assert.deepEqual(rows(8, 28, 460, 200), { columns: 4, side: 84 });
  assert.deepEqual(rows(8, 28, 460, 60), { columns: 8, side: 56 });
  assert.deepEqual(rows(8, 64, 300, 90), { columns: 4, side: 44 });
});
