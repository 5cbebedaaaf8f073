// The directions in which a plane can lie: principal components of the codes, and single dimensions.

const COMPONENTS = 8; // at most, as the server has it

/** What a direction is called, "PC 1" or "z3". @param {string} name "pc1" or "z3" */
export const named = (name) => name.replace("pc", "PC ");

/** Whether a direction is one dimension of a code. @param {string} name */
const single = (name) => name.startsWith("z");

/** What a unit along a plane is. @param {{directions: string[], prior: boolean}} plane */
export function scaled({ directions, prior }) {
  if (!prior) return "standard deviations of the codes";
  if (directions.every(single)) return "standard deviations of the prior";
  return directions.some(single)
    ? "standard deviations from the mean code (of z the prior's, of PC the codes')"
    : "standard deviations of the codes";
}

/**
 * The directions that can be chosen, as values and labels; "" is the usual one.
 * @param {number} latent dimensions of a code
 * @param {string} usual the one that "" stands for; empty as long as that is not known
 * @param {string} other the one that is chosen for the other side of the plane
 * @returns {[value: string, label: string][]}
 */
export function directions(latent, usual, other) {
  const numbers = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => i + 1);
  const components = numbers(Math.min(latent, COMPONENTS)).map((number) => `pc${number}`);
  const all = [...components, ...numbers(latent).map((number) => `z${number}`)];
  return all
    .filter((name) => name !== other)
    .map((name) => [name === usual ? "" : name, /** @type {string} */ (named(name))]);
}
