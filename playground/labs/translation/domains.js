// What the two domains of a run's data are called, and how far pictures are from one another.

/** @import { Summary } from "../../ui/static/types.d.ts" */
/** @typedef {{l1: number, ssim: number}} Distance */

/**
 * The domains that a direction goes from and to: two classes by their names, else the styles of the emoji.
 * @param {Summary} info
 * @param {string} direction "ab" or "ba"
 */
export function styles({ classes: [a, b, ...more] }, direction) {
  const named = b && !more.length ? [a, b] : ["Noto", "Twemoji"];
  return direction === "ab" ? named : named.reverse();
}

/** The two directions as choices. @param {Summary} info @returns {[value: string, label: string][]} */
export const ways = (info) => ["ab", "ba"].map((direction) => [direction, styles(info, direction).join(" → ")]);

/** @param {Distance} distance */
export const distance = ({ l1, ssim }) => `L1 ${l1.toFixed(3)}, SSIM ${ssim.toFixed(2)}`;
