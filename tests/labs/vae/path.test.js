import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOf, pathText, stops } from "../../../playground/labs/vae/path.js";
import { dragged } from "../../../playground/labs/vae/roll-editor.js";

test("a path is the text of its places", () => {
  assert.equal(pathText([]), "");
  assert.equal(
    pathText([
      [0, 1],
      [0.5, 2],
    ]),
    "00995099",
  );
  assert.deepEqual(pathOf("0099"), [[0, 1]]);
  assert.equal(pathText(pathOf("0712994203")), "07129942", "half a place is none");
  assert.equal(pathText(Array.from({ length: 30 }, () => [0, 0])).length, 64);
});

test("a line becomes places at even distances, its ends among them", () => {
  const line = Array.from({ length: 50 }, (_, i) => [(i / 49) ** 3, 0.25]); // the hand was slow at first
  const places = stops(line);
  assert.equal(places.length, 8);
  places.forEach(([x, y], i) => {
    assert.ok(Math.abs(x - i / 7) < 1e-9);
    assert.equal(y, 0.25);
  });
  assert.equal(
    stops([
      [0, 0],
      [0.3, 0],
    ]).length,
    3,
  );
});

test("a line without length is one place", () => {
  assert.deepEqual(stops([[0.2, 0.3]]), [[0.2, 0.3]]);
  assert.deepEqual(
    stops([
      [0.2, 0.3],
      [0.2, 0.3],
    ]),
    [[0.2, 0.3]],
  );
});

test("a note that is dragged stays within the phrase", () => {
  const grip = (kind) => ({ kind, note: { voice: 0, pitch: 60, start: 8, length: 4 }, x: 9.5, pitch: 60, moved: true });
  const at = ({ pitch, start, length }) => [pitch, start, length];
  assert.deepEqual(at(dragged(grip("move"), 11.4, 62)), [62, 10, 4]);
  assert.deepEqual(at(dragged(grip("move"), 99, 99)), [81, 28, 4]);
  assert.deepEqual(at(dragged(grip("stretch"), 16.2, 70)), [60, 8, 9]);
  assert.deepEqual(at(dragged(grip("new"), 2, 60)), [60, 8, 1]);
  assert.deepEqual(at(dragged(grip("stretch"), 99, 60)), [60, 8, 24]);
});
