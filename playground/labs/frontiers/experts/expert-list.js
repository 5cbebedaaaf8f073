// The experts of a router as lines that can be chosen: the color of each, its load, and what it is asked for.

import { PALETTE } from "../../../ui/static/colormap.js";
import { element } from "../../../ui/static/dom.js";
import { percent } from "../../../ui/static/format.js";

/** @import { Painter } from "../../../ui/static/painter.js" */

/**
 * The classes that an expert is asked most of.
 * @param {Float32Array} loads (K,), all 0 where it is asked nothing
 * @param {string[]} names
 * @param {number} named how many are told
 */
export function mostly(loads, names, named) {
  const total = loads.reduce((sum, load) => sum + load, 0);
  const best = [...loads.keys()].sort((a, b) => loads[b] - loads[a]).filter((i) => loads[i]);
  const parts = best.slice(0, named).map((i) => `${names[i]} ${Math.round((100 * loads[i]) / total)}%`);
  return parts.join(", ") || "nothing";
}

/** One expert; what it is asked for stands between its load and the classes that this comes from. */
export class ExpertRow {
  /**
   * @param {number} number counted from 0
   * @param {string} ink
   * @param {() => void} choose
   */
  constructor(number, ink, choose) {
    this.number = number;
    this.fill = element("i");
    this.value = element("b");
    this.classes = element("small");
    const name = element("span", { class: "dotted" }, `${number + 1}`);
    const load = element("span", { class: "expert-load" }, this.fill);
    const look = { type: "button", class: "expert", style: `--dot: ${ink}; --fill: ${ink}`, onclick: choose };
    this.root = element("button", look, name, load, this.value, this.classes);
  }

  /**
   * @param {number} load the share of all choices
   * @param {number} experts of which each would have as much if all were asked alike
   * @param {string} classes those that most of it comes from
   */
  show(load, experts, classes) {
    this.fill.style.setProperty("--value", String(Math.min(1, (load * experts) / 4)));
    this.value.textContent = percent(load);
    this.classes.textContent = this.classes.title = classes;
    this.root.setAttribute("aria-label", `Expert ${this.number + 1}: ${percent(load)} of all choices`);
  }
}

/** @template {ExpertRow} Row */
export class ExpertList {
  /** @type {Row[]} */
  #rows = [];

  /**
   * @param {Painter<any>} painter whose options are a `router` and an `expert`
   * @param {new (number: number, ink: string, choose: () => void) => Row} kind
   */
  constructor(painter, kind) {
    this.painter = painter;
    this.kind = kind;
    this.routers = element("div", { class: "expert-routers", role: "group", "aria-label": "Block" });
    this.heading = element("h3", { class: "beside" });
    this.rows = element("div", { class: "expert-rows", role: "group" });
    this.below = element("p", { class: "caption" });
    const head = element("div", { class: "experts-head" }, this.heading, this.routers);
    this.parts = [head, this.rows, this.below];
  }

  /** Brings an expert out, or none where it was. @param {number} expert */
  choose(expert) {
    this.painter.set({ expert: expert === this.painter.options.expert ? -1 : expert });
  }

  /**
   * The blocks that have experts.
   * @param {number[]} blocks
   * @param {number} router that is looked at
   */
  offer(blocks, router) {
    const buttons = blocks.map((block, number) => {
      const onclick = () => this.painter.set({ router: number });
      return element(
        "button",
        { type: "button", "aria-pressed": String(number === router), onclick },
        `Block ${block}`,
      );
    });
    this.routers.replaceChildren(...buttons);
  }

  /**
   * @param {number} experts
   * @param {(row: Row, expert: number) => void} fill
   */
  show(experts, fill) {
    if (this.#rows.length !== experts) {
      const numbers = Array.from({ length: experts }, (_, i) => i);
      this.#rows = numbers.map((i) => new this.kind(i, PALETTE[i], () => this.choose(i)));
      this.rows.replaceChildren(...this.#rows.map(({ root }) => root));
    }
    for (const [i, row] of this.#rows.entries()) {
      row.root.setAttribute("aria-pressed", String(i === this.painter.options.expert));
      fill(row, i);
    }
  }
}
