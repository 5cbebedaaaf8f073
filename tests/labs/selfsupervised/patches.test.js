// A mask as a link holds it, and the patches under a stroke.

import assert from "node:assert/strict";
import { test } from "node:test";
import { line, written } from "../../../playground/labs/selfsupervised/patches.js";

test("a mask is a bit a patch, row by row, filled up to whole digits", () => {
  assert.equal(written([true, false, false, true]), "2-9");
  const mask = Array.from({ length: 9 }, (_, i) => i === 4 || i === 8);
  assert.equal(written(mask), "3-088");
  assert.equal(written(Array(49).fill(true)), "7-ffffffffffff8");
});

test("a stroke leaves no patch out", () => {
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
