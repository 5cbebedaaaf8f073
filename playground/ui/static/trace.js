// What runs say of the picture, the point or the seed on the stage, at each of their frames.

import { ask } from "./answer.js";
import { color } from "./canvas.js";
import { percent, short } from "./format.js";
import { Cache } from "./requests.js";

/** @import { Track } from "./track.js" */
/** @import { Query, Trace } from "./types.d.ts" */

const SHOWN = 3; // lines of a whole, those that are ever the largest

/** @type {Cache<Trace>} */
const cache = new Cache(60);

/**
 * The trace of a run.
 * @param {string} lab
 * @param {string} view
 * @param {Track} track
 * @param {Query} query options, and the picture
 */
export function traceOf(lab, view, track, query) {
  const key = track.key({ view, query, run: track.id, frames: track.snapshots.length });
  return cache.get(key, async () => {
    const { words, tensors } = await ask(lab, view, "trace", { run: track.id, ...query });
    const [frames, count] = tensors.values.shape;
    const numbers = Array.from(tensors.values.data, Number);
    const values = Array.from({ length: frames }, (_, i) => numbers.slice(i * count, (i + 1) * count));
    return {
      steps: Array.from(tensors.steps.data, Number),
      values,
      names: words.names,
      shares: words.shares,
      ends: words.ends,
    };
  });
}

/** The values of one of the names. @param {number[][]} values @param {number} i */
const valuesOf = (values, i) => values.map((row) => row[i]).filter((value) => !Number.isNaN(value));

/** The names whose lines are drawn, the largest one at the end first. @param {Trace} trace */
export function lines({ values, names, shares }) {
  const all = names.map((_, i) => i);
  if (!shares) return all;
  const most = all.map((i) => Math.max(...valuesOf(values, i)));
  const last = values[values.length - 1];
  return all
    .sort((a, b) => most[b] - most[a])
    .slice(0, SHOWN)
    .sort((a, b) => last[b] - last[a]);
}

/**
 * What a trace says at a step, in words: of a whole, its two largest shares.
 * @param {Trace} trace
 * @param {number} step
 */
export function words({ steps, values, names, shares }, step) {
  const row =
    values[
      Math.max(
        0,
        steps.findLastIndex((one) => one <= step),
      )
    ];
  const known = names.map((name, i) => ({ name, value: row[i] })).filter(({ value }) => !Number.isNaN(value));
  if (shares) known.sort((a, b) => b.value - a.value);
  const format = shares ? percent : short;
  return known
    .slice(0, shares ? 2 : known.length)
    .map(({ name, value }) => `${name} ${format(value)}`)
    .join(" · ");
}

/**
 * Draws traces in a strip: shares from 0 to 1, other values between the ends that they have, or each between its own
 * least and most.
 * @param {CanvasRenderingContext2D} context
 * @param {{trace: Trace, ink: string}[]} traces
 * @param {(step: number) => number} x where a step lies
 * @param {{top: number, height: number, left: number, right: number}} box
 */
export function strip(context, traces, x, { top, height, left, right }) {
  context.lineWidth = 1;
  context.strokeStyle = color("--line");
  context.strokeRect(left, top, right - left, height);
  for (const { trace, ink } of [...traces].reverse()) {
    for (const [rank, i] of [...lines(trace).entries()].reverse()) {
      const column = valuesOf(trace.values, i);
      const [low, high] = trace.shares ? [0, 1] : (trace.ends ?? [Math.min(...column), Math.max(...column)]);
      context.strokeStyle = ink;
      context.globalAlpha = rank ? 0.4 : 1;
      context.lineWidth = rank ? 1 : 2;
      context.beginPath();
      for (const [frame, { [i]: value }] of trace.values.entries()) {
        if (Number.isNaN(value)) continue;
        context.lineTo(x(trace.steps[frame]), top + 2 + (1 - (value - low) / (high - low || 1)) * (height - 4));
      }
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}
