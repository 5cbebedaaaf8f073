// What of earlier tasks is still known: rows of the accuracy matrix, and the pictures that were forgotten.

/** @import { Track } from "../../../ui/static/track.js" */
/** @import { Answer } from "../../../ui/static/types.d.ts" */

/**
 * @typedef {{step: number, classes: string[], has: string[][], scenario: string, chance: number, stand_ins?: boolean}} Words
 * @typedef {Answer<Words, {labels: Int32Array, taken: Int32Array, accuracy: Float32Array, seen: Int32Array}>} Answers
 */

/**
 * The snapshots at the ends of tasks, in the order of the steps; tasks are counted from 0.
 * @param {Pick<Track, "marked" | "snapshots">} track
 * @returns {{task: number, step: number}[]}
 */
export const ends = ({ marked, snapshots }) =>
  marked.flatMap(({ step, label }) => {
    const task = label.match(/^task (\d+) ends$/)?.[1];
    return task && snapshots.includes(step) ? [{ task: Number(task) - 1, step }] : [];
  });

/** The task that a class belongs to. @param {Words} words @param {number} label */
const taskOf = ({ has, classes }, label) => Math.floor((label * has.length) / classes.length);

/**
 * The test pictures of a task that were recognized when it had ended and are not any more.
 * @param {Answers} then
 * @param {Answers} now
 * @param {number} task
 * @returns {{known: number, lost: number[]}} how many were recognized, and the numbers of those that are not any more
 */
export function forgotten(then, now, task) {
  const labels = then.tensors.labels.data;
  const known = [...labels.keys()].filter(
    (i) => taskOf(then.words, labels[i]) === task && then.tensors.taken.data[i] === labels[i],
  );
  return { known: known.length, lost: known.filter((i) => now.tensors.taken.data[i] !== labels[i]) };
}

/** How far an accuracy lies between chance, 0, and 1. @param {number} accuracy @param {number} chance */
export const above = (accuracy, chance) => (chance < 1 ? Math.max(0, (accuracy - chance) / (1 - chance)) : accuracy);

/** The task that most pictures were lost of; the first one where none were. @param {number[]} lost */
export const worst = (lost) => Math.max(0, lost.indexOf(Math.max(...lost)));
