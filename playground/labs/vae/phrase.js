// A phrase of music as notes: read from rolls and from texts, written as texts, and edited.

export const FRAMES = 32; // sixteenths of a phrase
export const BEAT = 4; // frames of a quarter note
export const BAR = 16;
export const [LOW, HIGH] = [36, 81]; // the lowest and the highest MIDI pitch
export const VOICES = ["Soprano", "Alto", "Tenor", "Bass"];
const PITCHES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"; // what is struck, from LOW on, as the server writes it
const [HOLD, REST] = ["-", "."];
const CELLS = FRAMES * VOICES.length;
const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/** @import { Answer, Tensor } from "../../ui/static/types.d.ts" */

/** @typedef {{rolls: Uint8Array<ArrayBuffer>, onsets: Uint8Array<ArrayBuffer>}} Rolls (K, frames, voices) each */
/** @typedef {{voice: number, pitch: number, start: number, length: number}} Note start and length in frames */

/** What people call a pitch: C4 is middle C. @param {number} pitch */
export const named = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** @param {Note} note @returns {number} the frame in which it is over */
export const end = ({ start, length }) => start + length;

/**
 * The notes of a phrase of a roll, by voice and time; what is heard in the first frame begins there.
 * @param {ArrayLike<number>} rolls pitches, frame by frame, 0 where a voice is silent
 * @param {ArrayLike<number>} onsets 1 where a note is struck
 * @returns {Note[]}
 */
export function notesOf(rolls, onsets) {
  const notes = [];
  const voices = VOICES.length;
  for (let voice = 0; voice < voices; voice++) {
    /** @type {Note | null} */
    let last = null;
    for (let frame = 0; frame < FRAMES; frame++) {
      const i = frame * voices + voice;
      const pitch = rolls[i];
      if (last && pitch === last.pitch && !onsets[i]) last.length++;
      else {
        last = pitch ? { voice, pitch, start: frame, length: 1 } : null;
        if (last) notes.push(last);
      }
    }
  }
  return notes;
}

/** The phrases of an answer. @param {Answer<any, Rolls>} answer @returns {Note[][]} */
export function phrasesOf({ tensors: { rolls, onsets } }) {
  /** @param {Tensor<Uint8Array<ArrayBuffer>>} tensor @param {number} i */
  const of = ({ data }, i) => data.subarray(i * CELLS, (i + 1) * CELLS);
  return Array.from({ length: rolls.shape[0] }, (_, i) => notesOf(of(rolls, i), of(onsets, i)));
}

/** The notes that a text stands for, see `as_text` of the server; none where it is no phrase. @param {string} text */
export function read(text) {
  const [rolls, onsets] = [new Uint8Array(CELLS), new Uint8Array(CELLS)];
  if (text.length !== CELLS) return [];
  for (let voice = 0; voice < VOICES.length; voice++) {
    let pitch = 0;
    for (let frame = 0; frame < FRAMES; frame++) {
      const letter = text[voice * FRAMES + frame];
      const place = PITCHES.indexOf(letter);
      if (letter !== HOLD) pitch = place < 0 ? 0 : LOW + place;
      rolls[frame * VOICES.length + voice] = pitch;
      onsets[frame * VOICES.length + voice] = Number(place >= 0);
    }
  }
  return notesOf(rolls, onsets);
}

/** The text of a phrase. @param {Note[]} notes */
export function written(notes) {
  const letters = Array.from({ length: CELLS }, () => REST);
  for (const { voice, pitch, start, length } of notes) {
    const first = voice * FRAMES + start;
    letters.fill(HOLD, first, first + length);
    letters[first] = PITCHES[pitch - LOW];
  }
  return letters.join("");
}

/**
 * The notes without a stretch of one voice: a note that reaches into it is shortened, and one that outlasts it is struck
 * anew at its end.
 * @param {Note[]} notes
 * @param {number} voice
 * @param {number} from frame
 * @param {number} to the frame after the last one
 */
export function cleared(notes, voice, from, to) {
  return notes.flatMap((note) => {
    if (note.voice !== voice || end(note) <= from || note.start >= to) return [note];
    const before = { ...note, length: from - note.start };
    const after = { ...note, start: to, length: end(note) - to };
    return [before, after].filter(({ length }) => length > 0);
  });
}

/**
 * The notes with another one, which takes the place of what its voice had there; it stays within phrase and range.
 * @param {Note[]} notes
 * @param {Note} note
 */
export function placed(notes, { voice, pitch, start, length }) {
  const first = Math.max(0, Math.min(FRAMES - 1, start));
  const kept = Math.max(1, Math.min(FRAMES - first, length));
  const within = Math.max(LOW, Math.min(HIGH, pitch));
  return [...cleared(notes, voice, first, first + kept), { voice, pitch: within, start: first, length: kept }];
}

/**
 * The note of a voice, or of any, that sounds in a frame at a pitch; at more of them, that of the voice.
 * @param {Note[]} notes
 * @param {number} frame
 * @param {number} pitch
 * @param {number} voice
 */
export function noteAt(notes, frame, pitch, voice) {
  const there = notes.filter((note) => note.pitch === pitch && note.start <= frame && frame < end(note));
  return there.find((note) => note.voice === voice) ?? there[0];
}

/**
 * The share of all voices in all frames in which two phrases have the same pitch, or both have none.
 * @param {Note[]} one
 * @param {Note[]} other
 */
export function agreement(one, other) {
  const [a, b] = [sounding(one), sounding(other)];
  return a.filter((pitch, i) => pitch === b[i]).length / CELLS;
}

/** The pitch of each voice in each frame. @param {Note[]} notes */
function sounding(notes) {
  const pitches = Array.from({ length: CELLS }, () => 0);
  for (const { voice, pitch, start, length } of notes) {
    pitches.fill(pitch, voice * FRAMES + start, voice * FRAMES + start + length);
  }
  return pitches;
}
