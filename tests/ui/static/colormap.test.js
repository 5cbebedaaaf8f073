import assert from "node:assert/strict";
import { test } from "node:test";
import { aboveUniform, rgb, signed, viridis } from "../../../playground/ui/static/colormap.js";

test("colors are read with and without a #", () => {
  assert.deepEqual(rgb("#0f766e"), [15, 118, 110]);
  assert.deepEqual(rgb("FF0080"), [255, 0, 128]);
});

test("viridis begins dark, ends bright and grows in between", () => {
  assert.deepEqual(viridis(0), rgb("440154"));
  assert.deepEqual(viridis(1), rgb("fde725"));
  assert.deepEqual([viridis(-3), viridis(7)], [viridis(0), viridis(1)]);
  const luma = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b;
  const lumas = Array.from({ length: 101 }, (_, i) => luma(viridis(i / 100)));
  assert.ok(lumas.every((value, i) => !i || value > lumas[i - 1]));
});

test("what is at or below uniform is not drawn, and the end of the scale is opaque", () => {
  assert.deepEqual(
    [0, 0.5, 1].map((ratio) => aboveUniform(ratio, 5)[3]),
    [0, 0, 0],
  );
  assert.deepEqual(aboveUniform(5, 5), [...rgb("fde725"), 1]);
  const opacities = [1.1, 2, 3, 4].map((ratio) => aboveUniform(ratio, 5)[3]);
  assert.ok(opacities.every((value, i) => value > (opacities[i - 1] ?? 0) && value < 1));
});

test("opposites have two colors, the stronger the further from 0, where nothing is drawn", () => {
  assert.deepEqual(signed(1), [...rgb("0072b2"), 1]);
  assert.deepEqual(signed(-0.5), [...rgb("d55e00"), 0.5]);
  assert.equal(signed(0)[3], 0);
  assert.deepEqual([signed(-3), signed(7)], [signed(-1), signed(1)]);
});
