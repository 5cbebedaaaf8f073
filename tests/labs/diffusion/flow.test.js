import assert from "node:assert/strict";
import { test } from "node:test";
import { samplesAt } from "../../../playground/labs/diffusion/flow.js";

test("between two times of a sampling the samples go straight", () => {
  const paths = { times: [1, 0.5, 0], samples: 1, points: new Float32Array([0, 0, 2, 4, 4, 0]) };
  assert.deepEqual(samplesAt(paths, 0.75), { here: new Float32Array([1, 2]), step: 0 });
  assert.deepEqual(samplesAt(paths, 0.5), { here: new Float32Array([2, 4]), step: 1 });
  assert.deepEqual(samplesAt(paths, 0), { here: new Float32Array([4, 0]), step: 1 });
});
