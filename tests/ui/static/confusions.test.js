import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, differing, layout, members, worst } from "../../../playground/ui/static/confusions.js";

const answers = {
  labels: [0, 0, 0, 1, 1, 2],
  taken: [0, 1, 1, 1, 2, 0],
  confidence: [0.9, 0.6, 0.8, 0.7, 0.5, 0.4],
};

test("a row is a class, a column what it is taken for", () => {
  assert.deepEqual([...counted(answers.labels, answers.taken, 3)], [1, 2, 0, 0, 1, 1, 1, 0, 0]);
});

test("the worst cell has the most pictures off the diagonal", () => {
  assert.deepEqual(worst(counted(answers.labels, answers.taken, 3), 3), { truth: 0, taken: 1 });
  assert.deepEqual(worst(Int32Array.from([9, 0, 3, 9]), 2), { truth: 1, taken: 0 });
  assert.deepEqual(worst(Int32Array.from([5]), 1), { truth: 0, taken: 0 }, "of one class");
});

test("the surest answers of a cell come first", () => {
  assert.deepEqual(members(answers, { truth: 0, taken: 1 }), [2, 1]);
  assert.deepEqual(members(answers, { truth: 2, taken: 1 }), []);
});

test("where two networks differ, those come first that one of them has right", () => {
  const other = { labels: answers.labels, taken: [1, 0, 1, 1, 0, 2], confidence: [0.9, 0.9, 0.9, 0.9, 0.9, 0.9] };
  // 0, 1 and 5 are right in one of them; 4 in none; 2 and 3 are answered alike
  assert.deepEqual(differing([answers, other]), [0, 1, 5, 4]);
});

test("the matrix fits its canvas", () => {
  for (const [width, k] of [
    [500, 10],
    [300, 10],
    [300, 100],
  ]) {
    const { left, top, side } = layout(width, k);
    assert.ok(Number.isInteger(side) && side >= 2);
    if (k === 10) assert.ok(left + k * side <= width && top + k * side <= width);
  }
});
