import assert from "node:assert/strict";
import { test } from "node:test";
import {
  counted,
  encircled,
  inside,
  nearest,
  packed,
  sample,
  unpacked,
} from "../../../playground/labs/selfsupervised/selection.js";

const BAY = [
  [0, 0],
  [4, 0],
  [4, 4],
  [2, 1],
  [0, 4],
];

test("a place in a bay of the line is outside", () => {
  assert.equal(inside([1, 1], BAY), true);
  assert.equal(inside([3, 1], BAY), true);
  assert.equal(inside([2, 3], BAY), false);
  assert.equal(inside([5, 1], BAY), false);
  assert.equal(inside([1, 1], []), false);
});

test("the direction of the line does not matter", () => {
  const points = [1, 1, 2, 3, 3, 1, -1, 2];
  assert.deepEqual(encircled(points, BAY), [0, 2]);
  assert.deepEqual(encircled(points, BAY.toReversed()), [0, 2]);
});

test("neighbors are the nearest ones, in their order", () => {
  assert.deepEqual(nearest([9, 0, 1, 0, 0, 0, 2, 0], [0, 0], 3), [1, 2, 3]);
  assert.deepEqual(nearest([9, 0], [0, 0], 3), [0]);
});

test("a selection comes back from a link, and none of 2,000 is too long for one", () => {
  for (const numbers of [[], [0], [7, 8], [3, 500, 1999], Array.from({ length: 2000 }, (_, i) => i)]) {
    assert.deepEqual(unpacked(packed(numbers)), numbers);
    assert.ok(packed(numbers).length <= 334);
    assert.match(packed(numbers), /^[\w-]*$/);
  }
});

test("a link that makes no sense selects nothing", () => {
  for (const text of ["ä", "=", "a", "a b", "…"]) assert.deepEqual(unpacked(text), []);
});

test("classes are counted, the most frequent first", () => {
  assert.deepEqual(counted([0, 1, 2, 4], [5, 2, 2, 9, 5]), [
    [2, 2],
    [5, 2],
  ]);
  assert.deepEqual(counted([0, 1, 2], [5, 2, 2]), [
    [2, 2],
    [5, 1],
  ]);
});

test("a sample has the classes together, each with its share", () => {
  const labels = Array.from({ length: 90 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const some = sample([...labels.keys()], labels, 9);
  assert.deepEqual(
    some.map((i) => labels[i]),
    [0, 0, 0, 0, 0, 0, 1, 1, 1],
  );
  assert.equal(new Set(some).size, 9);
  assert.deepEqual(sample([4, 2], labels, 9), [2, 4]);
});
