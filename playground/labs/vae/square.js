// The square between four phrases: a point to drag, or a path to draw, by finger, mouse and keys.

import { color, draw, fit, halo, handle, outlined } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";
import { stops, within } from "./path.js";
import { end, FRAMES, HIGH, LOW } from "./phrase.js";
import { INKS } from "./roll.js";

/** @import { Note } from "./phrase.js" */
/** @import { Place } from "./path.js" */

const STRIDE = 0.05; // of an arrow key
const [WIDE, TALL] = [0.36, 0.24]; // of a corner's phrase, as shares of the square
const PAD = 10; // CSS pixels around it
const LABEL = "The square between four phrases; drag the point, or use the arrow keys";
const DRAWING =
  "The square between four phrases; draw a path, or move with the arrow keys and press Enter at each stop";

export class Square {
  /** The phrases at the corners, from the upper left. @type {Note[][]} */
  #corners = [];
  /** @type {Place} */
  #at = [0.5, 0.5];
  /** @type {Place[]} */
  #path = [];
  /** The line that is being drawn. @type {Place[]} */
  #line = [];
  /** Whether a path is drawn, and not a point dragged. */
  drawing = false;

  /**
   * @param {object} events
   * @param {(at: Place) => void} events.moved
   * @param {(path: Place[]) => void} events.drawn
   * @param {() => void} events.rested the point was let go of
   */
  constructor({ moved, drawn, rested }) {
    this.canvas = element("canvas", { class: "plane", tabindex: 0, role: "application", "aria-label": LABEL });
    draggable(this.canvas, {
      to: (x, y) => {
        const place = /** @type {Place} */ ([within(x), within(y)]);
        if (!this.drawing) return moved(place);
        this.#line.push(place);
        this.paint();
      },
      by: (right, up) => {
        const [x, y] = this.#at;
        const place = /** @type {Place} */ ([within(x + STRIDE * right), within(y - STRIDE * up)]);
        if (!this.drawing) return moved(place);
        this.#at = place;
        this.paint();
      },
      rest: () => {
        const line = this.#line;
        this.#line = [];
        if (line.length) drawn(stops(line));
        else rested();
      },
    });
    this.canvas.addEventListener("keydown", (event) => {
      const acts = /** @type {Record<string, () => void>} */ ({
        Enter: () => drawn([...this.#path, this.#at]),
        Backspace: () => drawn(this.#path.slice(0, -1)),
      });
      if (!this.drawing || !acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    });
  }

  /** @param {boolean} drawing */
  turn(drawing) {
    this.drawing = drawing;
    this.canvas.setAttribute("aria-label", drawing ? DRAWING : LABEL);
  }

  /** @param {Note[][]} corners */
  show(corners) {
    this.#corners = corners;
    this.paint();
  }

  /** Where the point is, and what path there is. @param {Place} at @param {Place[]} path */
  put(at, path) {
    this.#at = at;
    this.#path = path;
    this.paint();
  }

  /** @param {number} [side] CSS pixels */
  paint(side) {
    if (side) fit(this.canvas, Math.round(side));
    draw(this.canvas, (context, width) => {
      context.strokeStyle = color("--line");
      context.strokeRect(0.5, 0.5, width - 1, width - 1);
      const [wide, tall] = [WIDE * width, TALL * width];
      for (const [i, notes] of this.#corners.entries()) {
        const x = i % 2 ? width - wide - PAD : PAD;
        const y = i < 2 ? PAD : width - tall - PAD;
        for (const note of notes) {
          context.fillStyle = INKS[note.voice];
          const row = tall / (HIGH - LOW + 1);
          const left = x + (note.start / FRAMES) * wide;
          const right = x + (end(note) / FRAMES) * wide;
          context.fillRect(left, y + (HIGH - note.pitch) * row, Math.max(1, right - left - 0.5), Math.max(1.5, row));
        }
      }
      const path = this.#line.length ? this.#line : this.#path;
      if (path.length > 1) {
        outlined(context, halo(2), () => {
          for (const [x, y] of path) context.lineTo(x * width, y * width);
        });
      }
      for (const [x, y] of this.#line.length ? [] : path) {
        context.fillStyle = color("--accent");
        context.beginPath();
        context.arc(x * width, y * width, 4, 0, 7);
        context.fill();
      }
      handle(context, this.#at[0] * width, this.#at[1] * width);
    });
  }
}
