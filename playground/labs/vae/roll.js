// A piano roll: pitch upwards, time to the right, a color for each voice, and a line that runs along with the sound.

import { color, draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { BAR, BEAT, end, FRAMES, HIGH, LOW, named } from "./phrase.js";

/** @import { Note } from "./phrase.js" */

const ROWS = HIGH - LOW + 1;
const KEYS = 30; // CSS pixels for the names of pitches
const BLACK = [1, 3, 6, 8, 10]; // semitones above a C

/** The colors of the voices, as in previews; told apart by those who see few colors, too. */
export const INKS = ["#0072b2", "#009e73", "#e69f00", "#c2410c"];

/** One roll. The line runs above the canvas, which is drawn only where notes change. */
export class Roll {
  /** @type {Note[]} */
  notes = [];
  /** Where the keys' cursor stands, while notes are edited. @type {{frame: number, pitch: number} | null} */
  cursor = null;

  /** @param {Record<string, unknown>} attributes of the canvas */
  constructor(attributes) {
    this.canvas = element("canvas", { class: "roll", ...attributes });
    this.line = element("i", { class: "roll-line", hidden: true });
    this.root = element("div", { class: "roll-frame" }, this.canvas, this.line);
  }

  /** @param {Note[]} notes */
  show(notes) {
    this.notes = notes;
    this.paint();
  }

  /** The line at a frame, or none. @param {number | null} frame 0 to FRAMES */
  at(frame) {
    this.line.hidden = frame === null;
    const { clientWidth } = this.canvas;
    this.line.style.transform = `translateX(${KEYS + ((frame ?? 0) / FRAMES) * (clientWidth - KEYS)}px)`;
  }

  /** What lies at a place of the canvas; `x` counts in frames, with fractions. @param {{offsetX: number, offsetY: number}} place */
  cell({ offsetX, offsetY }) {
    const { clientWidth, clientHeight } = this.canvas;
    const x = ((offsetX - KEYS) / (clientWidth - KEYS)) * FRAMES;
    const row = Math.floor((offsetY / clientHeight) * ROWS);
    return {
      x,
      frame: Math.max(0, Math.min(FRAMES - 1, Math.floor(x))),
      pitch: Math.max(LOW, Math.min(HIGH, HIGH - row)),
    };
  }

  /** @param {number} [height] CSS pixels */
  paint(height) {
    if (height) this.canvas.style.height = `${Math.round(height)}px`;
    draw(this.canvas, (context, width, tall) => {
      const row = tall / ROWS;
      const column = (width - KEYS) / FRAMES;
      grid(context, { width, tall, row, column });
      // the melody last: nothing covers it
      for (const note of [...this.notes].sort((a, b) => b.voice - a.voice)) {
        const { voice, pitch, start } = note;
        const [x, y] = [KEYS + start * column + 0.5, (HIGH - pitch) * row];
        context.fillStyle = INKS[voice];
        context.beginPath();
        context.roundRect(x, y - 0.5, Math.max(2, (end(note) - start) * column - 1.5), Math.max(3, row + 1), 2);
        context.fill();
      }
      if (!this.cursor) return;
      const { frame, pitch } = this.cursor;
      context.strokeStyle = color("--accent");
      context.lineWidth = 2;
      context.strokeRect(KEYS + frame * column - 1, (HIGH - pitch) * row - 2, column + 2, row + 4);
    });
  }
}

/**
 * Rows of the black keys, lines of beats and bars, and the names of the C.
 * @param {CanvasRenderingContext2D} context
 * @param {{width: number, tall: number, row: number, column: number}} sizes
 */
function grid(context, { width, tall, row, column }) {
  context.fillStyle = color("--wash");
  context.fillRect(KEYS, 0, width - KEYS, tall);
  context.fillStyle = color("--line");
  context.globalAlpha = 0.5;
  for (let pitch = LOW; pitch <= HIGH; pitch++) {
    if (BLACK.includes(pitch % 12)) context.fillRect(KEYS, (HIGH - pitch) * row, width - KEYS, row);
  }
  context.globalAlpha = 1;
  for (let frame = 0; frame <= FRAMES; frame += BEAT) {
    context.fillStyle = color(frame % BAR ? "--line" : "--quiet");
    context.fillRect(Math.min(width - 1, KEYS + frame * column), 0, 1, tall);
  }
  context.fillStyle = color("--quiet");
  context.font = `11px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let pitch = LOW; pitch <= HIGH; pitch++) {
    if (pitch % 12 === 0) context.fillText(named(pitch), KEYS - 6, Math.min(tall - 6, (HIGH - pitch + 0.5) * row));
  }
}
