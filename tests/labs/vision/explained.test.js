// What the colors of maps and the curves that test them say.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  aroundZero,
  conclusion,
  farthest,
  listed,
  shown,
  taken,
  verdict,
} from "../../../playground/labs/vision/explained.js";

const map = (/** @type {boolean} */ signed, /** @type {number[]} */ ...values) =>
  shown({ name: "m", title: "M", signed }, { data: Float32Array.from(values), shape: [2, 2] });

test("a map without a sign is a ratio to its mean, one with a sign stays as it is", () => {
  assert.deepEqual([...map(false, 0, 1, 2, 5).values], [0, 0.5, 1, 2.5]);
  assert.deepEqual([...map(true, -1, 1, 2, -5).values], [-1, 1, 2, -5]);
  assert.equal(map(true, 0, 0, 0, 0).grid, 2);
});

test("a scale goes to what lies farthest from zero, in all lanes", () => {
  assert.equal(farthest([map(true, -1, 1, 2, -5), map(true, 3, 0, 0, 0)]), 5);
  assert.equal(farthest([map(false, 0, 1, 2, 5), map(false, 1, 1, 1, 1)]), 2.5);
  assert.equal(farthest([]), 2);
});

test("zero is transparent, and for and against have colors of their own", () => {
  assert.equal(aroundZero(0, 4)[3], 0);
  assert.equal(aroundZero(0, 0)[3], 0);
  assert.equal(aroundZero(2, 4)[3], 0.5);
  assert.equal(aroundZero(-9, 4)[3], 1);
  assert.notDeepEqual(aroundZero(4, 4).slice(0, 3), aroundZero(-4, 4).slice(0, 3));
});

test("a map is better where its curve falls below those of all random orders, or rises above them", () => {
  const chance = [0.5, 0.4, 0.6];
  assert.deepEqual(
    [0.3, 0.4, 0.5, 0.7].map((area) => verdict(area, chance, false)),
    ["better", "alike", "alike", "worse"],
  );
  assert.deepEqual(
    [0.3, 0.6, 0.7].map((area) => verdict(area, chance, true)),
    ["worse", "alike", "better"],
  );
});

test("it is said which maps do better than chance, and which do not", () => {
  const told = (/** @type {string[]} */ ...verdicts) =>
    conclusion(
      verdicts.map((verdict, i) => ({ title: "ABC"[i], verdict })),
      20,
    );
  assert.equal(
    told("better", "alike", "better"),
    "On this picture, better than each of 20 random orders: a and c. No better than random: b.",
  );
  assert.equal(
    told("alike", "worse", "alike"),
    "On this picture no map is better than each of 20 random orders. Worse than each: b.",
  );
  assert.equal(
    told("better", "better", "better"),
    "On this picture, better than each of 20 random orders: a, b and c.",
  );
  assert.equal(listed(["a"]), "a");
});

test("the cells that have changed are the first ones of the order", () => {
  const order = Int32Array.of(3, 1, 0, 2);
  assert.deepEqual([...taken(order, 0)], []);
  assert.deepEqual([...taken(order, 0.5)], [3, 1]);
  assert.equal(taken(order, 1).size, 4);
});
