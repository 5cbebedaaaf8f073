// What each arm of an experiment reached, and what it took: the table below the curves.

import { element } from "../../ui/static/dom.js";
import { count, large, short } from "../../ui/static/format.js";
import { ink } from "./bands.js";

/** @import { Arm, Band } from "./bands.js" */

/** @typedef {{head: string, cell: (arm: Arm) => string | null}} Column a null cell is empty; without any it is left out */

/**
 * What people call a metric, by its name or by its beginning: what follows is the run in whose features it is measured.
 * @param {Record<string, string>} labels
 * @param {string} name
 */
export function called(labels, name) {
  if (labels[name]) return labels[name];
  const starts = Object.keys(labels).filter((key) => name.startsWith(`${key}_`));
  const [start] = starts.sort((one, other) => other.length - one.length);
  if (!start) return name;
  const [label, rest] = [labels[start], name.slice(start.length + 1)];
  return label.endsWith(")") ? `${label.slice(0, -1)}, ${rest})` : `${label} (${rest})`;
}

/** @param {number | null} value */
const whole = (value) => (value === null ? null : count(Math.round(value)));

/**
 * The columns that some arm has something for.
 * @param {Arm[]} arms
 * @param {string} metric what people call it
 * @param {(value: number) => string} tell
 * @returns {Column[]}
 */
export function columns(arms, metric, tell) {
  /** @type {Column[]} */
  const all = [
    { head: metric, cell: ({ final }) => (final ? tell(final.mean) : "–") },
    {
      head: "95 % bootstrap interval",
      cell: ({ final }) =>
        final && final.low !== null && final.high !== null ? `${tell(final.low)} to ${tell(final.high)}` : "–",
    },
    {
      head: "Seeds",
      cell: ({ values, runs }) =>
        values.length < runs.length ? `${values.length} of ${runs.length}` : String(values.length),
    },
    { head: "Parameters", cell: ({ parameters }) => count(parameters) },
    { head: "FLOPs of an example", cell: ({ flops }) => (flops === null ? null : large(flops)) },
    { head: "Seconds", cell: ({ seconds }) => whole(seconds) },
    { head: "Examples seen", cell: ({ images }) => whole(images) },
    {
      head: "Energy, estimated (Wh)",
      cell: ({ watt_hours }) => (watt_hours === null ? null : short(watt_hours)),
    },
  ];
  return all.filter(({ cell }) => arms.some((arm) => cell(arm) !== null));
}

/** What the numbers of the table mean, in sentences. @param {Arm[]} arms @param {string} assumed how energy is estimated */
export function notes(arms, assumed) {
  const flops = "FLOPs are of one forward pass of one example; a multiplication and its addition are two.";
  return [
    arms.some((arm) => arm.flops !== null) && flops,
    arms.some((arm) => arm.watt_hours !== null) && assumed,
  ].filter(Boolean);
}

/**
 * On what it was evaluated, in a sentence: along a knob there is but what the table has.
 * @param {string} axis
 * @param {number} n test examples; 0 where nothing is done yet
 */
export function evaluated(axis, n) {
  const all = `all of the test data${n ? ` (${count(n)})` : ""}`;
  if (axis === "knob") return `Curve and table are evaluated on ${all}.`;
  return `Curves are evaluated on part of the test data, the table on ${all}.`;
}

/**
 * @param {HTMLTableElement} table
 * @param {object} told
 * @param {Arm[]} told.arms
 * @param {(Band | null)[]} told.lines of which each arm with a curve has the color
 * @param {"falls" | "rises" | null} told.better
 * @param {string} told.metric
 * @param {Record<string, string>} told.labels
 * @param {(value: number) => string} tell how a value of the metric is told
 */
export function fill(table, { arms, lines, better, metric, labels }, tell) {
  const finals = arms.flatMap(({ final }) => (final ? [final.mean] : []));
  const best = better === "rises" ? Math.max(...finals) : better === "falls" ? Math.min(...finals) : null;
  const shown = columns(arms, called(labels, metric), tell);
  const rows = arms.map((arm) => {
    const cells = shown.map(({ cell }) => cell(arm) ?? "–");
    const [mean, ...others] = cells;
    const first = arm.final && arm.final.mean === best ? element("b", {}, mean) : mean;
    const mark = lines[arm.line] ? element("i", { style: `background:${ink(arm.line)}` }) : "";
    const name = element("th", { scope: "row" }, mark, arm.name);
    return element("tr", {}, name, ...[first, ...others].map((inside) => element("td", {}, inside)));
  });
  const heads = ["", ...shown.map(({ head }) => head)].map((text) => element("th", { scope: "col" }, text));
  table.replaceChildren(element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
}
