// One task as a line: its classes, how well it is answered now beside chance, and how much of it was forgotten.

import { element } from "../../../ui/static/dom.js";
import { count, percent } from "../../../ui/static/format.js";

/**
 * How a task is.
 * @typedef {object} State
 * @property {string} has the names of its classes
 * @property {number} accuracy NaN before it comes
 * @property {number} chance
 * @property {{known: number, lost: number[]} | null} memory of the pictures that were recognized; null before it has ended
 * @property {string} otherwise what is said of one that has come and not ended
 */

export class TaskRow {
  /**
   * @param {number} number counted from 0
   * @param {() => void} choose
   */
  constructor(number, choose) {
    this.number = number;
    this.has = element("span", { class: "task-classes" });
    this.fill = element("i");
    this.bar = element("span", { class: "task-bar" }, this.fill);
    this.value = element("b");
    this.lost = element("small");
    this.root = element(
      "button",
      { type: "button", class: "task", onclick: choose },
      element("span", { class: "task-number" }, `${number + 1}`),
      this.has,
      this.bar,
      this.value,
      this.lost,
    );
  }

  /** @param {State} state */
  show({ has, accuracy, chance, memory, otherwise }) {
    const came = !Number.isNaN(accuracy);
    this.has.textContent = this.has.title = has;
    this.bar.hidden = !came;
    this.fill.style.setProperty("--value", String(came ? accuracy : 0));
    this.bar.style.setProperty("--chance", String(chance));
    this.value.textContent = came ? percent(accuracy) : "";
    this.lost.textContent = memory ? `${count(memory.lost.length)} forgotten` : came ? otherwise : "not yet";
    this.root.classList.toggle("waiting", !came);
  }
}
