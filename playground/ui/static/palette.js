// The 256 colors of a picture in a GIF.

import { applyPalette, quantize } from "./vendor/gifenc.js";

const COLORS = 256;
const EXACT = 192; // at most so many colors stay as they are
const AREA = 1 / 8192; // of the picture: where a color covers less, it may be another one

/** Red, green and blue of an opaque pixel. @param {number} pixel as a little-endian number @returns {number[]} */
const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
/** @param {number[]} parts */
const pixelOf = ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/**
 * A picture as indices into a palette. Colors that cover an area stay exactly as they are: the nearest color of a palette
 * of averages may have a tint, which is seen in grays.
 * @param {Uint8ClampedArray<ArrayBuffer>} data opaque RGBA
 * @param {number[][]} [kept] red, green and blue of colors that stay even if they cover little
 */
export function indexed(data, kept = []) {
  const pixels = new Uint32Array(data.buffer);
  /** @type {Map<number, number>} */
  const areas = new Map();
  for (const pixel of pixels) areas.set(pixel, (areas.get(pixel) ?? 0) + 1);
  const large = [...areas].filter(([, area]) => area >= AREA * pixels.length).sort(([, a], [, b]) => b - a);
  const first = new Set([...kept.map(pixelOf), ...large.map(([pixel]) => pixel)]);
  const exact = new Map([...first].slice(0, EXACT).map((pixel, i) => [pixel, i]));
  const rest = pixels.filter((pixel) => !exact.has(pixel));
  const others = rest.length ? quantize(new Uint8Array(rest.buffer), COLORS - exact.size) : [];
  const palette = [...[...exact.keys()].map(parts), ...others];
  const index = applyPalette(data, palette);
  for (const [i, pixel] of pixels.entries()) index[i] = exact.get(pixel) ?? index[i];
  return { index, palette };
}
