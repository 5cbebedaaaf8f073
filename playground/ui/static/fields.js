// Fields of the page's own for what can be set, as the server has declared it.

import { element } from "./dom.js";

/** @import { Knob, Option } from "./types.d.ts" */
/** @typedef {HTMLInputElement | HTMLSelectElement} Field */

/** @param {Field} field @returns {field is HTMLInputElement} */
const isSwitch = (field) => field instanceof HTMLInputElement && field.type === "checkbox";

/** Whether a slider is as good as typing. @param {Option} option */
export const slides = ({ kind, names, step }) =>
  step !== null && ["integer", "number"].includes(kind) && !Object.keys(names).length;

/** @param {Option} option @returns {Field} */
export function field({ kind, names, ge, le, step, max_length }) {
  if (kind === "switch") return element("input", { type: "checkbox" });
  const choices = Object.entries(names);
  if (["choice", "class", "name", "run"].includes(kind)) return menu(element("select"), choices);
  const ordered = () => choices.sort(([a], [b]) => Number(a) - Number(b));
  if (choices.length) return menu(element("select"), ordered());
  if (kind === "text") return element("input", { type: "text", maxlength: max_length });
  return element("input", { type: "number", min: ge, max: le, step: step ?? (kind === "number" ? "any" : 1) });
}

/** A slider for a number between its bounds. @param {Option} option */
export const slider = ({ ge, le, step }) => element("input", { type: "range", min: ge, max: le, step });

const MOST_RANDOM = 1e6;

/**
 * A button that draws another seed.
 * @param {string} label of its field
 * @param {(seed: string) => void} take
 */
export function another(label, take) {
  const onclick = () => take(String(Math.floor(MOST_RANDOM * Math.random())));
  const title = "Draws another number";
  return element("button", { type: "button", title, "aria-label": `Another number for ${label}`, onclick }, "↻");
}

/**
 * Shows a value; null is nothing.
 * @param {Field} field
 * @param {Knob} value
 */
export function show(field, value) {
  if (isSwitch(field)) field.checked = value === true;
  else field.value = String(value ?? "");
  // a link may name what the menu does not offer
  if (field instanceof HTMLSelectElement && field.selectedIndex < 0) {
    field.append(element("option", { value }, String(value)));
    field.value = String(value);
  }
}

/** What it says, as a link has it; where something is typed that is no number, "NaN". @param {Field} field */
export function text(field) {
  if (isSwitch(field)) return String(field.checked);
  return field.validity.badInput ? "NaN" : field.value; // the browser would say "", which may be allowed
}

/**
 * Offers other choices, and keeps the one that is shown where it is among them.
 * @param {HTMLSelectElement} select
 * @param {[value: string, label: string][]} choices
 */
export function menu(select, choices) {
  const { value } = select;
  select.replaceChildren(...choices.map(([value, label]) => element("option", { value }, label)));
  if (choices.some(([one]) => one === value)) select.value = value;
  return select;
}
