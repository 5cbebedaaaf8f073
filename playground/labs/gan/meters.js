// Whether a GAN trains well, in four numbers with their short history.

import { color, draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { label, metric } from "../../ui/static/run.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Point } from "../../ui/static/types.d.ts" */

/** @typedef {(value: number, of: number) => number} Place of a value on the meter's scale, 0 to 1 */
/** @typedef {{name: string, title: string, place: Place, row: HTMLElement, value: HTMLElement, line: HTMLCanvasElement}} Meter */

const HISTORY = 80; // reports that are shown: about twenty seconds of training
const [FAINT, STRONG] = [-4, 2]; // powers of ten of the gradients' scale
const FAR = 40; // the largest margin of the scale, in logits

/** @type {Place} a tenfold is as long everywhere */
const gradient = (value) => (Math.log10(Math.max(value, 1e-12)) - FAINT) / (STRONG - FAINT);

/** The curves that meters are read off, what they say of their scale, and where a value lies on it. */
const METERS = /** @type {[string, string, Place][]} */ ([
  ["modes", "From none to all.", (value, of) => value / of],
  [
    "discriminator/margin",
    `From −${FAR} to ${FAR}, fine in the middle.`,
    (value) => 0.5 + Math.asinh(value) / Math.asinh(FAR) / 2,
  ],
  ["generator/gradient", "A tenfold is as long everywhere, from 0.0001 to 100.", gradient],
  ["discriminator/gradient", "A tenfold is as long everywhere, from 0.0001 to 100.", gradient],
]);

/**
 * The last points of a curve up to a step.
 * @param {Track} track
 * @param {string} name
 * @param {number} step
 */
export function history(track, name, step) {
  const [{ points } = { points: [] }] = track.lines(name);
  return points.filter(([at]) => at <= step).slice(-HISTORY);
}

/**
 * Where a history is drawn, as shares of width and height from the top left; what is off the scale lies at its end.
 * @param {Point[]} points by step
 * @param {(value: number) => number} place
 * @returns {[x: number, y: number][]}
 */
export function path(points, place) {
  const first = points[0]?.[0] ?? 0;
  const span = Math.max(1, (points.at(-1)?.[0] ?? 0) - first);
  const finite = points.filter(([, value]) => Number.isFinite(value));
  return finite.map(([at, value]) => [(at - first) / span, 1 - Math.max(0, Math.min(1, place(value)))]);
}

/** The meters of one run: what its training reports, so nothing is measured anew. */
export class Meters {
  /** @type {Meter[]} */
  #meters = METERS.map(([name, title, place]) => {
    const value = element("b");
    const line = element("canvas", { "aria-hidden": "true" });
    const row = element("div", { class: "meter", "data-meter": name, title }, element("span"), value, line);
    return { name, title, place, row, value, line };
  });

  constructor() {
    this.root = element("div", { class: "meters" }, ...this.#meters.map(({ row }) => row));
  }

  /**
   * @param {Track} track
   * @param {number} step
   * @param {string} ink of the run
   * @param {{modes: number | null, of: number | null}} words what is known of the step itself
   */
  paint(track, step, ink, { modes, of }) {
    for (const { name, place, row, value, line } of this.#meters) {
      const points = history(track, name, step);
      row.hidden = name === "modes" ? modes === null : !points.length;
      const last = name === "modes" ? modes : (points.at(-1)?.[1] ?? null);
      /** @type {HTMLElement} */ (row.firstElementChild).textContent = label(track.info, name);
      value.textContent = name === "modes" ? `${modes} of ${of}` : metric(track.info, name, last);
      draw(line, (context, width, height) =>
        trace(
          context,
          path(points, (at) => place(at, of ?? 1)),
          width,
          height,
          ink,
        ),
      );
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number][]} points as shares
 * @param {number} width
 * @param {number} height
 * @param {string} ink
 */
function trace(context, points, width, height, ink) {
  const [across, down] = [width - 4, height - 4];
  context.strokeStyle = color("--line");
  context.strokeRect(0.5, 0.5, width - 1, height - 1);
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(2 + x * across, 2 + y * down);
  context.stroke();
  const last = points.at(-1);
  if (last) context.fillRect(2 + last[0] * across - 2, 2 + last[1] * down - 2, 4, 4);
}
