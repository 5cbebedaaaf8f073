import assert from "node:assert/strict";
import { test } from "node:test";
import { layout } from "../../../playground/labs/frontiers/continual/accuracy-matrix.js";
import { above, ends, forgotten, worst } from "../../../playground/labs/frontiers/continual/recall.js";

const words = {
  step: 0,
  classes: ["a", "b", "c", "d"],
  has: [
    ["a", "b"],
    ["c", "d"],
  ],
  scenario: "class",
  chance: 0.5,
};
/** @param {number[]} taken */
const answers = (taken) => ({
  words,
  tensors: {
    labels: { data: Int32Array.of(0, 1, 2, 3, 0, 1), shape: [6] },
    taken: { data: Int32Array.from(taken), shape: [6] },
    accuracy: { data: Float32Array.of(0, 0), shape: [2] },
    seen: { data: Int32Array.of(1, 1), shape: [2] },
  },
});

test("the ends of tasks are those marks whose frames are there, whatever else was marked", () => {
  const mark = (/** @type {number} */ step, /** @type {string} */ label) => ({ step, label, knobs: {} });
  const marked = [mark(10, "task 1 ends"), mark(15, ""), mark(20, "task 2 ends"), mark(30, "task 12 ends")];
  assert.deepEqual(ends({ marked, snapshots: [0, 10, 15, 30] }), [
    { task: 0, step: 10 },
    { task: 11, step: 30 },
  ]);
});

test("forgotten is what was recognized at the task's end and is not any more", () => {
  const then = answers([0, 1, 0, 0, 1, 1]); // of task 1 all but the fifth
  const now = answers([2, 1, 2, 3, 0, 3]);
  assert.deepEqual(forgotten(then, now, 0), { known: 3, lost: [0, 5] });
  assert.deepEqual(forgotten(then, now, 1), { known: 0, lost: [] });
  assert.deepEqual(forgotten(then, then, 0).lost, []);
});

test("the color of a cell begins at chance", () => {
  assert.equal(above(0.5, 0.5), 0);
  assert.equal(above(0.1, 0.5), 0);
  assert.equal(above(0.75, 0.5), 0.5);
  assert.equal(above(1, 0.1), 1);
});

test("the task that lost the most is shown where none is chosen", () => {
  assert.equal(worst([3, 9, 9, 0]), 1);
  assert.equal(worst([0, 0]), 0);
  assert.equal(worst([]), 0);
});

test("cells are squares that fit, however many tasks there are", () => {
  for (const [width, height, columns] of [
    [358, 400, 5],
    [500, 500, 10],
    [900, 900, 2],
  ]) {
    const { side, left, top, now } = layout(width, height, columns, columns);
    assert.ok(left + columns * side <= width && top + now + columns * side <= height);
  }
});
