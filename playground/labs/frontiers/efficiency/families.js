// The ways to compress that are lines of the chart: what each changes, and how it is drawn.

import { color } from "../../../ui/static/canvas.js";

/** @import { Values } from "../../../ui/static/types.d.ts" */
/** @import { Shape } from "./pareto.js" */

/**
 * @typedef {object} Family
 * @property {string} name
 * @property {string} title
 * @property {Shape} shape
 * @property {string} sign of the shape, in the legend
 * @property {string} ink a color's name
 * @property {(value: number) => Values} takes the options of a dot
 * @property {(value: number) => string} says what a dot is
 */

const share = (/** @type {number} */ value) => `${Math.round(100 * value)}%`;
const two = (/** @type {number} */ value) => Number(value.toFixed(2));

/** @type {Family[]} */
export const FAMILIES = [
  {
    name: "weights",
    title: "single weights pruned",
    shape: "circle",
    sign: "●",
    ink: "--accent",
    takes: (value) => ({ pruned: "weights", prune: two(value) }),
    says: (value) => `${share(value)} of the weights pruned`,
  },
  {
    name: "units",
    title: "whole units pruned",
    shape: "square",
    sign: "■",
    ink: "--second",
    takes: (value) => ({ pruned: "units", prune: two(value) }),
    says: (value) => `${share(value)} of the units pruned`,
  },
  {
    name: "bits",
    title: "fewer bits a weight",
    shape: "diamond",
    sign: "◆",
    ink: "--real",
    takes: (bits) => ({ bits }),
    says: (bits) => `${bits} bits a weight`,
  },
  {
    name: "merging",
    title: "tokens merged",
    shape: "triangle",
    sign: "▲",
    ink: "--quiet",
    takes: (merge) => ({ merge }),
    says: (merge) => `${merge} patches merged in each block`,
  },
];

/** What a line through a network does not depend on: its own options, all at nothing. @param {Family} family */
export const without = ({ name, takes }) => ({ ...takes(name === "bits" ? 32 : 0), family: name });

/** The color of a family, in today's theme. @param {Family} family */
export const ink = (family) => color(family.ink);
