// The settings of a sampling, and their form in the address.

/** @typedef {Record<"sampler" | "steps" | "guidance" | "schedule", string>} Way one sampler's settings */
/** @typedef {{seed: string, label: string}} Shared what both compared settings have in common */
/** @typedef {{shared: Shared, at: number, ways: Way[]}} Settings where in the sampling we are, 0 to 1; one sampler, or two to compare */

/** The two samplers that are compared at first. @type {Way[]} */
export const START = [
  { sampler: "dpm++", steps: "8", guidance: "2", schedule: "uniform" },
  { sampler: "euler", steps: "8", guidance: "2", schedule: "uniform" },
];
const MOST_SEED = 2 ** 31 - 1;

/**
 * Reads "seed,label,percent;sampler,steps,guidance,levels", and once more what is compared with it; what is missing or
 * invalid has its default.
 * @param {string} text
 * @returns {Settings}
 */
export function read(text) {
  const [shared = "", ...ways] = text.split(";");
  const [seed = "", label, percent = ""] = shared.split(",");
  const given = ways.slice(0, START.length).map((way, i) => {
    const values = way.split(",");
    const knobs = Object.entries(START[i]).map(([knob, value], j) => [knob, values[j] || value]);
    return /** @type {Way} */ (Object.fromEntries(knobs));
  });
  return {
    shared: { seed: /^\d+$/.test(seed) ? String(Math.min(Number(seed), MOST_SEED)) : "0", label: label || "each" },
    at: /^\d+$/.test(percent) ? Math.min(1, Number(percent) / 100) : 1,
    ways: given.length ? given : [{ ...START[0] }],
  };
}

/**
 * The text that `read` reads.
 * @param {Settings} settings
 */
export function write({ shared, at, ways }) {
  const first = [shared.seed, shared.label, Math.round(100 * at)].join();
  return [first, ...ways.map((way) => Object.values(way).join())].join(";");
}
