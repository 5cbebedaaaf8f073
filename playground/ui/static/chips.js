// The views of a lab as a row of tabs, one of which is on the stage.

import { element } from "./dom.js";
import { arrows } from "./drag.js";

/** @import { View } from "./types.d.ts" */

export class Chips {
  /** @type {HTMLElement[]} */
  #chips;

  /**
   * @param {HTMLElement} root
   * @param {View[]} views
   * @param {(view: View) => void} choose is called with another view than the one on the stage
   */
  constructor(root, views, choose) {
    this.root = root;
    this.views = views;
    this.#chips = views.map((view) => {
      const onclick = () => view !== this.shown && choose(view);
      return element("button", { role: "tab", title: view.question, onclick, "data-view": view.name }, view.title);
    });
    root.replaceChildren(...this.#chips);
    arrows(root);
  }

  /** Marks the view on the stage. @param {View} shown */
  show(shown) {
    this.shown = shown;
    for (const [i, chip] of this.#chips.entries()) {
      const selected = this.views[i] === shown;
      chip.setAttribute("aria-selected", String(selected));
      chip.tabIndex = selected ? 0 : -1;
      const before = chip.offsetLeft - this.root.offsetLeft;
      if (selected) this.root.scrollTo({ left: before - chip.offsetWidth }); // on a phone
    }
  }
}
