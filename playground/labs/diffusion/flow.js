// How denoising in the plane is drawn.

import { arrow, dots } from "../../ui/static/canvas.js";

/**
 * @typedef {{times: number[], points: Float32Array, samples: number}} Paths points (times, samples, 2); the times go
 *   down from noise, 1, to data, 0
 */

/** How many samples' trajectories are drawn. */
export const SHOWN = 96;

/**
 * Arrows on a grid, from the middle of each cell a quarter of the way to its denoised point.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {Float32Array} arrows (side * side, 2), the lowest row first
 * @param {{field: number, extent: number}} shape arrows in a row; the plane is the square from -extent to extent
 * @param {string} ink
 */
export function field(context, width, arrows, { field: side, extent }, ink) {
  const cell = width / side;
  context.strokeStyle = ink;
  context.lineWidth = 1;
  context.globalAlpha = 0.75;
  context.beginPath();
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [((i % side) + 0.5) * cell, width - (Math.floor(i / side) + 0.5) * cell];
    const length = Math.hypot(arrows[2 * i], arrows[2 * i + 1]);
    const size = Math.min(1.1 * cell, (0.25 * length * width) / (2 * extent));
    if (size > 1.5) arrow(context, x, y, (arrows[2 * i] / length) * size, (-arrows[2 * i + 1] / length) * size);
  }
  context.stroke();
  context.globalAlpha = 1;
}

/**
 * Where the samples are at a time, and between which of the times that is; between two of them they go straight.
 * @param {Paths} paths
 * @param {number} time
 */
export function samplesAt({ times, points, samples }, time) {
  const last = times.findLastIndex((one) => one >= time - 1e-6);
  const step = Math.max(0, Math.min(times.length - 2, last));
  const share = Math.max(0, Math.min(1, (times[step] - time) / (times[step] - times[step + 1] || 1)));
  const [before, after] = [2 * samples * step, 2 * samples * (step + 1)];
  const here = Float32Array.from(
    { length: 2 * samples },
    (_, i) => (1 - share) * points[before + i] + share * points[after + i],
  );
  return { here, step };
}

/**
 * Samples at a time, and their trajectories so far.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {Paths} paths
 * @param {number} time
 * @param {{extent: number, ink: string, quiet: string}} style
 */
export function trajectories(context, width, paths, time, { extent, ink, quiet }) {
  const { points, samples } = paths;
  const { here, step } = samplesAt(paths, time);
  /** @param {number} x @param {number} y @returns {[number, number]} */
  const to = (x, y) => [((x + extent) / (2 * extent)) * width, ((extent - y) / (2 * extent)) * width];
  context.strokeStyle = quiet;
  context.lineWidth = 0.75;
  context.globalAlpha = 0.45;
  context.beginPath();
  for (let i = 0; i < Math.min(SHOWN, samples); i++) {
    for (let k = 0; k <= step; k++) {
      const at = 2 * (k * samples + i);
      context[k ? "lineTo" : "moveTo"](...to(points[at], points[at + 1]));
    }
    context.lineTo(...to(here[2 * i], here[2 * i + 1]));
  }
  context.stroke();
  context.globalAlpha = 1;
  dots(context, width, here, { reach: extent, ink, size: 3.5 });
}
