// The square patches of a picture, of which some are hidden by hand; a link holds them as text.

import { Strokes } from "./strokes.js";

/** @import { Place } from "./strokes.js" */

/**
 * A mask as text: the patches in a row, a dash, and a bit a patch, row by row, as hexadecimal digits.
 * @param {boolean[]} mask grid * grid, true where a patch is hidden
 */
export function written(mask) {
  const bits = mask.map(Number).join("");
  const digits = bits.match(/.{1,4}/g) ?? [];
  return `${Math.sqrt(mask.length)}-${digits.map((four) => Number.parseInt(four.padEnd(4, "0"), 2).toString(16)).join("")}`;
}

/** The patches on a canvas, which are hidden and shown again by strokes of pointer, finger or keys. */
export class Patches {
  /** Which patches are hidden; the answer to it may still be on its way. @type {boolean[]} */
  mask = [];

  /**
   * @param {HTMLCanvasElement} canvas shows the whole picture
   * @param {object} events
   * @param {(mask: string) => void} events.changed a stroke hides others: the mask as text
   * @param {() => void} events.paint the canvas has to be drawn again
   * @param {(sentence: string) => void} events.tell hears what the patch is that the keys are on
   * @param {[hidden: string, visible: string]} [events.words] what patches are called
   * @param {() => boolean} [events.locked] whether nothing can be painted now
   */
  constructor(canvas, { changed, paint, tell, words = ["masked", "visible"], locked = () => false }) {
    this.changed = changed;
    this.strokes = new Strokes(canvas, {
      grid: () => (locked() ? 0 : this.grid),
      begin: (place) => !this.mask[this.#index(place)],
      put: (places, hide) => this.#put(places, hide),
      paint,
      tell: (place) => {
        const [column, row] = place;
        tell(`Row ${row + 1}, column ${column + 1}: ${words[this.mask[this.#index(place)] ? 0 : 1]}`);
      },
    });
  }

  /** Patches in a row; 0 as long as none are there. */
  get grid() {
    return Math.sqrt(this.mask.length);
  }

  /** @param {Place} place */
  #index([column, row]) {
    return row * this.grid + column;
  }

  /** Hides patches or shows them. @param {Place[]} places @param {boolean} hide */
  #put(places, hide) {
    const changed = places.map((place) => this.#index(place)).filter((index) => this.mask[index] !== hide);
    if (!changed.length) return;
    for (const index of changed) this.mask[index] = hide;
    this.changed(written(this.mask));
  }

  /**
   * Draws what is hidden in one color, lines between the patches, and where the keys are.
   * @param {CanvasRenderingContext2D} context
   * @param {number} side of a patch, in CSS pixels
   * @param {string} ink
   */
  draw(context, side, ink) {
    const { grid } = this;
    context.fillStyle = ink;
    this.mask.forEach((hidden, i) => {
      if (hidden) context.fillRect((i % grid) * side, Math.floor(i / grid) * side, side, side);
    });
    lines(context, grid, side);
    this.strokes.drawCursor(context, side);
  }
}

/**
 * Draws the lines between the patches of a picture.
 * @param {CanvasRenderingContext2D} context
 * @param {number} grid patches in a row
 * @param {number} side of a patch, in CSS pixels
 */
export function lines(context, grid, side) {
  context.fillStyle = "rgba(160, 160, 160, .5)";
  for (let i = 1; i < grid; i++) {
    context.fillRect(Math.round(i * side), 0, 1, grid * side);
    context.fillRect(0, Math.round(i * side), grid * side, 1);
  }
}
