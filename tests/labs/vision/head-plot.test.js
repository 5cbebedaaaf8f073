import assert from "node:assert/strict";
import { test } from "node:test";
import { mean, place, span } from "../../../playground/labs/vision/head-plot.js";
import { headMaps, rows } from "../../../playground/labs/vision/maps.js";

test("an axis holds all values, with a margin", () => {
  const [low, high] = span([15, 30, 20], 20);
  assert.ok(0 < low && low < 15 && 30 < high && high < 33);
  assert.equal(span([1, 30], 20)[0], 0, "it begins at 0 where values go far down");
});

test("small differences from uniform stay small", () => {
  const [low, high] = span([19.9, 20, 20.1], 20);
  assert.ok(Math.abs(high - low - 6) < 1e-9, "0.3 of what is uniform");
  assert.ok(Math.abs((low + high) / 2 - 20) < 1e-9);
});

test("steps lie on a logarithmic axis that begins with the first one", () => {
  assert.equal(place(0, 0, 1000), 0);
  assert.equal(place(1000, 0, 1000), 1);
  assert.ok(place(30, 0, 1000) > 0.49 && place(30, 0, 1000) < 0.5);
  assert.equal(place(500, 500, 900), 0, "a branch begins at its parent's step");
  assert.equal(place(0, 0, 0), 0, "a run of one snapshot");
});

test("tensors are read by block and head", () => {
  const tensor = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] };
  assert.deepEqual(rows(tensor), [
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  assert.equal(mean([1, 2, 6]), 3);
});

test("each block has the maps of its heads and their mean", () => {
  const data = Float32Array.from({ length: 2 * 2 * 9 }, (_, i) => i);
  const maps = headMaps({ data, shape: [2, 2, 3, 3] });
  assert.deepEqual(
    maps.map(({ layer, head }) => [layer, head]),
    [
      [0, 0],
      [0, 1],
      [0, -1],
      [1, 0],
      [1, 1],
      [1, -1],
    ],
  );
  assert.deepEqual([...maps[4].values], [27, 28, 29, 30, 31, 32, 33, 34, 35]);
  assert.deepEqual([...maps[5].values], [22.5, 23.5, 24.5, 25.5, 26.5, 27.5, 28.5, 29.5, 30.5]);
});
