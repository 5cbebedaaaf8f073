// Moves along directions as a link has them, and where two pictures differ.

import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, moved, movesOf, steers } from "../../../playground/labs/gan/moves.js";

test("the move that was made last stands last, and one back to 0 is none", () => {
  assert.equal(moved("", "d1", 1.5), "d1:1.5");
  assert.equal(moved("d1:1.5;a7:-2", "d1", 0.05), "a7:-2;d1:0.05");
  assert.equal(moved("d1:1.5;a7:-2", "a7", 0), "d1:1.5");
});

test("what was written is read", () => {
  assert.deepEqual(
    [...movesOf("d1:1.5;a7:-2")],
    [
      ["d1", 1.5],
      ["a7", -2],
    ],
  );
  assert.equal(movesOf("").size, 0);
});

test("only directions with names need labels", () => {
  assert.equal(steers(""), false);
  assert.equal(steers("d1:1;d2:2"), false);
  assert.equal(steers("d1:1;a12:2"), true);
});

test("a difference has the mean size over the channels, and a sign for darker", () => {
  const picture = { data: Uint8Array.from([255, 10, 0, 10]), shape: [2, 1, 2] };
  const other = { data: Uint8Array.from([0, 61, 51, 10]), shape: [2, 1, 2] };
  const [first, second] = difference(picture, other);
  assert.ok(Math.abs(first - 0.6) < 1e-6);
  assert.ok(Math.abs(second + 0.1) < 1e-6);
});
