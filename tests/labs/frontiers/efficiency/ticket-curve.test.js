import assert from "node:assert/strict";
import { test } from "node:test";
import { apart, placed, roundAt } from "../../../../playground/labs/frontiers/efficiency/ticket-curve.js";

const CURVES = [{ name: "ticket", ink: "", dashed: false, values: [0.1, 0.5, 0.8] }];

test("rounds stand from left to right, also those that have not come", () => {
  const { x, y, bottom, top } = placed(CURVES, 10, 500, 300);
  assert.ok(x(10) > x(2) && y(0.8) < y(0.1) && bottom < 0.1 && top > 0.8);
  for (const round of [0, 3, 10]) assert.equal(roundAt(10, 500, x(round) + 3), round);
  assert.deepEqual([roundAt(10, 500, -50), roundAt(10, 500, 900)], [0, 10]);
});

test("names do not stand over one another", () => {
  const found = apart([100, 102, 40, 299], 300);
  const sorted = [...found].sort((a, b) => a - b);
  for (let i = 1; i < sorted.length; i++) assert.ok(sorted[i] - sorted[i - 1] >= 14);
  assert.ok(Math.max(...found) <= 300 && found[2] === 40);
});
