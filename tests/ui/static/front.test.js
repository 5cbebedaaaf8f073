import assert from "node:assert/strict";
import { test } from "node:test";
import { front } from "../../../playground/ui/static/front.js";

const POINTS = [
  { x: 3, y: 0.8 },
  { x: 1, y: 0.5 },
  { x: 2, y: 0.4 },
  { x: 2, y: 0.7 },
  { x: 4, y: 0.8 },
  { x: Number.NaN, y: 0.99 },
];

test("the front is of those that no other one beats in both", () => {
  assert.deepEqual(front(POINTS), [1, 3, 0]);
  assert.deepEqual(front([]), []);
  for (const [i, { x, y }] of POINTS.entries()) {
    const beaten = POINTS.some((other) => other.x <= x && other.y >= y && (other.x < x || other.y > y));
    assert.equal(front(POINTS).includes(i), !beaten && !Number.isNaN(x));
  }
});
