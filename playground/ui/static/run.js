// The texts about a run.

import { count, number, percent, seconds } from "./format.js";

/** @import { Track } from "./track.js" */
/** @import { News, State, Summary, Tested } from "./types.d.ts" */

/** @type {Record<State, string>} */
const NAMES = {
  done: "done",
  running: "training",
  queued: "waiting",
  paused: "paused",
  failed: "failed",
  cancelled: "stopped",
};
/**
 * The name that a metric or a term is known by: "fid_cnn-fashion", measured in features of `cnn-fashion`, is a "fid".
 * @param {Pick<Summary, "labels">} run
 * @param {string} name
 * @returns {string | undefined}
 */
function known({ labels }, name) {
  const fits = Object.keys(labels).filter(
    (key) => name === key || name.startsWith(`${key}_`) || name.startsWith(`${key}.`),
  );
  return fits.sort((a, b) => b.length - a.length)[0];
}

/**
 * What people call a metric or a term; the part of a vector with its number.
 * @param {Pick<Summary, "labels">} run
 * @param {string} name
 */
export function label(run, name) {
  const key = known(run, name);
  if (key === undefined) return name;
  return `${run.labels[key]}${name.startsWith(`${key}.`) ? ` ${name.slice(key.length + 1)}` : ""}`;
}

/**
 * The value of a metric or a term.
 * @param {Pick<Summary, "labels" | "shares">} run
 * @param {string} name
 * @param {number | null} value null where it is infinite or no number
 */
export function metric(run, name, value) {
  if (value === null) return "not finite";
  return run.shares.includes(known(run, name) ?? "") ? percent(value) : number(value);
}

const MOST_KNOBS = 3;
const BUDGET = ["seconds", "steps"];

/**
 * What tells runs that are compared apart: the knobs that differ, or their names where that are many or none.
 * @param {News[]} runs
 */
export function differences(runs) {
  const knobs = Object.keys(runs[0]?.knobs ?? {}).filter((knob) => !BUDGET.includes(knob));
  const differing = knobs.filter((knob) => new Set(runs.map((run) => run.knobs[knob])).size > 1);
  const alike = new Set(runs.map((run) => `${run.title} ${run.data}`)).size === 1;
  if (!alike || !differing.length || differing.length > MOST_KNOBS) return runs.map(({ name }) => name);
  return runs.map((run) =>
    differing.map((knob) => `${knob.replaceAll("_", " ")} ${run.knobs[knob] ?? "none"}`).join(", "),
  );
}

/** A run in a list. @param {Summary} run */
export function title(run) {
  const when = new Date(run.created * 1000).toLocaleTimeString();
  const [watched] = run.watched;
  const value = run.final?.values[watched];
  const result =
    value === undefined ? NAMES[run.status.state] : `${label(run, watched)} ${metric(run, watched, value)}`;
  return run.shipped ? `${run.name} · ${result}` : `${run.name}, ${when} · ${result}${run.parent ? " · branch" : ""}`;
}

/**
 * The sections of a list of runs and their names: those of an experiment are one, in the order of their first runs.
 * @param {Summary[]} runs
 */
export function sections(runs) {
  /** @type {Map<string, Summary[]>} */
  const sections = new Map();
  for (const run of runs) {
    const name = run.group || (run.shipped ? "Shipped with the playground" : "Trained here");
    sections.set(name, [...(sections.get(name) ?? []), run]);
  }
  return [...sections];
}

/**
 * Which examples an answer is about: the test examples of a run's data, or those that ship in their place.
 * @param {Summary} info
 * @param {number} n how many they are
 * @param {Tested} words of the answer
 */
export function tested({ data_title, example }, n, { stand_ins }) {
  return stand_ins
    ? `${count(n)} examples that ship, in place of the test ${example} of ${data_title}, which are not on this machine,`
    : `${count(n)} test ${example} of ${data_title}`;
}

/**
 * What a curve of a run says at a step, the last value up to it; and on how many test examples, where the last evaluation
 * is of others.
 * @param {Track} track
 * @param {string} term the curve's name
 * @param {number} step
 */
export function told(track, term, step) {
  const { info, tested, ends } = track;
  const last = track.lines(term).flatMap(({ points }) => points.filter(([at]) => at <= step).slice(-1));
  const values = last.map(([, value]) => metric(info, term, value));
  const few = ends.has(term) ? ` on ${count(tested)} ${info.example}` : "";
  return values.length ? `${label(info, term)} ${values.join(", ")}${few}` : "";
}

/** What the buttons say, and ask before they do it. @type {Record<string, [label: string, title: string, question?: string]>} */
export const VERBS = {
  pause: ["Pause", "Saves the exact state and frees the CPU"],
  stop: ["Stop", "Ends the training; what it has learned stays"],
  resume: ["Resume", "Continues exactly where it stopped"],
  delete: ["Delete", "Removes this run", "Delete for good?"],
};

/**
 * What can be done with a run by whoever looks at it: nothing with those of others.
 * @param {Track} track
 */
export function verbs({ info, live }) {
  const { state } = info.status;
  if (!info.mine) return [];
  return [
    ...(state === "running" ? ["pause"] : []),
    ...(live ? ["stop"] : []),
    ...(info.resumable && ["paused", "failed", "cancelled"].includes(state) ? ["resume"] : []),
    ...(live ? [] : ["delete"]),
  ];
}

/**
 * The line that says how a run is.
 * @param {News} info
 * @param {string | null} [here] the value at the step that is looked at, or that there is none; null at the last one
 */
export function status(info, here = null) {
  const { state, message, progress, rate, left } = info.status;
  const { final, parent, changed, data_title: data, example } = info;
  const parts = [];
  if (state === "running") {
    parts.push(message || `Training: ${Math.round(100 * progress)}%`);
    if (rate) parts.push(`${count(Math.round(rate))} ${example}/s`);
    if (left) parts.push(`${seconds(left)} left`);
  } else if (state === "done" && final) {
    const [name, better] = info.watched;
    const value = name in final.values ? `${label(info, name)} ${metric(info, name, final.values[name])}` : "done";
    if (here) parts.push(`here ${here}`);
    parts.push(
      `${here === null ? "" : "at the end "}${value} (${better === "falls" ? "lower" : "higher"} is better) on ${count(final.n)} test ${example} of ${data}`,
    );
  } else {
    parts.push(message || NAMES[state]);
  }
  const knobs = Object.entries(changed).map(([knob, value]) => `${knob.replaceAll("_", " ")} ${value ?? "none"}`);
  const difference = knobs.length ? ` with ${knobs.join(", ")}` : "";
  if (parent) parts.push(`branched from ${parent.run} at step ${count(parent.step)}${difference}`);
  return parts.join(" · ");
}

/**
 * The card of a shipped run, or the knobs of another, as names and texts.
 * @param {Track} track
 */
export function card({ info, parameters }) {
  const lines = [...info.card.matchAll(/^- \*\*(.+?):\*\* (.+)$/gm)].map(([, name, text]) => [name, text]);
  const values = Object.entries(info.final?.values ?? {});
  const named = values.map(([name, value]) => `${label(info, name)} ${metric(info, name, value)}`).join(", ");
  const metrics = named ? [["All metrics", named]] : [];
  if (lines.length) return [...metrics, ...lines.filter(([name]) => name !== "Result")];
  const knobs = Object.entries(info.knobs).filter(([, value]) => value !== null);
  return [
    ...metrics,
    ["Network", `${info.title}${parameters ? `, ${count(parameters)} parameters` : ""}`],
    ["Knobs", knobs.map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ")],
  ];
}
