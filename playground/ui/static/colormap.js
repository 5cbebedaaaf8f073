// The colors of data: the map of all heat-maps, and those of classes.

import { element } from "./dom.js";

const VIRIDIS =
  "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26818e 21908c 1f9f88 28ae80 3ebc74 5dc963 82d34c abdc32 d5e21a fde725"
    .split(" ")
    .map(rgb);

/**
 * The color of a ratio to what is uniform, 1, on a logarithmic scale that ends at `most`: what is at or below uniform is
 * transparent.
 * @param {number} ratio
 * @param {number} most above 1
 * @returns {number[]} red, green and blue, 0 to 255, and opacity, 0 to 1
 */
export function aboveUniform(ratio, most) {
  const share = Math.max(0, Math.min(1, Math.log(ratio) / Math.log(most)));
  return [...viridis(share), share];
}

/**
 * The three parts of a color, 0 to 255.
 * @param {string} code six hexadecimal digits, with or without a #
 */
export function rgb(code) {
  return [...code.matchAll(/[0-9a-f]{2}/gi)].map((part) => Number.parseInt(part[0], 16));
}

/**
 * Viridis at a value, by linear interpolation between 17 colors.
 * @param {number} value 0 to 1; what lies beyond is cut off
 * @returns {number[]} red, green and blue, 0 to 255
 */
export function viridis(value) {
  const at = Math.max(0, Math.min(1, value)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(at));
  return VIRIDIS[i].map((low, c) => low + (at - i) * (VIRIDIS[i + 1][c] - low));
}

/**
 * The color of a value between two opposites, -1 and 1: orange below 0, blue above it; 0 is transparent.
 * @param {number} value what lies beyond is cut off
 * @returns {number[]} red, green and blue, 0 to 255, and opacity, 0 to 1
 */
export const signed = (value) => [...rgb(PALETTE[value < 0 ? 5 : 0]), Math.min(1, Math.abs(value))];

/** Colors of classes, told apart by those who see few colors, too. */
export const PALETTE = "#0072b2 #e69f00 #009e73 #cc79a7 #56b4e9 #d55e00 #f0e442 #882255 #999933 #44aa99".split(" ");

/** What each color of the palette stands for. @param {string[]} classes */
export function legend(classes) {
  const names = classes.slice(0, PALETTE.length);
  return element(
    "div",
    { class: "class-legend" },
    ...names.map((name, i) => element("span", { style: `--dot:${PALETTE[i]}` }, name)),
  );
}
