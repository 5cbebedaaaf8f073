import assert from "node:assert/strict";
import { test } from "node:test";
import { borders, groups, means } from "../../../playground/labs/vision/groups.js";
import { nearest } from "../../../playground/labs/vision/tradeoff.js";

const OWNER = Int32Array.from([5, 5, 2, 5]); // three patches of 2 x 2 are one token

test("a group has its patches in their order", () => {
  assert.deepEqual(
    [...groups(OWNER)],
    [
      [5, [0, 1, 3]],
      [2, [2]],
    ],
  );
});

test("lines run between groups, and none within one", () => {
  const all = borders(OWNER, 2, () => true);
  assert.equal(all.length, 8 + 2); // the outer edge, and two sides of the third patch
  assert.ok(all.some((line) => line.join() === "1,1,1,2") && all.some((line) => line.join() === "0,1,1,1"));
  assert.ok(!all.some((line) => line.join() === "1,0,1,1"));
});

test("the lines around one group are those of its patches", () => {
  const lines = borders(OWNER, 2, (group) => group === 2).map((line) => line.join());
  assert.deepEqual(lines.sort(), ["0,1,0,2", "0,1,1,1", "0,2,1,2", "1,1,1,2"]);
});

test("a patch has the mean color of its group", () => {
  const colors = Float32Array.from([30, 0, 0, 60, 0, 0, 9, 9, 9, 0, 90, 0]);
  assert.deepEqual(means(colors, OWNER), ["rgb(30,30,0)", "rgb(30,30,0)", "rgb(9,9,9)", "rgb(30,30,0)"]);
});

test("the nearest dot is the one whose share of the arithmetic lies there", () => {
  const tensors = {
    rates: { data: Int32Array.from([0, 4, 8]) },
    shares: { data: Float32Array.from([1, 0.75, 0.5]) },
    accuracy: { data: new Float32Array(3) },
  };
  assert.equal(nearest(tensors, 400, 390), 0);
  assert.equal(nearest(tensors, 400, 230), 4);
  assert.equal(nearest(tensors, 400, 0), 8);
});
