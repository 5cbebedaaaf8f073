import assert from "node:assert/strict";
import { test } from "node:test";
import { samplesAt } from "../../../playground/labs/diffusion/flow.js";
import { read, START, write } from "../../../playground/labs/diffusion/settings.js";

test("an address is read as it was written", () => {
  for (const text of ["0,each,100;dpm++,8,2,uniform", "77,3,25;ddpm,20,0,karras;heun,4,2.5,uniform"]) {
    assert.equal(write(read(text)), text);
  }
});

test("what is missing or invalid has its default", () => {
  assert.deepEqual(read(""), { shared: { seed: "0", label: "each" }, at: 1, ways: [START[0]] });
  assert.deepEqual(read("x,y,z;magic;;;"), {
    shared: { seed: "0", label: "y" },
    at: 1,
    ways: [{ ...START[0], sampler: "magic" }, START[1]],
  });
  assert.equal(read("99999999999").shared.seed, String(2 ** 31 - 1));
  read("").ways[0].steps = "50";
  assert.equal(START[0].steps, "8", "what is read is nobody else's");
});

test("between two times of a sampling the samples go straight", () => {
  const paths = { times: [1, 0.5, 0], samples: 1, points: new Float32Array([0, 0, 2, 4, 4, 0]) };
  assert.deepEqual(samplesAt(paths, 0.75), { here: new Float32Array([1, 2]), step: 0 });
  assert.deepEqual(samplesAt(paths, 0.5), { here: new Float32Array([2, 4]), step: 1 });
  assert.deepEqual(samplesAt(paths, 0), { here: new Float32Array([4, 0]), step: 1 });
});
