import assert from "node:assert/strict";
import { test } from "node:test";
import { history, path } from "../../../playground/labs/gan/meters.js";

/** A run that has reported one curve. @param {[number, number][]} points @returns {any} */
const track = (points) => ({ lines: (/** @type {string} */ name) => (name === "margin" ? [{ points }] : []) });

test("a history ends where one looks, and is short", () => {
  const points = /** @type {[number, number][]} */ (Array.from({ length: 200 }, (_, i) => [i, i]));
  const seen = history(track(points), "margin", 150);
  assert.deepEqual(seen.at(-1), [150, 150]);
  assert.equal(seen.length, 80);
  assert.deepEqual(history(track(points), "modes", 150), [], "a curve that the run does not have");
});

test("a history fills the meter's width, and what is off its scale lies at the end", () => {
  const drawn = path(
    [
      [100, 0],
      [150, 5],
      [200, 20],
    ],
    (value) => value / 10,
  );
  assert.deepEqual(drawn, [
    [0, 1],
    [0.5, 0.5],
    [1, 0],
  ]);
});

test("what is not finite is left out", () => {
  assert.deepEqual(
    path(
      [
        [0, Number.NaN],
        [1, 1],
      ],
      (value) => value,
    ),
    [[1, 0]],
  );
});
