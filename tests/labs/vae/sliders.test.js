// What sliders are called and what a link says of them, and in which order dimensions are shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ranked } from "../../../playground/labs/vae/dimensions.js";
import { nameOf, turnedOf, turnedText } from "../../../playground/labs/vae/sliders.js";

const told = {
  shares: { data: Float32Array.from([0.7, 0.1, 0.3, 0.31, 0.6, 0.5]), shape: [3, 2] },
  held: { data: Int32Array.from([1, 0, 0, 0, 1, 1]), shape: [3, 2] },
  active: { data: Int32Array.from([1, 1, 1]), shape: [3] },
  gaps: { data: Float32Array.from([0.1, 0.19]), shape: [2] },
};

test("a slider bears the name of what its dimension holds, or says that it is no one factor", () => {
  assert.equal(nameOf(told, ["x", "scale"], 0), "x");
  assert.equal(nameOf(told, ["x", "scale"], 1), "no one factor (scale .31)");
  assert.equal(nameOf(told, ["x", "scale"], 2), "x and scale");
});

test("what was set comes back from its text", () => {
  const turned = new Map([
    [3, 1.5],
    [12, -0.05],
  ]);
  assert.equal(turnedText(turned), "3:1.5;12:-0.05");
  assert.deepEqual(turnedOf("3:1.5;12:-0.05"), turned);
  assert.equal(turnedOf("").size, 0);
});

test("dimensions are ranked by use, or stand as they are counted", () => {
  const values = Float32Array.from([0.1, 2, 0]);
  assert.deepEqual(ranked(values, "use"), [1, 0, 2]);
  assert.deepEqual(ranked(values, "number"), [0, 1, 2]);
});
