// The plane's dots, its directions, and what it leaves out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { directions, scaled } from "../../../playground/labs/vae/directions.js";
import { nearest } from "../../../playground/labs/vae/dots.js";
import { difference } from "../../../playground/labs/vae/left-out.js";

test("the nearest dot within reach is the one that is pointed at", () => {
  const points = Float32Array.of(0, 0, 1, 1, 1.1, 1);
  assert.equal(nearest(points, [1.08, 1], 0.2), 2);
  assert.equal(nearest(points, [1.02, 1], 0.2), 1);
  assert.equal(nearest(points, [0.5, 0.5], 0.2), -1);
  assert.equal(nearest(new Float32Array(), [0, 0], 1), -1);
});

test("a side of the plane offers all directions but that of the other side, and the usual one is the default", () => {
  assert.deepEqual(directions(2, "z1", "z2"), [
    ["pc1", "PC 1"],
    ["pc2", "PC 2"],
    ["", "z1"],
  ]);
  const many = directions(16, "pc1", "pc2");
  assert.equal(many.length, 8 + 16 - 1);
  assert.deepEqual(many[0], ["", "PC 1"]);
  assert.deepEqual(many.at(-1), ["z16", "z16"]);
});

test("a unit of the plane is told as what it is", () => {
  assert.match(scaled({ directions: ["z1", "z2"], prior: true }), /of the prior$/);
  assert.match(scaled({ directions: ["z1", "z2"], prior: false }), /of the codes$/);
  assert.match(scaled({ directions: ["pc1", "pc2"], prior: true }), /of the codes$/);
  assert.match(scaled({ directions: ["pc1", "z2"], prior: true }), /from the mean code/);
});

test("a difference is signed, and the mean over channels", () => {
  const picture = { data: Uint8Array.of(255, 0, 0, 51, 255, 0), shape: [3, 1, 2] };
  const other = { data: Uint8Array.of(0, 0, 0, 0, 0, 255), shape: [3, 1, 2] };
  const values = [...difference(picture, other)].map((value) => Number(value.toFixed(6)));
  assert.deepEqual(values, [Number((2 / 3).toFixed(6)), Number(((51 / 255 - 1) / 3).toFixed(6))]);
});
