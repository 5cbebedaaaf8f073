import assert from "node:assert/strict";
import { test } from "node:test";
import { largest, Maps, ratios } from "../../../playground/labs/vision/maps.js";

/** Two layers of two heads over a prefix, first a class token, and 2 x 2 patches, as the server answers. */
function answered(
  prefix,
  { class_token = prefix > 0, row: byte = (i) => (37 * i) % 256, most = (i, rows) => (i + 1) / rows } = {},
) {
  const [layers, heads, grid] = [2, 2, 2];
  const tokens = prefix + grid ** 2;
  const count = layers * heads * tokens;
  const largest = Float32Array.from({ length: count }, (_, i) => most(i, count));
  const rows = Uint8Array.from({ length: count * tokens }, (_, i) => byte(i));
  const tensors = {
    rows: { data: rows, shape: [layers, heads, tokens, tokens] },
    largest: { data: largest, shape: [layers, heads, tokens] },
    probabilities: { data: new Float32Array(), shape: [0] },
  };
  /** What is looked for: attention times the number of tokens. */
  const at = (layer, head, query, key) => {
    const row = (layer * heads + head) * tokens + query;
    return (tokens * largest[row] * rows[row * tokens + key]) / 255;
  };
  return { maps: new Maps({ words: { grid, size: 8, classes: [], class_token }, tensors }), at };
}

const close = (actual, expected) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i] - value) < 1e-6, `${actual}, not ${expected}`);
};
const patches = [0, 1, 2, 3];

test("a patch's row skips the class token", () => {
  const { maps, at } = answered(1);
  close(
    maps.values(1, 0, 2),
    patches.map((key) => at(1, 0, 3, key + 1)),
  );
});

test("without a patch, the class token asks, or all patches do", () => {
  const token = answered(1);
  close(
    token.maps.values(0, 1, -1),
    patches.map((key) => token.at(0, 1, 0, key + 1)),
  );
  const { maps, at } = answered(0);
  close(
    maps.values(0, 1, -1),
    patches.map((key) => patches.reduce((sum, query) => sum + at(0, 1, query, key), 0) / 4),
  );
});

test("registers are neither asked nor shown", () => {
  const { maps, at } = answered(2, { class_token: false });
  close(
    maps.values(0, 1, -1),
    patches.map((key) => patches.reduce((sum, query) => sum + at(0, 1, query + 2, key + 2), 0) / 4),
  );
});

test("the mean is that of all heads", () => {
  const { maps, at } = answered(1);
  close(
    maps.values(1, -1, 0),
    patches.map((key) => (at(1, 0, 1, key + 1) + at(1, 1, 1, key + 1)) / 2),
  );
});

test("uniform attention is 1 everywhere, and the scale then ends at twice that", () => {
  for (const prefix of [0, 1]) {
    const tokens = prefix + 4;
    const { maps } = answered(prefix, { row: () => 255, most: () => 1 / tokens });
    for (const query of [-1, 0]) {
      const { maps: all, most } = maps.all(query);
      assert.equal(all.length, 2 * 3, "two heads and their mean in each of two layers");
      for (const { values } of all) close(values, [1, 1, 1, 1]);
      assert.equal(most, 2);
    }
  }
});

test("one scale holds all maps of a query", () => {
  const { maps, at } = answered(0);
  const { maps: all, most } = maps.all(3);
  assert.equal(most, Math.max(...all.flatMap(({ values }) => [...values])));
  assert.ok(Math.abs(most - Math.max(...[0, 1, 2, 3].map((key) => at(1, 1, 3, key)))) < 1e-6);
});

test("saliency is a ratio to its mean, and nothing is above it where there is none", () => {
  const relative = ratios(Float32Array.of(0, 1, 2, 5));
  close(relative, [0, 0.5, 1, 2.5]);
  assert.equal(largest([relative]), 2.5);
  close(ratios(new Float32Array(4)), [0, 0, 0, 0]);
  assert.equal(largest([ratios(new Float32Array(4))]), 2);
});
