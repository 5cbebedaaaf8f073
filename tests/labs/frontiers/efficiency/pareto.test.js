import assert from "node:assert/strict";
import { test } from "node:test";
import { kilobytes, nearest, placed } from "../../../../playground/labs/frontiers/efficiency/pareto.js";

const CURVES = [
  {
    sizes: new Int32Array([800, 400, 200]),
    accuracy: new Float32Array([0.9, 0.8, 0.5]),
    values: [32, 8, 4],
    name: "bits",
    ink: "",
  },
  {
    sizes: new Int32Array([400, 100]),
    accuracy: new Float32Array([0.8, 0.2]),
    values: [0.5, 0.9],
    name: "prune",
    ink: "",
  },
];

test("every halving of a size is as long", () => {
  const { x, y } = placed(CURVES, 400, 260);
  const steps = [800, 400, 200].map((size) => x(size) - x(size / 2));
  for (const step of steps) assert.ok(Math.abs(step - steps[0]) < 1e-9);
  assert.ok(y(0.9) < y(0.2));
});

test("a click takes the dot that is nearest", () => {
  const { x, y } = placed(CURVES, 400, 260);
  assert.deepEqual(nearest(CURVES, 400, 260, x(200) + 3, y(0.5) - 2), { name: "bits", value: 4 });
  assert.deepEqual(nearest(CURVES, 400, 260, x(100), y(0.2)), { name: "prune", value: 0.9 });
});

test("sizes are told in few letters", () => {
  assert.deepEqual([950, 123_456, 2_345_678].map(kilobytes), ["0.95 kB", "123 kB", "2.35 MB"]);
});
