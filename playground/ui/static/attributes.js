// The control of what a network is asked for: one menu for each attribute of a run's data.

import { element } from "./dom.js";
import { menu } from "./fields.js";

/** @import { News, Option } from "./types.d.ts" */

/** Menus that together say the number of a value for each attribute: "2-0-5". */
export class AttributeMenus {
  /** @type {HTMLSelectElement[]} */
  #menus = [];
  #offered = "";

  /**
   * @param {Option} option
   * @param {(chosen: string) => void} changed hears of each choice
   */
  constructor({ name, help }, changed) {
    this.changed = changed;
    this.root = element("div", { class: "control attributes", "data-option": name, title: help });
  }

  /**
   * Offers what the network of a run can be asked for.
   * @param {News} info
   * @param {string} chosen
   * @returns {boolean} whether that can be chosen there, or nothing can; if not, the first value of each is
   */
  offer({ attributes, takes_attributes }, chosen) {
    const offered = (takes_attributes && attributes) || [];
    const key = JSON.stringify(offered);
    if (key !== this.#offered) {
      this.#offered = key;
      this.#menus = offered.map(({ values }) => menu(element("select"), Object.entries(values)));
      const rows = this.#menus.map((one, i) => element("label", {}, element("span", {}, offered[i].name), one));
      this.root.replaceChildren(...rows);
      for (const one of this.#menus) one.addEventListener("change", () => this.changed(this.#chosen()));
    }
    this.root.hidden = !offered.length;
    return !offered.length || this.set(chosen);
  }

  /** @param {string} chosen */
  set(chosen) {
    const values = chosen ? chosen.split("-") : this.#menus.map(() => "0");
    const fits = values.length === this.#menus.length && values.every((one, i) => Number(one) < this.#menus[i].length);
    for (const [i, one] of this.#menus.entries()) one.value = fits ? String(Number(values[i])) : "0";
    return fits || !chosen;
  }

  #chosen() {
    const values = this.#menus.map((one) => one.value);
    return values.every((one) => one === "0") ? "" : values.join("-");
  }
}
