// From how many seeds a recipe is trained.

import { element } from "./dom.js";

const MOST = 5; // as the server allows

export class Seeds {
  constructor() {
    this.field = element("input", { type: "number", min: 1, max: MOST, step: 1, value: 1 });
    const title = `Trains from so many seeds, one after another, at most ${MOST}; the view “Experiments” compares them`;
    const label = element("label", {}, element("span", {}, "Seeds"), this.field);
    this.root = element("div", { class: "control integer train-seeds", title }, label);
  }

  /** How many, whatever was typed. */
  get value() {
    return Math.max(1, Math.min(MOST, Math.round(Number(this.field.value)) || 1));
  }

  /** One again. */
  reset() {
    this.field.value = "1";
  }
}
