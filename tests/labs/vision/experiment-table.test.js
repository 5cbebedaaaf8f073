// The table of an experiment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { called, columns, evaluated, notes } from "../../../playground/labs/vision/experiment-table.js";

/** @import { Arm } from "../../../playground/labs/vision/bands.js" */

/** @type {Arm} */
const arm = {
  name: "one",
  recipe: "one-fashion",
  parameters: 61_706,
  flops: 833_040,
  sheet: "",
  line: 0,
  final: { mean: 0.8, low: 0.7, high: 0.9 },
  values: [0.7, 0.9],
  runs: [
    { run: "a", seed: 0, state: "done" },
    { run: "b", seed: 1, state: "done" },
    { run: "c", seed: 2, state: "running" },
  ],
  seconds: 60.04,
  watt_hours: 0.08339,
  images: 410_368,
  n: 2000,
};
const unknown = { ...arm, final: null, values: [], flops: null, seconds: null, images: null, watt_hours: null };

/** @param {Arm[]} arms @param {Arm} of */
const row = (arms, of) =>
  columns(arms, "Accuracy", (value) => value.toFixed(2)).map(({ head, cell }) => [head, cell(of)]);

test("an arm says what it reached and what it took", () => {
  assert.deepEqual(row([arm], arm), [
    ["Accuracy", "0.80"],
    ["95 % bootstrap interval", "0.70 to 0.90"],
    ["Seeds", "2 of 3"],
    ["Parameters", "61,706"],
    ["FLOPs of an example", "833k"],
    ["Seconds", "60"],
    ["Examples seen", "410,368"],
    ["Energy, estimated (Wh)", "0.083"],
  ]);
});

test("what no arm knows has no column, and what one does not know is empty", () => {
  const heads = row([unknown], unknown).map(([head]) => head);
  assert.deepEqual(heads, ["Accuracy", "95 % bootstrap interval", "Seeds", "Parameters"]);
  assert.deepEqual(Object.fromEntries(row([arm, unknown], unknown))["FLOPs of an example"], null);
});

test("the words below it are of the columns that there are", () => {
  assert.deepEqual(notes([unknown], "Energy is estimated."), []);
  assert.equal(notes([arm, unknown], "Energy is estimated.")[1], "Energy is estimated.");
});

test("a metric goes by its name or by its beginning", () => {
  const labels = { loss: "Loss", fid: "Realism (FID)", precision: "Precision", as_asked: "Right class" };
  assert.deepEqual(
    ["loss", "fid_cnn-fashion", "beauty", "precision_cnn-fashion", "as_asked_cnn-emoji"].map((name) =>
      called(labels, name),
    ),
    ["Loss", "Realism (FID, cnn-fashion)", "beauty", "Precision (cnn-fashion)", "Right class (cnn-emoji)"],
  );
});

test("along a knob the curve has the numbers of the table, of all test examples", () => {
  assert.equal(evaluated("knob", 2000), "Curve and table are evaluated on all of the test data (2,000).");
  assert.match(evaluated("seconds", 2000), /^Curves are .* part of the test data, the table on all of .* \(2,000\)\.$/);
  assert.match(evaluated("seconds", 0), /all of the test data\.$/);
});
