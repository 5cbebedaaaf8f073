// The dots of a map: they travel to where the next snapshot puts them, are pointed at, and encircled to be selected.

import { draw, fit, handle } from "../../ui/static/canvas.js";
import { PALETTE } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { encircled, nearest } from "./selection.js";

/** @import { Painter } from "../../ui/static/painter.js" */
/** @import { At } from "./selection.js" */

const TRAVEL = 250; // milliseconds from one snapshot's map to the next one's
const NEAR = 12; // CSS pixels within which the pointer finds a dot
const STRIDE = 1 / 3; // of an arrow key, in units of the map
const NEIGHBORS = 24; // dots that are selected around one
const [SMALL, LARGE, RING] = [2.5, 3.5, 6]; // CSS pixels: radii of dots, and of the ring around one
const FAINT = 0.25; // opacity of what is not selected

export class Dots {
  /** Where the dots are on their way. @type {Float32Array | null} */
  #points = null;
  #frame = 0;
  /** Where the pointer is. @type {At} */
  #cursor = [0, 0];
  /** The line that is being drawn. @type {At[] | null} */
  #line = null;
  /** The map shows the square from -extent to extent. */
  #extent = 1;
  /** @type {ArrayLike<number>} */
  labels = [];
  /** The dot that is pointed at. */
  pointed = -1;
  /** The dots that are selected. @type {number[]} */
  selection = [];
  /** Where the visitor's picture is, (2,), and the dots most like it. @type {[Float32Array, Int32Array] | null} */
  own = null;

  /**
   * @param {Painter<any>} painter
   * @param {object} events
   * @param {() => void} events.point another dot is pointed at, or none
   * @param {(numbers: number[]) => void} events.select dots were selected, or none any more
   */
  constructor(painter, { point, select }) {
    this.painter = painter;
    this.point = point;
    this.select = select;
    const label =
      "The map of the test pictures; point at a dot, or move with the arrow keys, to see its picture; " +
      "Enter selects its neighbors, Escape clears the selection";
    this.canvas = element("canvas", { class: "map", "data-part": "main", tabindex: 0, "aria-label": label });
    this.root = element("div", { class: "lane-main" }, this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.#move(event));
    this.canvas.addEventListener("pointerup", () => this.#close());
    this.canvas.addEventListener("pointercancel", () => this.#drop());
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  /**
   * Moves the dots to where they are now, those beyond the frame to its edge; at once where a visitor wants no motion.
   * @param {Float32Array} places (N, 2)
   * @param {ArrayLike<number>} labels (N,)
   * @param {number} extent
   */
  show(places, labels, extent) {
    this.labels = labels;
    this.#extent = extent;
    const goal = places.map((value) => Math.max(-extent, Math.min(extent, value)));
    cancelAnimationFrame(this.#frame);
    const start = this.#points;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (still || start?.length !== goal.length) {
      this.#points = goal;
      return this.paint();
    }
    const begun = performance.now();
    const move = () => {
      const share = Math.min(1, (performance.now() - begun) / TRAVEL);
      const eased = share * share * (3 - 2 * share);
      this.#points = share < 1 ? goal.map((value, i) => start[i] + eased * (value - start[i])) : goal;
      this.paint();
      if (share < 1) this.#frame = requestAnimationFrame(move);
    };
    move();
  }

  /** CSS pixels in units of the map. */
  get #scale() {
    return (2 * this.#extent) / this.canvas.clientWidth;
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#move(event);
    this.#line = [this.#cursor];
  }

  /** @param {PointerEvent} event */
  #move({ offsetX, offsetY }) {
    const scale = this.#scale;
    this.#cursor = [offsetX * scale - this.#extent, this.#extent - offsetY * scale];
    this.#find(NEAR * scale);
    if (!this.#line) return;
    this.#line.push(this.#cursor);
    this.paint();
  }

  /** Selects what is inside the line; a click leaves what is selected. */
  #close() {
    const line = this.#line;
    this.#drop();
    if (!line || !this.#points) return;
    const [[x, y]] = line;
    const far = line.some((at) => Math.hypot(at[0] - x, at[1] - y) > NEAR * this.#scale);
    if (far) this.select(encircled(this.#points, line));
  }

  #drop() {
    this.#line = null;
    this.paint();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Enter") return this.neighbors();
    if (event.key === "Escape") {
      this.#drop();
      return this.select([]);
    }
    const [x, y] = this.#cursor;
    /** @type {Record<string, At>} */
    const goals = {
      ArrowLeft: [x - STRIDE, y],
      ArrowRight: [x + STRIDE, y],
      ArrowUp: [x, y + STRIDE],
      ArrowDown: [x, y - STRIDE],
    };
    const goal = goals[event.key];
    if (!goal) return;
    event.preventDefault();
    const within = (/** @type {number} */ value) => Math.max(-this.#extent, Math.min(this.#extent, value));
    this.#cursor = [within(goal[0]), within(goal[1])];
    this.#find(Number.POSITIVE_INFINITY);
  }

  /** Finds the dot nearest to the cursor, if one is near enough. @param {number} reach in units of the map */
  #find(reach) {
    const points = this.#points ?? [];
    const [x, y] = this.#cursor;
    let [best, least] = [-1, reach];
    for (let i = 0; 2 * i < points.length; i++) {
      const distance = Math.hypot(points[2 * i] - x, points[2 * i + 1] - y);
      if (distance < least) [best, least] = [i, distance];
    }
    if (best === this.pointed) return;
    this.pointed = best;
    this.point();
    this.paint();
  }

  /** Selects the dots around the one that is pointed at. */
  neighbors() {
    const [points, i] = [this.#points, this.pointed];
    if (points && i >= 0) this.select(nearest(points, [points[2 * i], points[2 * i + 1]], NEIGHBORS));
  }

  paint() {
    const points = this.#points;
    if (!points) return;
    fit(this.canvas, this.painter.side(this.root));
    draw(this.canvas, (context, width) => {
      const scale = width / (2 * this.#extent);
      /** @param {ArrayLike<number>} values @param {number} i @returns {At} */
      const at = (values, i) => [(values[2 * i] + this.#extent) * scale, (this.#extent - values[2 * i + 1]) * scale];
      const selected = new Set(this.selection);
      const order = Array.from({ length: points.length / 2 }, (_, i) => i).filter((i) => !selected.has(i));
      for (const i of [...order, ...this.selection]) {
        context.globalAlpha = selected.has(i) ? 1 : selected.size ? FAINT : 0.85;
        context.fillStyle = PALETTE[this.labels[i] % PALETTE.length];
        context.beginPath();
        context.arc(...at(points, i), selected.has(i) ? LARGE : SMALL, 0, 7);
        context.fill();
      }
      context.globalAlpha = 1;
      context.strokeStyle = getComputedStyle(this.canvas).color;
      this.#lines(context, at, points);
      if (this.own) handle(context, ...at(this.own[0], 0));
    });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {(values: ArrayLike<number>, i: number) => At} at
   * @param {Float32Array} points
   */
  #lines(context, at, points) {
    context.lineWidth = 1; // what was drawn before has left another one
    for (const index of this.own?.[1] ?? []) {
      context.beginPath();
      context.moveTo(...at(this.own?.[0] ?? [], 0));
      context.lineTo(...at(points, index));
      context.stroke();
    }
    context.lineWidth = 2;
    context.beginPath();
    if (this.pointed >= 0) context.arc(...at(points, this.pointed), RING, 0, 7);
    context.stroke();
    context.setLineDash([4, 3]);
    context.beginPath();
    for (const place of this.#line ?? []) context.lineTo(...at(place, 0));
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }
}
