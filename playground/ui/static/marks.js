// The moments of a training that are worth a look: its best value, its largest change, where it branched off, and what it
// marked itself.

import { count } from "./format.js";
import { label } from "./run.js";
import { Track } from "./track.js";

/** @typedef {{step: number, name: string}} Mark */

/**
 * The marks of a run on one of its curves, by step.
 * @param {Track} track
 * @param {string} term that the curve shows
 * @returns {Mark[]}
 */
export function marks(track, term) {
  const { info, marked, steps } = track;
  const [watched, better] = info.watched;
  const entries = marked.map(({ step, label: name }) => ({ step, name }));
  if (info.parent) entries.push({ step: info.parent.step, name: `branched off at step ${count(info.parent.step)}` });
  const lines = track.lines(term);
  const points = lines.length === 1 ? lines[0].points : [];
  const at = steps.flatMap((step) => points.findLast(([one]) => one <= step)?.[1] ?? []);
  const frames = steps.slice(steps.length - at.length);
  if (at.length < 3) return entries;
  const changes = at.slice(1).map((value, i) => Math.abs(value - at[i]));
  const name = label(info, term);
  entries.push({ step: frames[1 + largest(changes)], name: `largest change of ${name}` });
  if (term === watched) {
    entries.push({
      step: frames[largest(at.map((value) => (better === "falls" ? -value : value)))],
      name: `best ${name}`,
    });
  }
  return entries.sort((a, b) => a.step - b.step);
}

/** The index of the largest number. @param {number[]} values */
const largest = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
