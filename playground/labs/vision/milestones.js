// What stands on the chart of a timeline: architectures that were measured, and the runs on the stage.

import { count, percent } from "../../ui/static/format.js";

/** @import { Track } from "../../ui/static/track.js" */
/** @import { Arm, Band } from "./bands.js" */
/** @import { Dot, Ring } from "./timeline-chart.js" */

/**
 * @typedef {object} Milestone see `Milestone.declared` of the server
 * @property {string} name
 * @property {number} year
 * @property {string} title
 * @property {string} added
 * @property {string} switch
 * @property {string} recipe
 * @property {string} hint
 * @property {{recipe: string, knobs: Record<string, string | number | boolean>}} off
 * @property {{title: string, url: string}} paper
 */
/**
 * @typedef {object} Told what the experiment reached
 * @property {string} data
 * @property {string} machine
 * @property {string} metric
 * @property {string} assumed
 * @property {Record<string, string>} labels
 * @property {Arm[]} arms
 * @property {(Band | null)[]} lines by seconds
 */
/** @typedef {"parameters" | "flops" | "images" | "seconds"} Axis */
/** @typedef {{track: Track, step: number, takes: {parameters: number, flops: number} | null}} Staged a run, what it takes */

const SLACK = 1.05; // of a minute that took a little longer

/**
 * A dot for each architecture that has a result, at what its axis says.
 * @param {Milestone[]} milestones
 * @param {Pick<Told, "arms" | "lines">} told
 * @param {Axis} axis
 * @returns {Dot[]}
 */
export function dots(milestones, { arms, lines }, axis) {
  return milestones.flatMap(({ name, title, recipe }) => {
    const arm = arms.find((one) => one.recipe === recipe);
    const x = arm?.[axis];
    if (!(arm?.final && x)) return [];
    const { mean, low, high } = arm.final;
    return [{ name, title, x, y: mean, low, high, curve: axis === "seconds" ? (lines[arm.line] ?? null) : null }];
  });
}

/**
 * Where a run is; nowhere where it was not evaluated yet, or learns from other pictures than the architectures. A branch
 * is nowhere along seconds: its clock begins anew, and what its parent took is not in them.
 * @param {Staged} staged
 * @param {Pick<Told, "metric" | "data">} told
 * @param {Axis} axis
 */
export function at({ track, step, takes }, { metric, data }, axis) {
  const [line] = track.lines(metric);
  const y = line?.test.findLast(([by]) => by <= step)?.[1];
  if (!takes || y === undefined || track.info.data_title !== data) return null;
  const images = step * Number(track.knobsAt(step).batch_size ?? 0);
  const seconds = track.info.parent ? 0 : (track.clock.findLast(([by]) => by <= step)?.[1] ?? 0);
  const x = { ...takes, images, seconds }[axis];
  return x ? { x, y } : null;
}

/**
 * Runs as rings, but for those that trained for longer than the curves are drawn.
 * @param {Staged[]} staged
 * @param {Pick<Told, "metric" | "data">} told
 * @param {Axis} axis
 * @param {Dot[]} dots
 * @returns {Ring[]}
 */
export function rings(staged, told, axis, dots) {
  const last = axis === "seconds" ? SLACK * Math.max(...dots.map(({ x }) => x)) : Number.POSITIVE_INFINITY;
  return staged.flatMap((one, i) => {
    const place = at(one, told, axis);
    return place && place.x <= last ? [{ ...place, title: one.track.info.name, ink: i ? "--second" : "--ink" }] : [];
  });
}

/** Runs in words. @param {Staged[]} staged @param {Pick<Told, "metric" | "data">} told */
export function onStage(staged, told) {
  const words = staged.map((one) => {
    const { name, data_title } = one.track.info;
    const [reaches, timed] = [at(one, told, "images"), at(one, told, "seconds")];
    const after = timed ? ` after ${count(Math.round(timed.x))} s` : "";
    const reached = reaches && `, ${percent(reaches.y)}${after}`;
    const other = data_title === told.data ? "" : `, which learned from ${data_title}`;
    return `${name}, snapshot of step ${count(one.step)}${reached ?? other}`;
  });
  return words.length ? `On the stage: ${words.join("; ")}.` : "";
}
