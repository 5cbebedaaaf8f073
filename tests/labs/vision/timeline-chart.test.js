// The chart of a timeline: where names stand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { overlap, placed, spread } from "../../../playground/labs/vision/timeline-chart.js";

const within = { left: 0, top: 0, right: 200, bottom: 100 };
const width = 40;

test("a name stands on the right of its dot, and on the left where there is no room", () => {
  const [left, right] = placed(
    [
      { x: 50, y: 50, width },
      { x: 190, y: 20, width },
    ],
    within,
  );
  assert.ok(left.left > 50 && left.top < 50 && left.bottom > 50);
  assert.ok(right.right < 190);
});

test("names of dots that lie together do not cover each other, nor another dot", () => {
  const dots = [
    { x: 100, y: 50, width },
    { x: 104, y: 52, width },
    { x: 98, y: 60, width },
  ];
  const boxes = placed(dots, within);
  for (const [i, box] of boxes.entries()) {
    assert.ok(box.left >= 0 && box.right <= 200 && box.top >= 0 && box.bottom <= 100);
    for (const other of boxes.slice(i + 1)) assert.ok(!overlap(box, other));
    for (const [j, { x, y }] of dots.entries()) {
      if (j !== i) assert.ok(!overlap(box, { left: x - 1, top: y - 1, right: x + 1, bottom: y + 1 }));
    }
  }
});

test("a name goes out of the way of what else is there", () => {
  const bar = { left: 70, top: 0, right: 72, bottom: 100 };
  const [box] = placed([{ x: 50, y: 50, width }], within, [bar]);
  assert.ok(!overlap(box, bar));
  assert.ok(overlap(placed([{ x: 50, y: 50, width }], within)[0], bar));
});

test("heights are moved apart, in their order, and none too low", () => {
  assert.deepEqual(spread([10, 90, 50], 16, 100), [10, 90, 50]);
  const moved = spread([95, 94, 20, 96], 16, 100);
  const order = [2, 1, 0, 3].map((i) => moved[i]);
  assert.equal(moved[2], 20);
  assert.ok(Math.max(...moved) <= 100);
  for (const [k, height] of order.entries()) if (k) assert.ok(height - order[k - 1] >= 16);
});
