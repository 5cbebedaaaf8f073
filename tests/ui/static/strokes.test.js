// The cells under a stroke.

import assert from "node:assert/strict";
import { test } from "node:test";
import { line } from "../../../playground/ui/static/strokes.js";

test("a stroke leaves no cell out", () => {
  assert.deepEqual(line([2, 2], [2, 2]), [[2, 2]]);
  assert.deepEqual(line([0, 3], [3, 3]), [
    [0, 3],
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
  const slanted = line([5, 0], [0, 2]);
  assert.deepEqual(
    [slanted[0], slanted[slanted.length - 1]],
    [
      [5, 0],
      [0, 2],
    ],
  );
  slanted.slice(1).forEach(([x, y], i) => {
    assert.ok(Math.abs(x - slanted[i][0]) <= 1 && Math.abs(y - slanted[i][1]) <= 1);
  });
});
