// Playing phrases one after another on the clock of the sound, well ahead of what is heard.

import { end, FRAMES } from "./phrase.js";

/** @import { Note } from "./phrase.js" */

/**
 * A note that was handed to the synthesizer; times are seconds of its clock.
 * @typedef {{end(at: number): void, cancel(): void}} Struck ends at another time; is never heard
 * @typedef {{now: number, strike(voice: number, pitch: number, at: number, until: number): Struck}} Instrument
 * @typedef {{phrases: Note[][], tempo: number, loop: boolean}} Score tempo in quarter notes a minute
 * @typedef {Note & {again: number}} Timed a note at its frame of a piece that may repeat; how often it has repeated
 */

const AHEAD = 3; // seconds that are scheduled: so long may the page be busy before anything is missed
const EVERY = 250; // milliseconds between two looks at what is to be scheduled
const LEAD = 0.06; // seconds before the first note, and before what is changed is heard

/** Seconds of a frame. @param {number} tempo */
export const frameSeconds = (tempo) => 15 / tempo;

/**
 * The notes that are struck in some frames, in the order of time, those before them first that still sound then.
 * @param {Score} score
 * @param {number} from the first frame, of all that have passed since the beginning
 * @param {number} to the frame after the last one
 * @returns {Note[]} at such frames
 */
export function between({ phrases, loop }, from, to) {
  const found = [];
  const whole = phrases.length * FRAMES;
  for (let first = Math.floor(from / whole) * whole; first < to && (loop || first < whole); first += whole) {
    for (const [i, notes] of phrases.entries()) {
      const begin = first + i * FRAMES;
      if (begin >= to || begin + FRAMES <= from) continue;
      for (const note of notes) {
        const there = { ...note, start: begin + note.start };
        if (there.start < to && end(there) > from) found.push(there);
      }
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Plays a score, which may be changed meanwhile: what is heard already goes on, and what follows is the new one. */
export class Player {
  #timer = 0;
  /** A frame and when it is heard: others follow from it. */
  #origin = { frame: 0, time: 0 };
  /** What is scheduled and not yet over, at its frames. @type {{note: Note, struck: Struck}[]} */
  #scheduled = [];
  /** The frame up to which all is scheduled. */
  #next = 0;
  /** @type {Score | null} */
  #score = null;

  /**
   * @param {Instrument} instrument
   * @param {() => void} ended is called when it has come to an end
   */
  constructor(instrument, ended) {
    this.instrument = instrument;
    this.ended = ended;
  }

  get playing() {
    return this.#score !== null;
  }

  /** The frame that is heard at a time; null where nothing is played. @param {number} [time] */
  frame(time = this.instrument.now) {
    if (!this.#score) return null;
    const { frame, time: then } = this.#origin;
    return Math.max(0, frame + (time - then) / frameSeconds(this.#score.tempo));
  }

  /** When a frame is heard. @param {number} frame */
  #time(frame) {
    return this.#origin.time + (frame - this.#origin.frame) * frameSeconds(this.#score?.tempo ?? 60);
  }

  /**
   * Plays from a frame on.
   * @param {Score} score
   * @param {number} [from]
   */
  play(score, from = 0) {
    this.stop();
    this.#score = score;
    this.#origin = { frame: from, time: this.instrument.now + LEAD };
    this.#next = from;
    this.#resume(from);
    this.#timer = setInterval(() => this.#pump(), EVERY);
  }

  /** Goes on with another score from the next frame. @param {Score} score */
  change(score) {
    if (!this.#score) return;
    const at = Math.ceil(this.frame(this.instrument.now + LEAD) ?? 0);
    this.#origin = { frame: at, time: this.#time(at) };
    this.#score = score;
    this.#next = at;
    this.#resume(at);
  }

  /** Ends all that is scheduled at a frame; a note that the score holds there goes on. @param {number} at */
  #resume(at) {
    const score = /** @type {Score} */ (this.#score);
    const held = between(score, at, at + 1).filter(({ start }) => start < at);
    const kept = [];
    for (const { note, struck } of this.#scheduled) {
      if (end(note) <= at) kept.push({ note, struck });
      else if (note.start >= at) struck.cancel();
      else {
        const same = held.findIndex(({ voice, pitch }) => voice === note.voice && pitch === note.pitch);
        const goal = same < 0 ? { ...note, length: at - note.start } : held.splice(same, 1)[0];
        struck.end(this.#time(end(goal)));
        kept.push({ note: { ...note, length: end(goal) - note.start }, struck });
      }
    }
    this.#scheduled = kept;
    for (const note of held) this.#strike({ ...note, start: at, length: end(note) - at });
    this.#pump();
  }

  /** @param {Note} note */
  #strike(note) {
    const { voice, pitch, start } = note;
    const struck = this.instrument.strike(voice, pitch, this.#time(start), this.#time(end(note)));
    this.#scheduled.push({ note, struck });
  }

  #pump() {
    const score = this.#score;
    if (!score) return;
    const { now } = this.instrument;
    const frame = this.frame(now) ?? 0;
    this.#scheduled = this.#scheduled.filter(({ note }) => end(note) > frame);
    if (!score.loop && frame >= score.phrases.length * FRAMES) {
      this.stop();
      return this.ended();
    }
    const to = Math.floor(this.frame(now + AHEAD) ?? 0);
    if (to <= this.#next) return;
    for (const note of between(score, this.#next, to)) if (note.start >= this.#next) this.#strike(note);
    this.#next = to;
  }

  /** Ends at once. */
  stop() {
    clearInterval(this.#timer);
    const { now } = this.instrument;
    const frame = this.frame(now) ?? 0;
    for (const { note, struck } of this.#scheduled) {
      if (note.start > frame) struck.cancel();
      else struck.end(now);
    }
    this.#scheduled = [];
    this.#score = null;
  }
}
