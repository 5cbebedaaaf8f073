import assert from "node:assert/strict";
import test from "node:test";

import { cellAt, sheet } from "../../../playground/labs/selfsupervised/view-pairs.js";

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

test("views stand a picture in a row, or two where they are larger so, at whole multiples of their size", () => {
  const views = { pictures: 4, each: 4, size: 28 };
  const tall = sheet(views, 460, 400);
  assert.equal(tall.side, 84);
  assert.deepEqual(
    [tall.place(3), tall.place(4)],
    [
      [255, 0],
      [0, 92],
    ],
  );
  assert.deepEqual([tall.width, tall.height], [339, 360]);
  const flat = sheet(views, 480, 130);
  assert.equal(flat.side, 56);
  assert.deepEqual(
    [flat.place(4), flat.place(8)],
    [
      [235, 0],
      [0, 64],
    ],
  );
  assert.deepEqual([flat.width, flat.height], [462, 120]);
  assert.equal(sheet({ ...views, size: 64 }, 200, 400).side, 49);
});
