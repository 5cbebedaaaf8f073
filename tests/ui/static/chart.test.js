import assert from "node:assert/strict";
import { test } from "node:test";
import { axis, range, thinned, ticks } from "../../../playground/ui/static/chart.js";

const line = (...curves) => ({
  curves: curves.map((values) => ({ train: values.map((value, i) => [i, value]), test: [] })),
  ink: "",
});

test("ticks are round, within the range and few", () => {
  assert.deepEqual(ticks(0, 1, 4), [0, 0.5, 1]);
  assert.deepEqual(
    ticks(-0.3, 0.3, 4).map((value) => Number(value.toFixed(10))),
    [-0.2, 0, 0.2],
  );
  assert.deepEqual(ticks(12, 98, 4), [50]);
  for (const [low, high] of [
    [0, 7e-6],
    [-3, 1234],
    [0.91, 0.93],
  ]) {
    const places = ticks(low, high, 4);
    assert.ok(places.length >= 1 && places.length <= 5, `${places}`);
    assert.ok(places.every((value) => value >= low && value <= high * (1 + 1e-9)));
  }
});

test("no range is without a number at its axis", () => {
  assert.deepEqual(ticks(12, 98, 1), [50]);
  for (const [low, high] of [
    [0.011, 0.094],
    [1.1, 1.9],
    [-0.9, -0.2],
    [0.91, 0.93],
  ]) {
    for (const most of [1, 2, 4]) {
      const places = ticks(low, high, most);
      assert.ok(places.length >= 1, `${low} to ${high}, about ${most}`);
      assert.ok(places.every((value) => value >= low && value <= high));
    }
  }
});

test("the range has a margin, and a wild beginning does not stretch it", () => {
  const [low, high] = range([line([1000, ...Array(99).fill(0), 1])]);
  assert.ok(low < 0 && high > 0 && high < 2, `${low} to ${high}`);
  assert.deepEqual(range([]), [0, 1]);
  const [same, above] = range([line([3, 3, Number.NaN])]);
  assert.ok(same < 3 && above > 3);
  const [least, most] = range([line([1, 2], [5, 6]), line([3])]);
  assert.ok(least < 1 && most > 6, "all parts of a vector have room");
  const curves = [{ train: [], test: Array.from({ length: 100 }, (_, i) => [i, 0.5]), end: [100, 0.75] }];
  assert.ok(range([{ curves, ink: "" }])[1] > 0.75, "an evaluation that stands by itself has room");
});

test("points on the same three pixels become their mean", () => {
  const points = [
    [0, 1],
    [1, 3],
    [10, 7],
  ];
  assert.deepEqual(
    thinned(points, (step) => step),
    [
      [0.5, 2],
      [10, 7],
    ],
  );
});

test("the axis of a branch begins where it does, and uses the whole width", () => {
  for (const [first, last] of [
    [0, 3000],
    [378, 440],
    [5, 5],
  ]) {
    const x = axis(first, last, 400);
    assert.equal(x(first), 48);
    if (last > first) assert.ok(Math.abs(x(last) - 388) < 1e-9);
    assert.ok(x(first + 1) > x(first) && Number.isFinite(x(first - 1)));
  }
});
