// Editing the notes of a roll: by finger or mouse, and by the keys.

import { BEAT, end, FRAMES, HIGH, LOW, named, noteAt, placed, VOICES } from "./phrase.js";

/** @import { Note } from "./phrase.js" */
/** @import { Roll } from "./roll.js" */

const EDGE = 0.4; // frames from the end of a note within which its length is dragged
const REACH = [0, 1, -1, 2, -2]; // rows from the pointer in which a note is taken hold of, the nearest first

/** @typedef {{kind: "move" | "stretch" | "new", note: Note, x: number, pitch: number, moved: boolean}} Grip */

/** What a drag has made of the note that was taken hold of. @param {Grip} grip @param {number} x @param {number} pitch */
export function dragged({ kind, note, x: from, pitch: before }, x, pitch) {
  if (kind === "move") {
    const start = Math.max(0, Math.min(FRAMES - note.length, note.start + Math.round(x - from)));
    return { ...note, start, pitch: Math.max(LOW, Math.min(HIGH, note.pitch + pitch - before)) };
  }
  return { ...note, length: Math.max(1, Math.min(FRAMES - note.start, Math.ceil(x) - note.start)) };
}

/** Takes the pointer and the keys of a roll while it is on. */
export class RollEditor {
  /** @type {Grip | null} */
  #grip = null;
  /** Whether notes can be edited; else a press seeks. */
  on = false;
  /** The voice that new notes are of. */
  voice = 0;

  /**
   * @param {Roll} roll
   * @param {object} events
   * @param {(notes: Note[]) => void} events.edited
   * @param {(frame: number) => void} events.sought a place was pressed while it was off
   * @param {(voice: number) => void} events.chose another voice
   * @param {(sentence: string) => void} events.said where the keys' cursor is
   */
  constructor(roll, { edited, sought, chose, said }) {
    this.roll = roll;
    this.events = { edited, sought, chose, said };
    const { canvas } = roll;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#drag(event));
    canvas.addEventListener("pointerup", () => this.#lift());
    canvas.addEventListener("pointercancel", () => this.#drop());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#show(canvas.matches(":focus-visible")));
    canvas.addEventListener("blur", () => this.#show(false));
  }

  /** @param {boolean} on */
  turn(on) {
    this.on = on;
    this.roll.canvas.classList.toggle("editing", on);
    this.#show(false);
  }

  /** Shows the keys' cursor, or takes it away. @param {boolean} wanted */
  #show(wanted) {
    this.roll.cursor = this.on && wanted ? (this.roll.cursor ?? { frame: 0, pitch: 72 - 5 * this.voice }) : null;
    this.roll.paint();
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button) return;
    const { roll, voice } = this;
    const { x, frame, pitch } = roll.cell(event);
    if (!this.on) return this.events.sought(frame);
    roll.canvas.setPointerCapture(event.pointerId);
    const note = REACH.map((rows) => noteAt(roll.notes, frame, pitch + rows, voice)).find(Boolean);
    const kind = !note ? "new" : note.length > 1 && end(note) - x < EDGE ? "stretch" : "move";
    const held = note ?? { voice, pitch, start: frame, length: Math.min(BEAT, FRAMES - frame) };
    this.#grip = { kind, note: held, x, pitch, moved: false };
    this.before = roll.notes;
    this.rest = note ? roll.notes.filter((other) => other !== note) : roll.notes;
    if (!note) roll.show(placed(this.rest, held));
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    const grip = this.#grip;
    if (!grip || !this.rest) return;
    const { x, pitch } = this.roll.cell(event);
    grip.moved ||= Math.abs(x - grip.x) > EDGE || pitch !== grip.pitch;
    if (!grip.moved || (grip.kind === "new" && Math.abs(x - grip.x) <= 1)) return;
    this.roll.show(placed(this.rest, dragged(grip, x, pitch)));
  }

  #lift() {
    const grip = this.#grip;
    this.#grip = null;
    if (!grip || !this.rest) return;
    const removed = grip.kind === "move" && !grip.moved;
    this.events.edited(removed ? this.rest : this.roll.notes);
  }

  #drop() {
    if (this.#grip && this.before) this.roll.show(this.before);
    this.#grip = null;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.on || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#acts(event)[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** What the keys do. @param {KeyboardEvent} event @returns {Record<string, () => void>} */
  #acts({ shiftKey }) {
    const { roll, events } = this;
    const { frame, pitch } = roll.cursor ?? { frame: 0, pitch: 72 - 5 * this.voice };
    const there = noteAt(roll.notes, frame, pitch, this.voice);
    const note = there?.voice === this.voice ? there : undefined; // keys change the chosen voice alone
    const others = roll.notes.filter((other) => other !== note);
    /** @param {number} right @param {number} up @param {Partial<Note>} changed what Shift makes of the note here */
    const go = (right, up, changed) => () => {
      if (shiftKey && note) events.edited(placed(others, { ...note, ...changed }));
      if (!shiftKey || (note && up)) this.#move(frame + right, pitch + up);
    };
    const { length = 1 } = note ?? {};
    const remove = () => note && events.edited(others);
    const added = { voice: this.voice, pitch, start: frame, length: BEAT };
    return {
      ArrowLeft: go(-1, 0, { length: Math.max(1, length - 1) }),
      ArrowRight: go(1, 0, { length: length + 1 }),
      ArrowUp: go(0, 1, { pitch: pitch + 1 }),
      ArrowDown: go(0, -1, { pitch: pitch - 1 }),
      Enter: () => events.edited(note ? others : placed(roll.notes, added)),
      Delete: remove,
      Backspace: remove,
      ...Object.fromEntries(VOICES.map((_, voice) => [String(voice + 1), () => events.chose(voice)])),
    };
  }

  /** @param {number} frame @param {number} pitch */
  #move(frame, pitch) {
    const { roll } = this;
    const cursor = { frame: Math.max(0, Math.min(FRAMES - 1, frame)), pitch: Math.max(LOW, Math.min(HIGH, pitch)) };
    roll.cursor = cursor;
    roll.paint();
    const note = noteAt(roll.notes, cursor.frame, cursor.pitch, this.voice);
    const here = note ? `, ${VOICES[note.voice].toLowerCase()}` : "";
    this.events.said(`Beat ${1 + cursor.frame / BEAT}, ${named(cursor.pitch)}${here}`);
  }
}
