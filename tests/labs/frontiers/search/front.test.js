import assert from "node:assert/strict";
import { test } from "node:test";
import { numberOf, operationsOf } from "../../../../playground/labs/frontiers/search/cell-graph.js";
import { bounds, nearest, neighbor, placed } from "../../../../playground/labs/frontiers/search/front.js";
import { verdict } from "../../../../playground/labs/frontiers/search/verdict.js";

const POINTS = [
  { x: 3, y: 0.8 },
  { x: 1, y: 0.5 },
  { x: 2, y: 0.4 },
  { x: 2, y: 0.7 },
  { x: 4, y: 0.8 },
  { x: Number.NaN, y: 0.99 },
];

test("what is far worse than the best lies at the lower edge, and what is unknown nowhere", () => {
  const limits = bounds([...POINTS, { x: 2, y: 0.1 }]);
  assert.ok(limits.bottom > 0.3 && limits.top > 0.8 && limits.left < 1 && limits.right > 4);
  const { y } = placed(limits, 400, 300);
  assert.equal(y(0.1), y(0.2));
  assert.ok(y(0.5) < y(0.1) && y(0.8) < y(0.5));
});

test("the nearest dot is meant, and none that is far", () => {
  const limits = bounds(POINTS);
  const { x, y } = placed(limits, 400, 300);
  assert.equal(nearest(POINTS, limits, 400, 300, x(2) + 3, y(0.7) - 2), 3);
  assert.equal(nearest(POINTS, limits, 400, 300, x(1), y(0.8)), -1);
});

test("arrow keys walk from left to right and stop at the ends", () => {
  assert.equal(neighbor(POINTS, 1, 1), 2);
  assert.equal(neighbor(POINTS, 2, 1), 3);
  assert.equal(neighbor(POINTS, 4, 1), 4);
  assert.equal(neighbor(POINTS, 1, -1), 1);
  assert.equal(neighbor(POINTS, -1, 1), 1);
  assert.equal(neighbor([], -1, 1), -1);
});

test("a cell and its number are one another's", () => {
  assert.equal(numberOf([3, 0, 3, 1, 0, 1]), 3 + 3 * 25 + 125 + 3125);
  for (const number of [0, 1, 777, 15_624]) assert.equal(numberOf(operationsOf(number)), number);
});

test("what is within the interval is not said to be better", () => {
  /** @type {(more: [number, number, number], tested_more: [number, number, number]) => any} */
  const method = (more, tested_more) => ({
    name: "Evolution",
    trials: 5,
    candidates: 32,
    held: [0.78, 0.77, 0.79],
    tested: [0.76, 0.75, 0.77],
    more,
    tested_more,
  });
  const random = { ...method([0, 0, 0], [0, 0, 0]), name: "Random search" };
  const said = verdict([random, method([0.008, 0.005, 0.011], [-0.001, -0.009, 0.005])]);
  assert.match(said, /best of 32 cells .* mean of 5 seeds: Random search 78\.0%/);
  assert.match(
    said,
    /Evolution 78\.0%, better \(0\.8 points.* on test pictures 76\.0%, not clearly better \(−0\.1 points/,
  );
  assert.match(verdict([random, method([-0.02, -0.03, -0.01], [0, -1, 1])]), /worse/);
  assert.equal(verdict([]), "");
});
