// Numbers as a person reads them.

const LETTERS = /** @type {[number, string][]} */ ([
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
]);

/** @param {number} value */
export const count = (value) => value.toLocaleString("en-US");

/** @param {number} value a share, 0 to 1 */
export const percent = (value) => `${(100 * value).toFixed(1)}%`;

/** A number with a minus sign for a hyphen, and none before zeros. @param {string} text */
const signed = (text) => text.replace(/^-(?=0*\.?0*$)/, "").replace("-", "−");

/** @param {number} value @param {number} digits behind the point */
export const fixed = (value, digits) => signed(value.toFixed(digits));

/** @param {number} value to two significant digits, without idle zeros */
export const short = (value) => signed(String(Number(value.toPrecision(2))));

/** @param {number} value to three significant digits */
export const number = (value) => signed(Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** A large number in few letters: 833k, 6.66M, 1.2G. @param {number} value of 0 or more, to three significant digits */
export function large(value) {
  const [unit, letter] = LETTERS.find(([unit]) => value >= 0.9995 * unit) ?? [1, ""];
  return `${Number((value / unit).toPrecision(3))}${letter}`;
}

/** @param {number} value a time in seconds */
export const seconds = (value) =>
  value >= 90 ? `${Math.round(value / 60)} min` : `${Math.max(1, Math.round(value))} s`;
