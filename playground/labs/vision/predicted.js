// The classes that a network finds most likely, one of which can be chosen to be explained.

import { bar } from "../../ui/static/bar.js";
import { element } from "../../ui/static/dom.js";
import { percent } from "../../ui/static/format.js";

const SHOWN = 5; // classes, the chosen one among them

/**
 * The classes in sight: the likeliest ones, and the chosen one.
 * @param {Float32Array} probabilities
 * @param {number} chosen
 */
export function inSight(probabilities, chosen) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const top = order.slice(0, SHOWN);
  return top.includes(chosen) ? top : [...top.slice(0, -1), chosen];
}

export class Predicted {
  /** By class. @type {Map<number, HTMLElement>} */
  #buttons = new Map();

  /** @param {(target: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.root = element("div", { class: "bars relevance-classes", role: "group", "aria-label": "Class to explain" });
  }

  /**
   * @param {Float32Array} probabilities
   * @param {{classes: string[], target: number, label: string}} what the class that is explained, and the right one,
   *   where it is known
   */
  show(probabilities, { classes, target, label }) {
    const focused = [...this.#buttons].find(([, button]) => button === document.activeElement)?.[0];
    this.#buttons = new Map(
      inSight(probabilities, target).map((i) => {
        const right = classes[i] === label;
        const { root, set } = bar(right ? `${classes[i]} ✓` : classes[i], { right });
        set(probabilities[i], percent(probabilities[i]));
        const title = `Explain ${classes[i]}`;
        const pressed = { type: "button", "aria-pressed": String(i === target), title };
        return [i, element("button", { ...pressed, onclick: () => this.choose(i) }, root)];
      }),
    );
    this.root.replaceChildren(...this.#buttons.values());
    if (focused !== undefined) this.#buttons.get(focused)?.focus();
  }
}
