import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES, without } from "../../../../playground/labs/frontiers/efficiency/families.js";
import { kilobytes, limits, nearest, placed, rounds } from "../../../../playground/labs/frontiers/efficiency/pareto.js";

const LINES = /** @type {any[]} */ ([
  {
    points: [
      { x: 800, y: 0.9 },
      { x: 400, y: 0.8 },
      { x: 200, y: 0.5 },
    ],
    values: [32, 8, 4],
    name: "bits",
  },
  {
    points: [
      { x: 400, y: 0.7 },
      { x: 100, y: 0.2 },
      { x: Number.NaN, y: 0.1 },
    ],
    values: [0.5, 0.9, 0.95],
    name: "weights",
  },
]);
const LIMITS = limits(LINES.flatMap(({ points }) => points)) ?? assert.fail();

test("every halving of a cost is as long, and what has no cost yet is nowhere", () => {
  const { x, y } = placed(LIMITS, 400, 260);
  const steps = [800, 400, 200].map((cost) => x(cost) - x(cost / 2));
  for (const step of steps) assert.ok(Math.abs(step - steps[0]) < 1e-9);
  assert.ok(y(0.9) < y(0.2) && LIMITS.bottom > 0.1);
  assert.equal(limits([{ x: Number.NaN, y: 0.5 }]), null);
});

test("a click takes the dot that is nearest, and none that is far", () => {
  const { x, y } = placed(LIMITS, 400, 260);
  const at = (/** @type {number} */ left, /** @type {number} */ down) => {
    const found = nearest(LINES, LIMITS, 400, 260, left, down);
    return found && [found.line.name, found.line.values[found.i]];
  };
  assert.deepEqual(at(x(200) + 3, y(0.5) - 2), ["bits", 4]);
  assert.deepEqual(at(x(100), y(0.2)), ["weights", 0.9]);
  assert.equal(at(x(100), y(0.8)), null);
});

test("numbers below the axis are round and within it", () => {
  assert.deepEqual(rounds(70, 550), [70, 100, 150, 200, 300, 500]);
  assert.deepEqual(rounds(0.41, 0.49), [0.41, 0.49]);
});

test("sizes are told in few letters", () => {
  assert.deepEqual([950, 123_456, 2_345_678].map(kilobytes), ["0.95 kB", "123 kB", "2.35 MB"]);
});

test("a dot takes its options, and its line depends on none of them", () => {
  const [weights, units, bits, merging] = FAMILIES;
  assert.deepEqual(weights.takes(Math.fround(0.3)), { pruned: "weights", prune: 0.3 });
  assert.deepEqual(units.takes(0.5), { pruned: "units", prune: 0.5 });
  assert.deepEqual([bits.takes(4), merging.takes(8)], [{ bits: 4 }, { merge: 8 }]);
  assert.deepEqual(without(bits), { family: "bits", bits: 32 });
  assert.deepEqual(without(units), { family: "units", pruned: "units", prune: 0 });
});
