// The controls of a view: one for each of its options that has a label, as the server has declared it.

import { AttributeMenus } from "./attributes.js";
import { element } from "./dom.js";
import { another, field, menu, show, slider, slides, text } from "./fields.js";
import { parsed } from "./options.js";
import { Pin } from "./pin.js";

/** @import { Field } from "./fields.js" */
/** @import { Knob, News, Option, Value, Values } from "./types.d.ts" */

export class Controls {
  /** @type {Map<string, {option: Option, field: Field, row: HTMLElement, output: HTMLElement | null, unset: HTMLElement | null}>} */
  #rows = new Map();
  /** Of the options that name pictures. @type {Map<string, Pin>} */
  #pins = new Map();
  /** Of the options that name values of attributes. @type {Map<string, AttributeMenus>} */
  #attributes = new Map();

  /**
   * @param {HTMLElement} place is emptied, and filled
   * @param {Option[]} options
   * @param {(changes: Values) => void} changed hears of each choice
   */
  constructor(place, options, changed) {
    this.changed = changed;
    const rows = options.filter(({ label }) => label);
    place.replaceChildren(...rows.map((option) => this.#control(option)));
  }

  /** @param {Option} option */
  #control(option) {
    if (option.kind === "picture") return this.#pin(option);
    return option.kind === "attributes" ? this.#menus(option) : this.#row(option);
  }

  /** @param {Option} option */
  #menus(option) {
    const menus = new AttributeMenus(option, (chosen) => this.changed({ [option.name]: chosen }));
    this.#attributes.set(option.name, menus);
    return menus.root;
  }

  /** @param {Option} option */
  #pin({ name, label, help }) {
    const pin = new Pin(label, (picture) => {
      this.set({ [name]: picture });
      this.changed({ [name]: picture });
    });
    this.#pins.set(name, pin);
    return element("div", { class: "control picture", "data-option": name, title: help }, pin.picture, pin.button);
  }

  /** @param {Option} option */
  #row(option) {
    const { name, label, help, kind } = option;
    const shown = slides(option) ? slider(option) : field(option);
    const output = slides(option) ? element("output") : null;
    /** @param {string} given */
    const take = (given) => {
      const value = parsed(option, given);
      if (value === undefined || option.optional) this.set({ [name]: value ?? option.default });
      else if (output) output.textContent = String(value);
      this.changed({ [name]: value ?? option.default });
    };
    shown.addEventListener(output || kind === "text" ? "input" : "change", () => take(text(shown)));
    const other = kind === "seed" ? another(label, take) : null;
    const unset = option.optional && output ? this.#unset(label, take) : null;
    const parts = kind === "switch" ? [shown, element("span", {}, label)] : [element("span", {}, label), shown];
    const row = element("div", { class: `control ${kind}`, "data-option": name, title: help });
    row.append(element("label", {}, ...parts, output), other ?? "", unset ?? "");
    this.#rows.set(name, { option, field: shown, row, output, unset });
    return row;
  }

  /**
   * A slider can be moved, but not emptied: a button does that.
   * @param {string} label
   * @param {(given: string) => void} take
   */
  #unset(label, take) {
    const title = "Back to what it is where nothing is set";
    const onclick = () => take("");
    return element("button", { type: "button", title, "aria-label": `${title}: ${label}`, onclick }, "×");
  }

  /** Shows values; null is nothing. @param {Record<string, Knob>} values */
  set(values) {
    for (const [name, given] of Object.entries(values)) {
      this.#pins.get(name)?.set(String(given));
      this.#attributes.get(name)?.set(String(given));
      const row = this.#rows.get(name);
      if (!row) continue;
      if (row.unset) row.unset.hidden = given === "";
      if (row.unset?.hidden) continue; // what a slider without a value stands at, the painter says
      show(row.field, given);
      if (row.output) row.output.textContent = String(given ?? "");
    }
  }

  /** Where sliders stand that nobody has set. @param {Record<string, number>} values */
  stand(values) {
    for (const [name, value] of Object.entries(values)) {
      const row = this.#rows.get(name);
      if (!row?.unset?.hidden || !row.output) continue;
      show(row.field, value);
      row.output.textContent = String(value);
    }
  }

  /**
   * Offers other choices, and keeps the one that is shown.
   * @param {string} name of an option
   * @param {[value: string, label: string][]} choices
   */
  offer(name, choices) {
    const field = this.#rows.get(name)?.field;
    const key = JSON.stringify(choices);
    if (!(field instanceof HTMLSelectElement) || field.dataset.offered === key) return;
    field.dataset.offered = key;
    menu(field, choices);
  }

  /**
   * Offers the classes and attributes of a run's data where some are to be chosen.
   * @param {News} info of the run
   * @param {Values} values that are chosen
   * @returns {Values} what replaces those that are none of these data
   */
  asked(info, values) {
    const { classes, conditional, takes_attributes } = info;
    /** @type {Values} */
    const replaced = {};
    for (const [name, menus] of this.#attributes) if (!menus.offer(info, String(values[name]))) replaced[name] = "";
    for (const [name, { option }] of this.#rows) {
      if (option.kind !== "class") continue;
      /** @type {[string, string][]} */
      const choices = [...Object.entries(option.names), ...Object.entries(classes)];
      const value = String(values[name]);
      this.offer(name, conditional ? choices : [[value, "unconditional"]]);
      this.disable(name, !conditional);
      this.hide(name, takes_attributes);
      if (conditional && !choices.some(([choice]) => choice === value)) replaced[name] = choices[0][0];
      this.set({ [name]: replaced[name] ?? value });
    }
    return replaced;
  }

  /**
   * Offers the picture on the stage where one can be pinned.
   * @param {string} run
   * @param {string} picture
   */
  pictures(run, picture) {
    for (const pin of this.#pins.values()) pin.offer(run, picture);
  }

  /**
   * Takes a control away, or brings it back.
   * @param {string} name of an option
   * @param {boolean} hidden
   */
  hide(name, hidden) {
    const row = this.#rows.get(name)?.row;
    if (row) row.hidden = hidden;
  }

  /**
   * Bounds a number by what a run has.
   * @param {string} name of an option
   * @param {number} most
   */
  bound(name, most) {
    const field = this.#rows.get(name)?.field;
    if (field instanceof HTMLInputElement) field.max = String(most);
  }

  /**
   * @param {string} name of an option
   * @param {boolean} disabled
   */
  disable(name, disabled) {
    const field = this.#rows.get(name)?.field;
    if (field) field.disabled = disabled;
  }

  /** What a choice is called. @param {string} name of an option @param {Value} value */
  label(name, value) {
    const field = this.#rows.get(name)?.field;
    const options = field instanceof HTMLSelectElement ? [...field.options] : [];
    return options.find((option) => option.value === String(value))?.textContent ?? String(value);
  }
}
