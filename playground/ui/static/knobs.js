// The knobs of a class of recipes as fields of a form: a few in sight, the others folded, each with what it does.

import { element } from "./dom.js";
import { another, field, menu, show, slider, slides, text } from "./fields.js";
import { parsed } from "./options.js";

/** @import { Field } from "./fields.js" */
/** @import { Knob, Option } from "./types.d.ts" */

const NUMBERS = ["integer", "number", "seed"];

export class Knobs {
  /** @type {Map<string, {option: Option, field: Field, slider: HTMLInputElement | null}>} */
  #rows = new Map();

  /**
   * @param {string} id a beginning for the ids of its elements
   * @param {Option[]} options
   * @param {() => void} changed hears of each choice
   */
  constructor(id, options, changed) {
    this.id = id;
    this.changed = changed;
    const rows = (/** @type {boolean} */ inSight) =>
      options.filter(({ shown }) => shown === inSight).map((option) => this.#row(option));
    const folded = element("details", { class: "advanced" }, element("summary", {}, "Advanced"));
    this.root = element("div", { class: "knobs" }, ...rows(true), folded);
    folded.append(element("div", { class: "knobs" }, ...rows(false)));
  }

  /** @param {Option} option */
  #row(option) {
    const { name, label, help, kind, unit } = option;
    // a menu of numbers worth trying would take the others away
    const typed = field(NUMBERS.includes(kind) ? { ...option, names: {} } : option);
    const id = `${this.id}-${name}`;
    typed.setAttribute("aria-describedby", id);
    const slid = slides(option) && !option.optional ? slider(option) : null;
    slid?.setAttribute("aria-label", label);
    slid?.setAttribute("aria-describedby", id);
    const changed = () => {
      if (slid) slid.value = typed.value;
      this.#check(name);
      this.changed();
    };
    typed.addEventListener("change", changed);
    slid?.addEventListener("input", () => {
      typed.value = slid.value;
    });
    slid?.addEventListener("change", changed);
    /** @param {string} seed */
    const draw = (seed) => {
      typed.value = seed;
      changed();
    };
    const again = kind === "seed" ? another(label, draw) : null;
    const title = element("span", {}, unit && unit !== name ? `${label} (${unit})` : label);
    const named = element("label", {}, ...(kind === "switch" ? [typed, title] : [title, typed]));
    const about = element("p", { class: "knob-help", id }, help);
    this.#rows.set(name, { option, field: typed, slider: slid });
    const parts = element("div", { class: `control ${kind}` }, named, again);
    return element("div", { class: "knob", "data-knob": name }, parts, slid, about);
  }

  /** Marks what the knob does not allow. @param {string} name */
  #check(name) {
    const row = this.#rows.get(name);
    if (row) row.field.setAttribute("aria-invalid", String(parsed(row.option, text(row.field)) === undefined));
  }

  /** Shows values; null is nothing. @param {Record<string, Knob>} values */
  set(values) {
    for (const [name, value] of Object.entries(values)) {
      const row = this.#rows.get(name);
      if (!row) continue;
      show(row.field, value);
      if (row.slider) row.slider.value = row.field.value;
      this.#check(name);
    }
  }

  /** What the fields say; what a knob does not allow as it was typed, so that the server can name it. */
  get values() {
    const values = /** @type {Record<string, Knob>} */ ({});
    for (const [name, { option, field }] of this.#rows) values[name] = parsed(option, text(field)) ?? text(field);
    return values;
  }

  /**
   * Offers other choices.
   * @param {string} name of a knob
   * @param {[value: string, label: string][]} choices
   */
  offer(name, choices) {
    const row = this.#rows.get(name);
    if (row?.field instanceof HTMLSelectElement) menu(row.field, choices);
  }
}
