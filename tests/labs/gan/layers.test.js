import assert from "node:assert/strict";
import { test } from "node:test";
import { effective, ends, spanned } from "../../../playground/labs/gan/layers.js";

const sides = [[4], [4, 8], [8], [8, 16], [16], [16]];

test("a range is what there is of it", () => {
  assert.deepEqual(effective({ first: 2, last: 14 }, 6), { first: 2, last: 6 });
  assert.deepEqual(effective({ first: 3, last: 3 }, 6), { first: 3, last: 3 });
  assert.equal(effective({ first: 1, last: 0 }, 6), null);
  assert.equal(effective({ first: 9, last: 14 }, 6), null, "another run had more layers");
});

test("it is named with the resolutions that it reaches", () => {
  assert.equal(spanned({ first: 1, last: 4 }, { sides }), "layers 1 to 4 (4 to 16 px)");
  assert.equal(spanned({ first: 3, last: 3 }, { sides }), "layer 3 (8 px)");
  assert.equal(spanned({ first: 5, last: 6 }, { sides }), "layers 5 to 6 (16 px)");
});

test("crossovers go from A to B", () => {
  assert.deepEqual(
    [6, 5, 1, 0].map((fromA) => ends(fromA, 6)),
    ["A", "5", "1", "B"],
  );
});
