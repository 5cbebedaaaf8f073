// The heads of a transformer, a column for each block: as dots at one snapshot, or as lines through all of them.

import { color, draw } from "../../ui/static/canvas.js";
import { ticks } from "../../ui/static/chart.js";
import { count, short } from "../../ui/static/format.js";

/**
 * @typedef {{layer: number, head: number}} Head both counted from 0; head -1 is the mean of a block
 * @typedef {{step: number, values: number[][]}} Frame values by block and head
 * @typedef {object} Plotted
 * @property {Frame} now the snapshot that is looked at
 * @property {Frame[] | null} frames all that there are, ascending; null for the dots alone
 * @property {number} last step of the run
 * @property {number} uniform the value of uniform attention
 * @property {number} digits of it behind the point
 * @property {[low: number, high: number]} span the ends of the axis
 * @property {string} name of the axis
 * @property {string} ink of what is chosen
 * @property {Head} chosen
 * @property {Head | null} pointed
 */

const [LEFT, RIGHT, TOP, BELOW] = [40, 8, 24, 24]; // CSS pixels around the columns
const STEPS = 16; // below them, for the first and the last step
const GAP = 16; // between two columns
const DOT = 5; // radius
const NEAR = 24; // so far from a dot the pointer still means it
const [MARGIN, NARROWEST] = [0.08, 0.3]; // beyond the values, and a span as a part of what is uniform
const LABELED = 72; // a column of this width has room for its steps

/** The mean of a block's heads. @param {number[]} values */
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The ends of an axis that holds all values: it begins at 0 where that leaves them apart, and small differences from
 * uniform stay small.
 * @param {number[]} values
 * @param {number} uniform
 * @returns {[low: number, high: number]}
 */
export function span(values, uniform) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const more = Math.max((1 + 2 * MARGIN) * (most - least), NARROWEST * uniform) - (most - least);
  const low = least - more / 2;
  return [low < NARROWEST * most ? 0 : low, most + more / 2];
}

/**
 * Where a step lies in a column, 0 to 1: on a logarithmic axis, as in the curves.
 * @param {number} step
 * @param {number} first
 * @param {number} last
 */
export const place = (step, first, last) =>
  Math.log1p(Math.max(0, step - first)) / Math.log1p(Math.max(1, last - first));

export class Plot {
  /** What can be pointed at, in CSS pixels. @type {(Head & {x: number, y: number})[]} */
  #dots = [];

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
  }

  /** The head whose dot or line is nearest to a place; null where none is near. @param {number} x @param {number} y */
  at(x, y) {
    const far = (/** @type {{x: number, y: number}} */ dot) => Math.hypot(dot.x - x, dot.y - y);
    const [nearest] = [...this.#dots].sort((a, b) => far(a) - far(b));
    return nearest && far(nearest) <= NEAR ? { layer: nearest.layer, head: nearest.head } : null;
  }

  /** @param {Plotted} plotted */
  paint(plotted) {
    const { now, frames, span, uniform } = plotted;
    const [low, high] = span;
    this.#dots = [];
    draw(this.canvas, (context, width, height) => {
      const below = BELOW + (frames ? STEPS : 0);
      const blocks = now.values.length;
      const column = (width - LEFT - RIGHT - (blocks - 1) * GAP) / blocks;
      /** @param {number} value */
      const y = (value) => TOP + (1 - (value - low) / (high - low)) * (height - TOP - below);
      context.font = "11px system-ui, sans-serif";
      context.lineWidth = 1;
      axis(context, y, width - RIGHT, plotted);
      for (let layer = 0; layer < blocks; layer++) {
        const left = LEFT + layer * (column + GAP);
        ground(context, y, { left, column, span, uniform });
        context.textAlign = "center";
        context.textBaseline = "alphabetic";
        context.fillStyle = color("--quiet");
        context.fillText(column < LABELED / 2 ? `${layer + 1}` : `block ${layer + 1}`, left + column / 2, height - 8);
        if (frames) this.#lines(context, y, layer, { left, column, bottom: height - below }, plotted, frames);
        else this.#heads(context, y, layer, { left, column }, plotted);
      }
    });
  }

  /**
   * The heads of a block as dots side by side, and their mean as a line.
   * @param {CanvasRenderingContext2D} context
   * @param {(value: number) => number} y
   * @param {number} layer
   * @param {{left: number, column: number}} box
   * @param {Plotted} plotted
   */
  #heads(context, y, layer, { left, column }, { now, chosen, pointed, ink }) {
    const values = now.values[layer];
    const isMean = chosen.layer === layer && chosen.head < 0;
    context.fillStyle = isMean ? ink : color("--line");
    context.fillRect(left, Math.round(y(mean(values))) - 1, column, 2);
    for (const [head, value] of values.entries()) {
      const x = left + ((head + 0.5) / values.length) * column;
      this.#dots.push({ layer, head, x, y: y(value) });
      dot(context, x, y(value), state({ layer, head }, chosen, pointed), ink);
    }
  }

  /**
   * The heads of a block as lines over the steps, which end in dots where we are.
   * @param {CanvasRenderingContext2D} context
   * @param {(value: number) => number} y
   * @param {number} layer
   * @param {{left: number, column: number, bottom: number}} box
   * @param {Plotted} plotted
   * @param {Frame[]} frames
   */
  #lines(context, y, layer, { left, column, bottom }, { now, last, chosen, pointed, ink }, frames) {
    const first = frames[0]?.step ?? 0;
    /** @param {number} step */
    const x = (step) => left + place(step, first, last) * column;
    context.fillStyle = color("--quiet");
    context.textBaseline = "alphabetic";
    const roomy = column >= LABELED; // else the outer columns alone say where the steps begin and end
    context.textAlign = "left";
    if (roomy || layer === 0) context.fillText(count(first), left, bottom + STEPS);
    context.textAlign = "right";
    if (roomy || layer === now.values.length - 1) context.fillText(count(last), left + column, bottom + STEPS);
    context.fillRect(x(now.step) - 0.5, TOP, 1, bottom - TOP);
    const all = now.values[layer].map((_, head) => ({ layer, head, look: state({ layer, head }, chosen, pointed) }));
    for (const { head, look } of all.sort((a, b) => a.look - b.look)) {
      context.strokeStyle = look === 2 ? ink : color(look ? "--ink" : "--quiet");
      context.lineWidth = look ? 2 : 1;
      context.globalAlpha = look ? 1 : 0.7;
      context.beginPath();
      for (const { step, values } of frames) {
        context.lineTo(x(step), y(values[layer][head]));
        this.#dots.push({ layer, head, x: x(step), y: y(values[layer][head]) });
      }
      context.stroke();
      context.globalAlpha = 1;
      dot(context, x(now.step), y(now.values[layer][head]), look, ink);
    }
  }
}

/**
 * How a head is drawn: 2 where it is chosen, 1 where it is pointed at.
 * @param {Head} head
 * @param {Head} chosen
 * @param {Head | null} pointed
 */
function state({ layer, head }, chosen, pointed) {
  if (chosen.layer === layer && chosen.head === head) return 2;
  return pointed?.layer === layer && pointed.head === head ? 1 : 0;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} look see `state`
 * @param {string} ink of the one that is chosen
 */
function dot(context, x, y, look, ink) {
  context.fillStyle = look === 2 ? ink : color(look ? "--ink" : "--quiet");
  context.beginPath();
  context.arc(x, y, look ? DOT + 1 : DOT - 1, 0, 7);
  context.fill();
}

/**
 * The numbers of the axis, and above them its name and what the dashed line is.
 * @param {CanvasRenderingContext2D} context
 * @param {(value: number) => number} y
 * @param {number} right
 * @param {Plotted} plotted
 */
function axis(context, y, right, { span: [low, high], name, uniform, digits }) {
  context.fillStyle = color("--quiet");
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks(low, high, 5)) context.fillText(short(value), LEFT - 8, y(value));
  context.textBaseline = "alphabetic";
  const words = `uniform ${uniform.toFixed(digits)}`;
  context.fillText(words, right, 12);
  dashed(context, right - context.measureText(words).width - 28, 20, 8);
  context.textAlign = "left";
  context.fillText(name, 0, 12);
}

/**
 * The lines of one column, and where uniform attention lies.
 * @param {CanvasRenderingContext2D} context
 * @param {(value: number) => number} y
 * @param {{left: number, column: number, span: [number, number], uniform: number}} column
 */
function ground(context, y, { left, column, span: [low, high], uniform }) {
  context.fillStyle = color("--line");
  for (const value of ticks(low, high, 5)) context.fillRect(left, Math.round(y(value)), column, 1);
  dashed(context, left, column, Math.round(y(uniform)));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} length
 * @param {number} y
 */
function dashed(context, left, length, y) {
  context.strokeStyle = color("--quiet");
  context.lineWidth = 1;
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(left, y + 0.5);
  context.lineTo(left + length, y + 0.5);
  context.stroke();
  context.setLineDash([]);
}
