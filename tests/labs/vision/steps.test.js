import assert from "node:assert/strict";
import { test } from "node:test";
import { extent, largestOf, perplexity, softmax, stepsOf, token, told } from "../../../playground/labs/vision/steps.js";

const matrix = (rows) => ({ data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0].length] });
const close = (actual, expected) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i] - value) < 1e-12, `${actual}, not ${expected}`);
};

test("the steps of a query are those of the formula", () => {
  const head = {
    q: matrix([
      [9, 9, 9, 9],
      [2, 0, 1, 0],
    ]),
    k: matrix([
      [1, 5, 0, 0],
      [0, 7, 2, 0],
    ]),
    v: matrix([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]),
  };
  const { q, scores, weights, output } = stepsOf(head, 1, true);
  close(q, [2, 0, 1, 0]);
  close(scores, [1, 1]); // 2 and 2, divided by the root of 4
  close(weights, [0.5, 0.5]);
  close(output, [3, 4, 5, 6]);
});

test("without the root of d the scores are longer, and the weights further apart", () => {
  const head = {
    q: matrix([[1, 1, 1, 1]]),
    k: matrix([
      [1, 1, 1, 1],
      [0, 0, 0, 0],
    ]),
    v: matrix([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ]),
  };
  head.q.shape = [1, 4];
  const scaled = stepsOf(head, 0, true);
  const plain = stepsOf(head, 0, false);
  close(scaled.scores, [2, 0]);
  close(plain.scores, [4, 0]);
  close(scaled.weights, [1 / (1 + Math.exp(-2)), 1 / (1 + Math.exp(2))]);
  close(plain.weights, [1 / (1 + Math.exp(-4)), 1 / (1 + Math.exp(4))]);
  assert.ok(perplexity(plain.weights) < perplexity(scaled.weights));
});

test("scores of any size have weights that sum to one", () => {
  close(softmax(Float64Array.of(1000, 1000, -1000)), [0.5, 0.5, 0]);
  close(softmax(Float64Array.of(0, Math.log(3))), [0.25, 0.75]);
});

test("even weights are spread over all tokens, and a single one over itself", () => {
  close([perplexity(Float64Array.of(0.25, 0.25, 0.25, 0.25)), perplexity(Float64Array.of(0, 1, 0))], [4, 1]);
});

test("an extent has no sign, and the largest of weights is the first of its kind", () => {
  assert.equal(extent(Float32Array.of(1, -3, 2)), 3);
  assert.equal(extent([]), 0);
  assert.equal(largestOf(Float64Array.of(0.1, 0.4, 0.1, 0.4)), 1);
});

test("what becomes of a key is told with the number that is pointed at", () => {
  const head = {
    q: matrix([[2, -1]]),
    k: matrix([
      [0.5, 1],
      [3, 1],
    ]),
    v: matrix([
      [4, 1],
      [0, 1],
    ]),
  };
  head.q.data = Float32Array.of(2, -1, 2, -1);
  head.q.shape = [2, 2];
  const steps = stepsOf(head, 0, false); // scores 0 and 5
  const all = "Patch 1: score 0.00 → weight 0.007, uniform 0.500.";
  const at = (part, dim) => told(steps, head, { patch: 0, prefix: 0, at: { part, patch: 0, dim } });
  assert.equal(told(steps, head, { patch: 0, prefix: 0, at: null }), all);
  assert.equal(at("picture", 0), all);
  assert.equal(at("k", 1), `${all} Number 2: key 1.00 × query −1.00 = −1.00 of q · k.`);
  assert.equal(at("v", 0), `${all} Number 1: value 4.00 × weight = 0.03 of the output’s 0.03.`);
  assert.equal(at("q", 1), "The query's number 2 of 2: −1.00.");
  assert.equal(at("output", 1), "The output's number 2 of 2: 1.00, the weighted sum of column 2 of V.");
  const token = told(steps, head, { patch: -1, prefix: 1, at: { part: "scores", patch: -1, dim: 0 } });
  assert.equal(token, all.replace("Patch 1", "The class token"));
});

test("a token before the patches is a register, or else the class token", () => {
  const named = (prefix, registers) => Array.from({ length: prefix + 1 }, (_, i) => token(i - prefix, registers));
  assert.deepEqual(named(1, 0), ["The class token", "Patch 1"]);
  assert.deepEqual(named(3, 2), ["The class token", "Register 1", "Register 2", "Patch 1"]);
  assert.deepEqual(named(2, 2), ["Register 1", "Register 2", "Patch 1"]);
});
