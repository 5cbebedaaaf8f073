// Where a lab has runs on several kinds of data, a button each.

import { element } from "./dom.js";

/** @import { Film } from "./film.js" */
/** @import { Summary } from "./types.d.ts" */

/** What the buttons call the kinds of data. @type {Record<string, string>} */
const KINDS = { images: "Pictures", points: "Points in the plane" };

/** The kinds of data of some runs. @param {Summary[]} runs */
export const kindsOf = (runs) => [...new Set(runs.map((run) => run.kind))].filter((kind) => kind in KINDS);

/**
 * Buttons that open the first run on each kind of data; none where there is but one kind.
 * @param {Film} film
 * @param {string[]} kinds
 */
export function kindButtons(film, kinds) {
  if (kinds.length < 2) return [];
  return kinds.map((kind) => {
    const of = film.runs.filter((run) => run.kind === kind);
    const first = of.find((run) => run.shipped) ?? of[0];
    const pressed = kind === film.track?.info.kind;
    const onclick = () => pressed || film.open(first.id);
    return element("button", { "aria-pressed": String(pressed), onclick }, KINDS[kind]);
  });
}
