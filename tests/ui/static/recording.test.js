import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = { search: "" }; // the page's address is read as modules are loaded
globalThis.document = { addEventListener() {} };
const { level, spread } = await import("../../../playground/ui/static/recording.js");

test("a film of few frames has all of them", () => {
  assert.deepEqual(spread([], 5), []);
  assert.deepEqual(spread([0, 1, 10, 40, 90], 5), [0, 1, 10, 40, 90]);
});

test("of many frames it has as many as are allowed, evenly spread, the first and the last among them", () => {
  const steps = Array.from({ length: 11 }, (_, i) => i ** 2);
  assert.deepEqual(spread(steps, 6), [0, 4, 16, 36, 64, 100]);
  for (const length of [61, 62, 119, 120, 121, 1000]) {
    const frames = spread(Array.from({ length }, (_, i) => 7 * i));
    assert.equal(frames.length, 60);
    assert.deepEqual([frames[0], frames[59]], [0, 7 * (length - 1)]);
    const gaps = frames.slice(1).map((frame, i) => (frame - frames[i]) / 7);
    assert.ok(Math.min(...gaps) >= 1, "no frame comes twice");
    assert.ok(Math.max(...gaps) - Math.min(...gaps) <= 1);
  }
});

test("frames are of one height, and the lines below the stage stay at the lower edge", () => {
  const [ground, ink, words] = [7, 1, 2];
  const short = { index: Uint8Array.of(ground, ink, words, words), palette: [], width: 2, below: 1 };
  const tall = { index: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), palette: [], width: 2, below: 1 };
  const [one, other] = level([short, tall]);
  assert.deepEqual([...one.index], [ground, ink, ground, ground, ground, ground, words, words]);
  assert.deepEqual([...other.index], [...tall.index]);
});
