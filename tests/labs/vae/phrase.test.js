import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agreement,
  cleared,
  named,
  noteAt,
  notesOf,
  placed,
  read,
  written,
} from "../../../playground/labs/vae/phrase.js";

const note = (voice, pitch, start, length) => ({ voice, pitch, start, length });
const silence = ".".repeat(128);

test("a roll is read as notes: an onset tells a repeated note from a long one", () => {
  const [rolls, onsets] = [new Uint8Array(128), new Uint8Array(128)];
  for (const frame of [0, 1, 2, 3]) rolls[4 * frame] = 60;
  onsets[0] = onsets[8] = 1; // struck again in frame 2
  rolls[4 * 31 + 3] = 40; // in the last frame, and goes on from nothing
  assert.deepEqual(notesOf(rolls, onsets), [note(0, 60, 0, 2), note(0, 60, 2, 2), note(3, 40, 31, 1)]);
});

test("a text is what its notes are written as", () => {
  const text = `i---h---f---d---h---f---d---....${"a-c-d-----c---acd-----c-Y---...."}${silence.slice(64)}`;
  const notes = read(text);
  assert.equal(written(notes), text);
  assert.deepEqual(notes[0], note(0, 76 - 6, 0, 4));
  assert.deepEqual(read("A--"), [], "too short for a phrase");
  assert.deepEqual(read(`--${"-".repeat(126)}`), [], "what is held from nothing is silence");
});

test("a voice sings one note at a time", () => {
  const long = note(0, 60, 4, 12);
  assert.deepEqual(placed([long], note(0, 64, 8, 4)), [note(0, 60, 4, 4), note(0, 60, 12, 4), note(0, 64, 8, 4)]);
  assert.deepEqual(placed([long], note(1, 64, 8, 4)), [long, note(1, 64, 8, 4)], "another voice is left alone");
  assert.deepEqual(cleared([long], 0, 0, 32), []);
});

test("a note stays within phrase and range", () => {
  assert.deepEqual(placed([], note(0, 99, 30, 8)), [note(0, 81, 30, 2)]);
  assert.deepEqual(placed([], note(0, 20, -3, 0)), [note(0, 36, 0, 1)]);
});

test("the note of the chosen voice is taken hold of first", () => {
  const both = [note(0, 60, 0, 8), note(2, 60, 0, 8)];
  assert.equal(noteAt(both, 7, 60, 2), both[1]);
  assert.equal(noteAt(both, 7, 60, 3), both[0]);
  assert.equal(noteAt(both, 8, 60, 0), undefined);
});

test("agreement counts all voices in all frames, silence among them", () => {
  assert.equal(agreement([], []), 1);
  assert.equal(agreement([note(0, 60, 0, 32)], []), 0.75);
  assert.equal(
    agreement([note(0, 60, 0, 32)], [note(0, 60, 0, 16), note(0, 60, 16, 16)]),
    1,
    "struck again is no other pitch",
  );
});

test("pitches have their names", () => assert.deepEqual([60, 61, 81, 36].map(named), ["C4", "C♯4", "A5", "C2"]));
