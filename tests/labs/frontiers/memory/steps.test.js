import assert from "node:assert/strict";
import { test } from "node:test";

import { lengthAt, placed } from "../../../../playground/labs/frontiers/memory/length-curve.js";
import { layout, located, turned, writer, wrongBits } from "../../../../playground/labs/frontiers/memory/steps.js";
import { step } from "../../../../playground/labs/frontiers/memory/words.js";

const weights = (/** @type {number[][]} */ rows) => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0].length],
});

/** Two vectors of two bits, a flag, and the answer, of which one bit is wrong; a memory of four locations. */
function shown() {
  const write = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
    [0, 0, 0, 1],
  ];
  const read = [
    [0.25, 0.25, 0.25, 0.25],
    [0.25, 0.25, 0.25, 0.25],
    [0.9, 0.1, 0, 0],
    [0.9, 0.1, 0, 0],
    [0.1, 0.9, 0, 0],
  ];
  const words = {
    step: 7,
    length: 2,
    longest: 10,
    maps: [
      { title: "Write weights", kind: "write" },
      { title: "Read weights", kind: "read" },
    ],
  };
  const tensors = {
    inputs: { data: Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0]), shape: [5, 3] },
    targets: { data: Uint8Array.from([0, 0, 0, 0, 0, 0, 1, 0, 0, 1]), shape: [5, 2] },
    asked: { data: Uint8Array.from([0, 0, 0, 1, 1]), shape: [5] },
    answers: weights([
      [0.9, 0.9],
      [0.9, 0.9],
      [0.9, 0.9],
      [0.8, 0.1],
      [0.7, 0.6],
    ]),
    vectors: { data: Int32Array.from([0, 1, -1, -1, -1]), shape: [5] },
    "map.0": weights(write),
    "map.1": weights(read),
  };
  return /** @type {any} */ ({ words, tensors });
}

test("all panels lie below one another within the room, and a place in one is found again", () => {
  for (const [width, height] of [
    [620, 540],
    [340, 500],
    [100, 260],
  ]) {
    const place = layout(shown(), width, height);
    assert.ok(place.width <= width && place.height <= height, `${place.width} x ${place.height}`);
    assert.equal(place.panels.length, 4);
    for (const [number, { top, height: tall, rows }] of place.panels.entries()) {
      if (number) assert.ok(top > place.panels[number - 1].top + place.panels[number - 1].height);
      for (let row = 0; row < rows; row++) {
        const found = located(place, 3.5 * place.cell, top + ((row + 0.5) * tall) / rows);
        assert.deepEqual(found, { step: 3, panel: number, row });
      }
    }
    assert.equal(located(place, 1e4, 0).step, 4);
  }
});

test("bits are counted where they are asked for", () => {
  assert.deepEqual(wrongBits(shown()), { wrong: 1, all: 4 });
  assert.deepEqual(wrongBits(shown(), 4), { wrong: 1, all: 2 });
  assert.deepEqual(wrongBits(shown(), 0), { wrong: 0, all: 0 });
});

test("what is read was written in the step that gave its location the most", () => {
  assert.equal(writer(shown().tensors["map.0"], 1, 4), 1);
  const { text, from } = step(shown(), 4);
  assert.match(text, /1 of 2 bits wrong.*reads location 2 \(90\.0%\), which was written to most in step 2\./);
  assert.equal(from, 1);
  assert.match(step(shown(), 0).text, /shows vector 1.*writes to location 1 \(100\.0%\)/);
  assert.equal(step(shown(), -1).from, -1);
});

test("attention says which step it reads, and one that is spread out does not", () => {
  const one = shown();
  one.words.maps = [{ title: "Attention of block 1", kind: "attention" }];
  one.tensors["map.0"] = weights(Array.from({ length: 5 }, () => [0, 0.75, 0.25, 0, 0]));
  assert.deepEqual([step(one, 3).from, /block 1 reads step 2 \(75\.0%\)/.test(step(one, 3).text)], [1, true]);
  one.tensors["map.0"] = weights(Array.from({ length: 5 }, () => [0.19, 0.19, 0.19, 0.19, 0.19]));
  assert.deepEqual([step(one, 3).from, /spread out/.test(step(one, 3).text)], [-1, true]);
});

test("a bit is turned, and turned back", () => {
  assert.equal(turned("", "3.1"), "3.1");
  assert.equal(turned("3.1-12.0", "3.1"), "12.0");
  assert.equal(turned("12.0", "3.1"), "12.0-3.1");
});

test("a place on the curve is the length that stands there", () => {
  const curve = { lengths: [1, 2, 3, 4, 5, 6], wrong: [0, 0, 0, 0.1, 0.3, 0.5], longest: 3 };
  const { x, y } = placed(curve, 400, 200);
  for (const length of curve.lengths) assert.equal(lengthAt(curve, 400, x(length)), length);
  assert.equal(lengthAt(curve, 400, 0), 1);
  assert.equal(lengthAt(curve, 400, 1e4), 6);
  assert.ok(y(0.5) < y(0) && x(1) < x(6));
});
