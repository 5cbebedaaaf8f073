// One expert of letters: the characters that it is asked for most.

import { element } from "../../../ui/static/dom.js";
import { ExpertRow } from "./expert-list.js";

const LISTED = 10; // characters
/** What is written for characters that cannot be seen. @type {Record<string, string>} */
export const VISIBLE = { " ": "␣", "\n": "↵" };

export class LetterRow extends ExpertRow {
  /**
   * @param {number} number counted from 0
   * @param {string} ink
   * @param {() => void} choose
   */
  constructor(number, ink, choose) {
    super(number, ink, choose);
    this.letters = element("span", { class: "expert-letters" });
    this.classes.before(this.letters);
  }

  /**
   * @param {Float32Array} loads (S,), the load by the symbol that it is of
   * @param {string} symbols
   */
  list(loads, symbols) {
    const most = [...loads.keys()].sort((a, b) => loads[b] - loads[a]).filter((i) => loads[i] > 0);
    const shown = most.slice(0, LISTED).map((i) => element("i", {}, VISIBLE[symbols[i]] ?? symbols[i]));
    this.letters.replaceChildren(...shown);
  }
}
