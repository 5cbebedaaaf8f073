// What a named direction does to other pictures: how many it gives what it is named after, and what else it changes.

import { bar } from "../../ui/static/bar.js";
import { element } from "../../ui/static/dom.js";

/** @import { Answer } from "../../ui/static/types.d.ts" */

/**
 * @typedef {{pictures: number, move: number, attributes: string[]}} Words how many pictures were moved, and how far
 * @typedef {Answer<Words, {without: Int32Array, become: Int32Array, changed: Int32Array}>} Measured (R,), (R,) and
 *   (R, attributes)
 * @typedef {{name: string, values: string[], accuracy: number, majority: number, tested: number}} Attribute see `Attribute`
 */

/** @param {number} part @param {number} whole */
const share = (part, whole) => (whole ? `${Math.round((100 * part) / whole)}%` : "–");

/**
 * What a row says of its direction, in a few words.
 * @param {Measured} measured
 * @param {number} row
 * @param {string} name of the direction, "eyes: glasses"
 */
export function brief({ words, tensors }, row, name) {
  const { attributes, pictures } = words;
  const others = attributes.map((_, a) => a).filter((a) => attributes[a] !== name.split(": ")[0]);
  const changed = others.reduce((sum, a) => sum + tensors.changed.data[row * attributes.length + a], 0);
  const become = share(tensors.become.data[row], tensors.without.data[row]);
  return `${become} become so; others change ${share(changed, others.length * pictures)}`;
}

/** The effect of one direction, an attribute a bar. */
export class Effect {
  constructor() {
    this.said = element("h3", { class: "beside" });
    this.bars = element("div");
    this.root = element("div", { class: "direction-bars", hidden: true }, this.said, this.bars);
  }

  /**
   * @param {Measured} measured
   * @param {number} row of the direction
   * @param {string} name
   */
  show({ words, tensors }, row, name) {
    const { attributes, pictures, move } = words;
    const [without, become] = [tensors.without.data[row], tensors.become.data[row]];
    this.root.hidden = false;
    this.said.textContent = `+${move} along “${name}”, on ${pictures} other pictures`;
    const title = `Of ${without} pictures that are not so, how many are once they are moved`;
    const first = bar("become so", { title, right: true });
    first.set(become / Math.max(1, without), share(become, without));
    const rows = attributes.map((attribute, a) => {
      const changed = tensors.changed.data[row * attributes.length + a];
      const own = attribute === name.split(": ")[0];
      const one = bar(own ? `${attribute} (its own)` : attribute, {
        title: `${attribute}: the labeler's answer is another one for ${changed} of ${pictures} pictures`,
      });
      one.set(changed / pictures, share(changed, pictures));
      return one.root;
    });
    this.bars.replaceChildren(first.root, element("p", { class: "caption" }, "The answer changes for:"), ...rows);
  }
}

/**
 * How good the labeler is, an attribute a row of a table.
 * @param {Attribute[]} attributes one or more
 * @param {number[]} agree for which share of the generated pictures its two halves give the same answer
 */
export function accuracies(attributes, agree) {
  const head = ["attribute", "right", "by guessing", "agree"].map((name) => element("th", { scope: "col" }, name));
  const rows = attributes.map(({ name, accuracy, majority }, a) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      ...[accuracy, majority, agree[a]].map((value) => element("td", {}, share(value, 1))),
    ),
  );
  const said =
    `Right: of ${attributes[0].tested} test pictures. By guessing: if it always gave the most frequent answer. Agree: on ` +
    "how many generated pictures two labelers, each fitted to half of the training pictures, give the same answer; " +
    "where they do not, the label means little.";
  return [
    element("summary", {}, "How good is the labeler?"),
    element("table", { class: "votes-table" }, element("tr", {}, ...head), ...rows),
    element("p", { class: "caption" }, said),
  ];
}
