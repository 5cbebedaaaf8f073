// A sequence step by step: what is shown, what is answered, and what is done with the memory, above one another in time.

import { at } from "../../../ui/static/answer.js";
import { color, context2d, halo, outlined, resize } from "../../../ui/static/canvas.js";
import { signed, viridis } from "../../../ui/static/colormap.js";

/** @import { Answer, Tensor } from "../../../ui/static/types.d.ts" */

/**
 * @typedef {"write" | "read" | "attention" | "state"} Kind of a map: see `Map` in network.py
 * @typedef {{step: number, length: number, longest: number, maps: {title: string, kind: Kind}[]}} Words
 * @typedef {{inputs: Uint8Array<ArrayBuffer>, targets: Uint8Array<ArrayBuffer>, asked: Uint8Array<ArrayBuffer>}} Given
 * @typedef {Given & {answers: Float32Array, vectors: Int32Array, [map: `map.${number}`]: Float32Array}} Tensors
 * @typedef {Answer<Words, Tensors>} Shown
 * @typedef {{title: string, top: number, height: number, rows: number}} Panel below its title, in CSS pixels
 * @typedef {{width: number, height: number, cell: number, panels: Panel[]}} Place a cell is as wide as a step
 */

const [TITLE, GAP] = [18, 8]; // CSS pixels of a line above a panel, and below it
const [WIDE, MOST, LEAST] = [32, 20, 3]; // a step at most, and the side of a bit
const BITS = 0.45; // of the height at most, where there are maps to show

/**
 * Where everything lies.
 * @param {Shown} shown
 * @param {number} width that there is
 * @param {number} height
 * @returns {Place}
 */
export function layout({ words: { maps }, tensors }, width, height) {
  const [steps, channels] = tensors.inputs.shape;
  const bits = tensors.answers.shape[1];
  const cell = Math.max(LEAST, Math.min(WIDE, width / steps));
  const room = height - (2 + maps.length) * (TITLE + GAP);
  const side = Math.max(LEAST, Math.min(cell, MOST, Math.floor((BITS * room) / (channels + bits))));
  const sizes = [
    { title: "Shown", rows: channels, height: channels * side },
    { title: "Answered", rows: bits, height: bits * side },
  ];
  const left = Math.max(0, room - (channels + bits) * side);
  for (const [number, { title }] of maps.entries()) {
    const rows = tensors[`map.${number}`].shape[1];
    const tall = Math.min(left / maps.length, rows * MOST);
    sizes.push({ title, rows, height: tall >= rows ? rows * Math.floor(tall / rows) : Math.floor(tall) });
  }
  let below = 0;
  const panels = sizes.map(({ title, rows, height }) => {
    const top = below + TITLE;
    below = top + height + GAP;
    return { title, top, height, rows };
  });
  return { width: cell * steps, height: below, cell, panels };
}

/**
 * What lies at a place of the canvas: the step, the panel if it is one, and its row.
 * @param {Place} place
 * @param {number} x in CSS pixels
 * @param {number} y
 */
export function located({ cell, width, panels }, x, y) {
  const last = Math.round(width / cell) - 1;
  const step = Math.max(0, Math.min(last, Math.floor(x / cell)));
  const panel = panels.findIndex(({ top, height }) => y >= top && y < top + height);
  const row = panel < 0 ? -1 : Math.floor(((y - panels[panel].top) / panels[panel].height) * panels[panel].rows);
  return { step, panel, row };
}

/** Turns a bit, or back again if it was turned. @param {string} flipped @param {string} bit */
export function turned(flipped, bit) {
  const bits = flipped.split("-").filter(Boolean);
  return (bits.includes(bit) ? bits.filter((one) => one !== bit) : [...bits, bit]).join("-");
}

/** The largest of some numbers: where it stands. @param {ArrayLike<number>} values */
export function largest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * The step before another one that wrote the most to a location.
 * @param {Tensor<Float32Array>} weights (T, N)
 * @param {number} location
 * @param {number} before
 */
export const writer = (weights, location, before) =>
  largest(Array.from({ length: Math.max(1, before) }, (_, step) => at(weights, step).data[location]));

/** How many of the bits that were asked for are wrong, in a step or, without one, in all. @param {Shown} shown @param {number} [only] */
export function wrongBits({ tensors: { answers, targets, asked } }, only) {
  const bits = answers.shape[1];
  let [wrong, all] = [0, 0];
  for (let step = only ?? 0; step < (only === undefined ? asked.shape[0] : only + 1); step++) {
    if (!asked.data[step]) continue;
    for (let i = step * bits; i < (step + 1) * bits; i++) wrong += Number(answers.data[i] > 0.5) ^ targets.data[i];
    all += bits;
  }
  return { wrong, all };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Shown} shown
 * @param {Place} place
 */
export function paint(context, shown, place) {
  const { words, tensors } = shown;
  const [, channels] = tensors.inputs.shape;
  const bits = tensors.answers.shape[1];
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (const { title, top, height, rows } of place.panels) {
    context.fillStyle = color("--quiet");
    context.fillText(title, 0, top - TITLE / 2);
    context.fillStyle = color("--wash");
    context.fillRect(0, top, place.width, height);
    if (rows > bits + 2) continue;
    context.strokeStyle = color("--line");
    context.lineWidth = 1;
    context.strokeRect(0.5, top + 0.5, place.width - 1, height - 1);
  }
  squares(context, place, 0, (step, row) => {
    const value = tensors.inputs.data[step * channels + row] / 255;
    return value ? { alpha: value, ink: row < bits ? "--ink" : "--accent" } : null;
  });
  squares(context, place, 1, (step, row) => {
    if (!tensors.asked.data[step]) return null;
    const [one, is] = [tensors.answers.data[step * bits + row], tensors.targets.data[step * bits + row]];
    if (one > 0.5 !== is > 0.5) return { alpha: 1, ink: "--wrong", hollow: one < 0.5 };
    return { alpha: one, ink: "--ink" };
  });
  for (const [number, { kind }] of words.maps.entries()) {
    map(context, tensors[`map.${number}`], kind, place, place.panels[number + 2]);
  }
}

/**
 * A square for each number of a panel.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place
 * @param {number} number of the panel
 * @param {(step: number, row: number) => {alpha: number, ink: string, hollow?: boolean} | null} look
 */
function squares(context, { cell, width, panels }, number, look) {
  const { top, height, rows } = panels[number];
  const side = height / rows;
  const space = Math.min(cell, side) >= 6 ? 1 : 0;
  for (let step = 0; step < Math.round(width / cell); step++) {
    for (let row = 0; row < rows; row++) {
      const one = look(step, row);
      if (!one) continue;
      context.globalAlpha = one.alpha;
      context.fillStyle = context.strokeStyle = color(one.ink);
      const [x, y, wide, high] = [step * cell, top + row * side, cell - space, side - space];
      if (one.hollow && space) context.strokeRect(x + 0.5, y + 0.5, wide - 1, high - 1);
      else context.fillRect(x, y, wide, high);
    }
  }
  context.globalAlpha = 1;
}

/**
 * Weights over time: a column a step.
 * @param {CanvasRenderingContext2D} context
 * @param {Tensor<Float32Array>} values (T, N)
 * @param {Kind} kind
 * @param {Place} place
 * @param {Panel} panel
 */
function map(context, { data, shape: [steps, rows] }, kind, { width }, { top, height }) {
  const image = new ImageData(steps, rows);
  for (let step = 0; step < steps; step++) {
    for (let row = 0; row < rows; row++) {
      const value = data[step * rows + row];
      const [red, green, blue, share] = kind === "state" ? signed(value) : [...viridis(value), 1];
      image.data.set([red, green, blue, 255 * share], 4 * (row * steps + step));
    }
  }
  const own = document.createElement("canvas");
  resize(own, steps, rows);
  context2d(own).putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(own, 0, top, width, height);
}

/**
 * Brings a step out, and of what it shows a bit.
 * @param {CanvasRenderingContext2D} context
 * @param {Place} place
 * @param {number} step
 * @param {[ink: string, width: number][]} lines of the outline, see `outlined`
 * @param {number} [bit] none if it is below 0
 */
export function column(context, { cell, panels }, step, lines, bit = -1) {
  const x = step * cell;
  for (const { top, height } of panels) outlined(context, lines, () => context.rect(x, top, cell, height));
  if (bit < 0) return;
  const { top, height, rows } = panels[0];
  outlined(context, halo(2), () => context.rect(x, top + (bit * height) / rows, cell, height / rows));
}
