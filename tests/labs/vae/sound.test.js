import assert from "node:assert/strict";
import { test } from "node:test";
import { frequency, limit } from "../../../playground/labs/vae/synth.js";
import { wav } from "../../../playground/labs/vae/wav.js";

test("pitches are in equal temperament", () => {
  assert.equal(frequency(69), 440);
  assert.equal(frequency(57), 220);
  assert.ok(Math.abs(frequency(60) - 261.6256) < 1e-3);
});

test("the limit changes nothing that is quiet, and lets nothing above 1 through", () => {
  const curve = limit(2001);
  assert.ok(curve.every((value) => Math.abs(value) <= 1));
  assert.ok(curve.every((value, i) => i === 0 || value >= curve[i - 1]));
  assert.equal(curve[1000], 0);
  for (const i of [100, 500, 1500, 1900]) assert.ok(Math.abs(curve[i] - (i / 1000 - 1)) < 1e-6);
  assert.ok(curve[2000] > 0.97 && curve[2000] < 1);
});

test("a WAV file of 16 bits", () => {
  const left = Float32Array.from([0, 1, -1, 0.5]);
  const right = Float32Array.from([2, -2, 0, -0.5]);
  const view = new DataView(wav([left, right], 44100));
  const text = (at) => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
  assert.deepEqual([0, 8, 12, 36].map(text), ["RIFF", "WAVE", "fmt ", "data"]);
  assert.equal(view.byteLength, 44 + 16);
  assert.equal(view.getUint32(4, true), view.byteLength - 8);
  assert.deepEqual(
    [16, 28, 40].map((at) => view.getUint32(at, true)),
    [16, 44100 * 4, 16],
  );
  assert.deepEqual(
    [20, 22, 32, 34].map((at) => view.getUint16(at, true)),
    [1, 2, 4, 16],
  );
  assert.equal(view.getUint32(24, true), 44100);
  const samples = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => view.getInt16(44 + 2 * i, true));
  assert.deepEqual(samples, [0, 32767, 32767, -32767, -32767, 0, 16384, -16383]);
});
