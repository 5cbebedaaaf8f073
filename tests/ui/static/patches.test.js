// A mask as a link holds it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { written } from "../../../playground/ui/static/patches.js";

test("a mask is a bit a patch, row by row, filled up to whole digits", () => {
  assert.equal(written([true, false, false, true]), "2-9");
  const mask = Array.from({ length: 9 }, (_, i) => i === 4 || i === 8);
  assert.equal(written(mask), "3-088");
  assert.equal(written(Array(49).fill(true)), "7-ffffffffffff8");
});
