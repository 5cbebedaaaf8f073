// What stands on the chart of a timeline.

import assert from "node:assert/strict";
import { test } from "node:test";
import { at, dots, onStage, rings } from "../../../playground/labs/vision/milestones.js";

const final = { mean: 0.8, low: 0.7, high: 0.9 };
const line = { x: [1, 60], mean: [0.2, 0.8], low: [0.1, 0.7], high: [0.3, 0.9] };
const arm = (recipe, number, more) => ({ recipe, line: number, final, parameters: 7, flops: 9, seconds: 60, ...more });
const told = {
  metric: "accuracy",
  data: "fashion",
  arms: [arm("b-fashion", 0), arm("a-fashion", 1), arm("c-fashion", 2, { final: null })],
  lines: [line, null, null],
};
const milestones = ["a", "b", "c", "d"].map((name) => ({ name, title: name.toUpperCase(), recipe: `${name}-fashion` }));

const track = (data_title = "fashion", name = "mine") => ({
  info: { name, data_title },
  clock: [
    [0, 0],
    [10, 4],
    [40, 90],
  ],
  lines: (metric) =>
    metric === "accuracy"
      ? [
          {
            test: [
              [10, 0.3],
              [30, 0.6],
            ],
          },
        ]
      : [],
  knobsAt: () => ({ batch_size: 128 }),
});
const takes = { parameters: 5, flops: 11 };

test("each architecture that was measured has a dot, in the order of the timeline", () => {
  const shown = dots(milestones, told, "parameters");
  assert.deepEqual(shown[0], { name: "a", title: "A", x: 7, y: 0.8, low: 0.7, high: 0.9, curve: null });
  assert.deepEqual(
    shown.map(({ name }) => name),
    ["a", "b"],
  );
  assert.deepEqual(dots(milestones, { ...told, arms: [arm("a-fashion", 0, { flops: null })] }, "flops"), []);
});

test("along seconds they are curves", () => {
  const [a, b] = dots(milestones, told, "seconds");
  assert.equal(a.curve, null);
  assert.equal(b.curve, line);
  assert.equal(b.x, 60);
});

test("a run is where it was evaluated last", () => {
  const where = (step, axis) => at({ track: track(), step, takes }, told, axis);
  assert.deepEqual(where(29, "images"), { x: 29 * 128, y: 0.3 });
  assert.deepEqual(where(30, "parameters"), { x: 5, y: 0.6 });
  assert.deepEqual(where(30, "flops"), { x: 11, y: 0.6 });
  assert.deepEqual(where(39, "seconds"), { x: 4, y: 0.6 });
  assert.equal(where(9, "parameters"), null);
  assert.equal(at({ track: track("emoji"), step: 30, takes }, told, "parameters"), null);
  assert.equal(at({ track: track(), step: 30, takes: null }, told, "parameters"), null);
});

test("a branch is nowhere along seconds, as its clock does not know what its parent took", () => {
  const branch = { ...track(), info: { ...track().info, parent: { run: "other", step: 20 } } };
  const staged = { track: branch, step: 30, takes };
  assert.equal(at(staged, told, "seconds"), null);
  assert.deepEqual(at(staged, told, "images"), { x: 30 * 128, y: 0.6 });
  assert.equal(onStage([staged], told), "On the stage: mine, snapshot of step 30, 60.0%.");
});

test("two runs are two rings, but none beyond the curves", () => {
  const staged = (step) => [0, 1].map(() => ({ track: track(), step, takes }));
  const drawn = (step, axis) =>
    rings(staged(step), told, axis, dots(milestones, told, axis)).map(({ x, ink }) => [x, ink]);
  assert.deepEqual(drawn(30, "seconds"), [
    [4, "--ink"],
    [4, "--second"],
  ]);
  assert.deepEqual(drawn(40, "seconds"), []);
  assert.equal(drawn(40, "parameters").length, 2);
});

test("runs are told with what they reached, or why they are not seen", () => {
  const staged = [track(), track("emoji", "other")].map((one) => ({ track: one, step: 1030, takes }));
  assert.equal(
    onStage(staged, told),
    "On the stage: mine, snapshot of step 1,030, 60.0% after 90 s; other, snapshot of step 1,030, which learned from emoji.",
  );
  assert.equal(onStage([], told), "");
});
