import assert from "node:assert/strict";
import { test } from "node:test";
import { Maps } from "../../../playground/labs/vision/maps.js";

/** Two layers of two heads over a class token (or none) and 2 x 2 patches, as the server packs them. */
function packed(prefix) {
  const [layers, heads, grid] = [2, 2, 2];
  const tokens = prefix + grid ** 2;
  const rows = layers * heads * tokens;
  const scales = Float32Array.from({ length: rows }, (_, i) => (i + 1) / rows);
  const values = Uint8Array.from({ length: rows * tokens }, (_, i) => (37 * i) % 256);
  const bytes = new Uint8Array([...new Uint8Array(scales.buffer), ...values]);
  const at = (layer, head, query, key) => {
    const row = (layer * heads + head) * tokens + query;
    return (scales[row] * values[row * tokens + key]) / 255;
  };
  return { maps: new Maps({ head: { layers, heads, tokens, grid }, bytes }), at };
}

const close = (found, expected) => {
  assert.equal(found.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(found[i] - value) < 1e-6, `${found}, not ${expected}`);
};
const patches = [0, 1, 2, 3];

test("a patch's row skips the class token", () => {
  const { maps, at } = packed(1);
  close(
    maps.values(1, 0, 2),
    patches.map((key) => at(1, 0, 3, key + 1)),
  );
});

test("without a patch, the class token asks, or all patches do", () => {
  const token = packed(1);
  close(
    token.maps.values(0, 1, -1),
    patches.map((key) => token.at(0, 1, 0, key + 1)),
  );
  const { maps, at } = packed(0);
  close(
    maps.values(0, 1, -1),
    patches.map((key) => patches.reduce((sum, query) => sum + at(0, 1, query, key), 0) / 4),
  );
});

test("the mean is that of all heads", () => {
  const { maps, at } = packed(1);
  close(
    maps.values(1, -1, 0),
    patches.map((key) => (at(1, 0, 1, key + 1) + at(1, 1, 1, key + 1)) / 2),
  );
});
