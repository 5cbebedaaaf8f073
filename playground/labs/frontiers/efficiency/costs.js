// What a network costs before and after it was compressed, as a table.

import { element } from "../../../ui/static/dom.js";
import { large, number, percent } from "../../../ui/static/format.js";
import { kilobytes } from "./pareto.js";

/**
 * @typedef {[before: number, after: number]} Pair
 * @typedef {{size: Pair, flops: Pair | null, milliseconds: Pair | null, millijoules: Pair | null}} Costs
 */

/** @type {{key: keyof Costs, title: string, format: (value: number) => string}[]} */
const ROWS = [
  { key: "size", title: "Size", format: kilobytes },
  { key: "flops", title: "FLOPs", format: large },
  { key: "milliseconds", title: "Latency", format: (value) => `${number(value)} ms` },
  { key: "millijoules", title: "Energy", format: (value) => `${number(value)} mJ` },
];

/** @param {Costs} costs those that have not come yet are null @returns {HTMLElement} */
export function table(costs) {
  const rows = ROWS.map(({ key, title, format }) => {
    const pair = costs[key];
    const cells = pair ? [format(pair[0]), format(pair[1]), percent(pair[1] / pair[0])] : ["", "…", ""];
    return element(
      "tr",
      { "data-cost": key },
      element("th", { scope: "row" }, title),
      ...cells.map((text) => element("td", {}, text)),
    );
  });
  const head = ["", "before", "after", "left"].map((text) => element("th", { scope: "col" }, text));
  return element("table", { class: "compression-costs" }, element("tr", {}, ...head), ...rows);
}
