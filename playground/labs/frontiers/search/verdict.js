// What the benchmark found of ways to search, beside random search.

import { fixed, percent } from "../../../ui/static/format.js";

/**
 * @typedef {[number, number, number]} Span mean, and the ends of its interval
 * @typedef {{name: string, trials: number, candidates: number, held: Span, tested: Span, more: Span, tested_more: Span}} Method
 */

/**
 * What the benchmark found of ways to search, in words.
 * @param {Method[]} benchmark random search first
 */
export function verdict(benchmark) {
  if (!benchmark.length) return "";
  const [random, ...others] = benchmark;
  const points = (/** @type {Span} */ [mean, low, high]) =>
    `${low > 0 ? "better" : high < 0 ? "worse" : "not clearly better"} (${fixed(100 * mean, 1)} points, 95% interval ` +
    `${fixed(100 * low, 1)} to ${fixed(100 * high, 1)})`;
  const found = others.map(
    ({ name, held, more, tested, tested_more }) =>
      `${name} ${percent(held[0])}, ${points(more)}, on test pictures ${percent(tested[0])}, ${points(tested_more)}`,
  );
  return (
    `Benchmark, the best of ${random.candidates} cells on pictures held out, mean of ${random.trials} seeds: ` +
    `${random.name} ${percent(random.held[0])}, on test pictures ${percent(random.tested[0])}; ${found.join("; ")}.`
  );
}
