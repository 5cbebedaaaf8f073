// Painted codes as a link has them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { painted, read } from "../../../playground/labs/vae/painted.js";

test("a stroke replaces what is there, and the places stand in order", () => {
  assert.equal(painted("", [12, 3], 99), "3:99;12:99");
  assert.equal(painted("3:99;12:99", [3, 4], 7), "3:7;4:7;12:99");
});

test("a stroke of the picture's own codes takes away", () => {
  assert.equal(painted("3:99;12:99", [3, 5], null), "12:99");
  assert.equal(painted("3:99", [3], null), "");
});

test("what was written is read", () => {
  assert.deepEqual(
    [...read("3:7;12:99")],
    [
      [3, 7],
      [12, 99],
    ],
  );
  assert.equal(read("").size, 0);
});
