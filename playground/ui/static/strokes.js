// A square grid that is painted on, cell by cell: with a finger, the mouse, or the arrow keys and Space.

import { color, halo, outlined } from "./canvas.js";

/** @typedef {[column: number, row: number]} Place */

/** @type {Record<string, Place>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * The cells from one to another, both of them among these: a fast finger leaves none out.
 * @param {Place} from
 * @param {Place} to
 */
export function line([x, y], [right, down]) {
  const steps = Math.max(Math.abs(right - x), Math.abs(down - y));
  /** @type {Place[]} */
  const places = [];
  for (let i = 0; i <= steps; i++) {
    const share = steps && i / steps;
    places.push([Math.round(x + share * (right - x)), Math.round(y + share * (down - y))]);
  }
  return places;
}

/**
 * Frames a cell of a canvas so that it stands out on any ground.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place
 * @param {number} side of a cell, in CSS pixels
 */
export function framed(context, [column, row], side) {
  /** @type {[string, number][]} */
  const lines = [...halo(3), [color("--accent"), 2]];
  outlined(context, lines, () => context.rect(column * side + 3, row * side + 3, side - 6, side - 6));
}

/**
 * The strokes on a canvas that shows a square grid.
 * @template T what a stroke paints
 */
export class Strokes {
  /** Where the stroke is, and what it paints. @type {{at: Place, value: T} | null} */
  #stroke = null;
  /** Where the keys are. @type {Place} */
  #cursor = [0, 0];

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {object} events
   * @param {() => number} events.grid cells in a row; 0 where there is nothing to paint on yet
   * @param {(place: Place) => T} events.begin a stroke begins there: what it paints
   * @param {(places: Place[], value: T) => void} events.put it goes over these
   * @param {() => void} events.paint the canvas has to be drawn again
   * @param {(place: Place) => void} events.tell a key moved the cursor there, or painted there
   * @param {(place: Place | null) => void} [events.hover] the pointer is there, or nowhere on the canvas
   */
  constructor(canvas, { grid, begin, put, paint, tell, hover = () => {} }) {
    this.canvas = canvas;
    this.grid = grid;
    this.begin = begin;
    this.put = put;
    this.paint = paint;
    this.tell = tell;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application"); // so that screen readers leave the arrow keys to it
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || !grid()) return;
      canvas.setPointerCapture(event.pointerId);
      const at = this.#at(event);
      this.#stroke = { at, value: begin(at) };
      put([at], this.#stroke.value);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!grid()) return;
      const at = this.#at(event);
      hover(at);
      if (!this.#stroke) return;
      put(line(this.#stroke.at, at), this.#stroke.value);
      this.#stroke.at = at;
    });
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(kind, () => {
        this.#stroke = null;
      });
    }
    canvas.addEventListener("pointerleave", () => hover(null));
    canvas.addEventListener("keydown", (event) => this.#press(event));
    for (const kind of ["focus", "blur"]) canvas.addEventListener(kind, paint);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const by = KEYS[event.key];
    if (!(by || event.key === " ") || !this.grid()) return;
    event.preventDefault();
    const [column, row] = this.#cursor;
    if (by) {
      this.#cursor = this.#within([column + by[0], row + by[1]]);
      this.paint();
    } else this.put([this.#cursor], this.begin(this.#cursor));
    this.tell(this.#cursor);
  }

  /** @param {Place} place @returns {Place} */
  #within([column, row]) {
    const last = this.grid() - 1;
    return [Math.max(0, Math.min(last, column)), Math.max(0, Math.min(last, row))];
  }

  /** The cell under the pointer, or the one nearest to it. @param {PointerEvent} event */
  #at({ offsetX, offsetY }) {
    const [x, y] = [offsetX / this.canvas.clientWidth, offsetY / this.canvas.clientHeight];
    return this.#within([Math.floor(x * this.grid()), Math.floor(y * this.grid())]);
  }

  /**
   * Draws where the keys are, while they have the canvas.
   * @param {CanvasRenderingContext2D} context
   * @param {number} side of a cell, in CSS pixels
   */
  drawCursor(context, side) {
    if (this.canvas.matches(":focus-visible")) framed(context, this.#within(this.#cursor), side);
  }
}
