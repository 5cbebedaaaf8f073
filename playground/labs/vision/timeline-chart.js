// Architectures by what they reached and what that took: a dot for each, or its curve.

import { color, draw } from "../../ui/static/canvas.js";
import { percent } from "../../ui/static/format.js";
import { axes, BELOW, LEFT, scales, TOP } from "./bands.js";

/** @import { Band, Plot } from "./bands.js" */

/**
 * @typedef {object} Dot what one architecture reached
 * @property {string} name
 * @property {string} title
 * @property {number} x what it is plotted against
 * @property {number} y its accuracy, from 0 to 1, and the interval around it
 * @property {number | null} low
 * @property {number | null} high
 * @property {Band | null} curve how it got there, where that is drawn
 */
/** @typedef {{title: string, x: number, y: number, ink: string}} Ring where a run on the stage is, and in which color */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box in CSS pixels */

const [SPACE, LINE] = [10, 16]; // between a dot and its name, and the height of that
const LEADER = 28; // from the end of a curve to its name
const REACH = 24; // of a finger
const FAINT = 0.4; // intervals of those that are not chosen
const BEYOND = 0.2; // how far the axis goes on either side of the dots, as a share of the way between them

/** A share without the tenths that it has not. @param {number} share */
const whole = (share) => percent(share).replace(".0%", "%");
const NOTHING = { name: "", low: null, high: null, curve: null };

/** @param {Box} one @param {Box} other */
export const overlap = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/**
 * Where names stand beside their dots: on the right, on the left, above or below, whichever first is free and within.
 * @param {{x: number, y: number, width: number}[]} dots in the order in which they choose
 * @param {Box} within
 * @param {Box[]} [others] what else is in the way
 * @returns {Box[]} the last place of all where none is free
 */
export function placed(dots, within, others = []) {
  const taken = dots.map(({ x, y }) => ({ left: x - 6, top: y - 6, right: x + 6, bottom: y + 6 }));
  taken.push(...others);
  return dots.map(({ x, y, width }, i) => {
    const at = (/** @type {number} */ left, /** @type {number} */ top) => ({
      left,
      top,
      right: left + width,
      bottom: top + LINE,
    });
    const beside = [y - LINE / 2, y - LINE, y].flatMap((top) => [at(x + SPACE, top), at(x - SPACE - width, top)]);
    const middle = Math.max(within.left, Math.min(x - width / 2, within.right - width));
    const places = [...beside, at(middle, y - SPACE - LINE), at(middle, y + SPACE)];
    const isFree = (/** @type {Box} */ box) =>
      box.left >= within.left &&
      box.right <= within.right &&
      box.top >= within.top &&
      box.bottom <= within.bottom &&
      !taken.some((other, j) => j !== i && overlap(box, other));
    const box = places.find(isFree) ?? places[places.length - 1];
    taken.push(box);
    return box;
  });
}

/**
 * Heights moved apart until there are `gap` pixels between any two, as little as a pass up and one down need.
 * @param {number[]} heights
 * @param {number} gap
 * @param {number} lowest that one may come to be
 */
export function spread(heights, gap, lowest) {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b]);
  const moved = [...heights];
  for (const [k, i] of order.entries()) if (k) moved[i] = Math.max(moved[i], moved[order[k - 1]] + gap);
  let limit = lowest;
  for (const i of order.reverse()) {
    moved[i] = Math.min(moved[i], limit);
    limit = moved[i] - gap;
  }
  return moved;
}

export class Chart {
  /** Where the dots are. @type {{name: string, x: number, y: number}[]} */
  #places = [];

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
  }

  /** The name of the nearest dot within a finger's reach of a place, or nothing. @param {number} x @param {number} y */
  at(x, y) {
    const far = this.#places.map((dot) => Math.hypot(dot.x - x, dot.y - y));
    const least = Math.min(...far);
    return least <= REACH ? this.#places[far.indexOf(least)].name : "";
  }

  /**
   * @param {Dot[]} dots
   * @param {Ring[]} rings
   * @param {{chosen: string, pointed: string, along: string, what: string}} look names of dots, and of the axes
   */
  paint(dots, rings, { chosen, pointed, along, what }) {
    draw(this.canvas, (context, width, height) => {
      context.font = "12px system-ui, sans-serif";
      const curves = dots.some(({ curve }) => curve);
      const widths = [...dots, ...rings].map(({ title }) => Math.ceil(context.measureText(title).width));
      const right = curves ? Math.max(...widths) + LEADER + 8 : 16;
      const plot = plotted([...dots, ...rings.map((ring) => ({ ...NOTHING, ...ring }))], { width, height, right });
      axes(context, plot, { tell: whole, along, what });
      const all = dots.map((dot) => ({ ...dot, left: plot.x(dot.x), height: plot.y(dot.y) }));
      this.#places = all.map(({ name, left, height }) => ({ name, x: left, y: height }));
      const rank = (/** @type {string} */ name) => (name === chosen ? 2 : name === pointed ? 1 : 0);
      const order = [...all.keys()].sort((a, b) => rank(all[b].name) - rank(all[a].name));
      const inside = { left: LEFT + 4, top: TOP, right: width, bottom: height - BELOW };
      const heights = spread(
        all.map((dot) => dot.height),
        LINE,
        inside.bottom,
      );
      const intervals = all.map(({ left, low, high, y }) => ({
        left: left - 1,
        top: plot.y(high ?? y),
        right: left + 1,
        bottom: plot.y(low ?? y),
      }));
      const own = rings.map(({ x, y }, i) => ({ x: plot.x(x), y: plot.y(y), width: widths[dots.length + i] }));
      const named = order.map((i) => ({ x: all[i].left, y: all[i].height, width: widths[i] }));
      const aside = order.map((i) => ({ left: all[i].left + LEADER, top: heights[i] - LINE / 2 }));
      const names = aside.map((box, k) => ({
        ...box,
        right: box.left + widths[order[k]],
        bottom: box.top + LINE,
      }));
      const places = curves ? placed(own, inside, names) : placed([...own, ...named], inside, intervals);
      const boxes = curves ? aside : places.slice(own.length);
      for (const [k, i] of [...order.entries()].reverse()) {
        const dot = all[i];
        const ink = color(["--quiet", "--ink", "--accent"][rank(dot.name)]);
        context.strokeStyle = context.fillStyle = ink;
        context.lineWidth = rank(dot.name) ? 2 : 1;
        if (dot.curve) {
          line(context, dot.curve, plot);
          leader(context, dot.left, dot.height, boxes[k]);
        } else whisker(context, dot, plot, rank(dot.name) ? 1 : FAINT);
        context.beginPath();
        context.arc(dot.left, dot.height, rank(dot.name) ? 5 : 4, 0, 7);
        context.fill();
        context.textAlign = "left";
        context.textBaseline = "middle";
        if (rank(dot.name)) context.fillStyle = color(rank(dot.name) === 2 ? "--accent" : "--ink");
        context.fillText(dot.title, boxes[k].left, boxes[k].top + LINE / 2);
      }
      for (const [i, { title, ink }] of rings.entries()) {
        context.strokeStyle = context.fillStyle = color(ink);
        context.lineWidth = 2;
        context.beginPath();
        context.arc(own[i].x, own[i].y, 7, 0, 7);
        context.stroke();
        context.fillText(title, places[i].left, places[i].top + LINE / 2);
      }
    });
  }
}

/** The scales. @param {Dot[]} dots @param {{width: number, height: number, right: number}} room */
function plotted(dots, { width, height, right }) {
  const xs = dots.flatMap(({ x, curve }) => (curve ? [curve.x[0], x] : [x]));
  const ys = dots.flatMap(({ y, low, high, curve }) => [y, low ?? y, high ?? y, ...(curve?.mean ?? [])]);
  const curves = dots.some(({ curve }) => curve);
  const [least, most] = [Math.max(1e-3, Math.min(...xs)), Math.max(...xs)];
  const beyond = curves ? 1 : (most / least) ** BEYOND;
  const [first, last] = [least / beyond, most * beyond];
  const margin = 0.08 * (Math.max(...ys) - Math.min(...ys) || 0.1);
  const [bottom, top] = [Math.min(...ys) - margin, Math.max(...ys) + margin];
  return scales({ first, last, bottom, top, height, end: width - right });
}

/** @param {CanvasRenderingContext2D} context @param {Band} curve @param {Plot} plot */
function line(context, { x, mean }, plot) {
  context.lineJoin = "round";
  context.beginPath();
  for (const [k, at] of x.entries()) context.lineTo(plot.x(at), plot.y(mean[k]));
  context.stroke();
}

/**
 * From the end of a curve to its name.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {{left: number, top: number}} box
 */
function leader(context, x, y, { left, top }) {
  context.globalAlpha = FAINT;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(left - 4, top + LINE / 2);
  context.stroke();
  context.globalAlpha = 1;
}

/**
 * The interval of a dot.
 * @param {CanvasRenderingContext2D} context
 * @param {Dot} dot
 * @param {Plot} plot
 * @param {number} alpha
 */
function whisker(context, { x, low, high }, plot, alpha) {
  if (low === null || high === null) return;
  context.globalAlpha = alpha;
  context.beginPath();
  context.moveTo(plot.x(x), plot.y(low));
  context.lineTo(plot.x(x), plot.y(high));
  context.stroke();
  context.globalAlpha = 1;
}
