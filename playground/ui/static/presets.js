// What a training that is stepped can begin with, what that shows, and the one knob that cures what fails.

import { Controls } from "./controls.js";
import { element, say } from "./dom.js";

/** @import { Knob, Option, Preset, Stepping } from "./types.d.ts" */

/**
 * @typedef {object} Acts
 * @property {(name: string) => void} choose begins another preset
 * @property {(knobs: Record<string, Knob>) => void} cure goes on twice from here, once with a knob turned
 */

const BOTH = "Goes on twice from here, side by side: as it is, and with this one knob turned";

export class Presets {
  /** @type {Controls} */
  #choice;

  /**
   * @param {Stepping} stepping
   * @param {Acts} acts
   */
  constructor(stepping, acts) {
    this.stepping = stepping;
    const place = element("div", { class: "inspect-controls toy-presets" });
    this.#choice = new Controls(place, options(stepping), ({ name }) => acts.choose(String(name)));
    this.about = element("p", { class: "toy-about quiet" });
    this.cure = element("button", { class: "toy-cure", title: BOTH, hidden: true });
    this.cure.addEventListener("click", () => {
      const { cure } = this.#preset ?? {};
      if (cure) acts.cure({ [cure.knob]: cure.value });
    });
    this.roots = [place, this.about, this.cure];
  }

  /** @type {Preset | undefined} */
  #preset;

  /**
   * Shows which preset a run began with, and whether its cure is still to be had.
   * @param {string} name of its recipe
   * @param {Record<string, Knob>} knobs as they are now
   */
  set(name, knobs) {
    this.#preset = this.stepping.presets[name];
    const { about = "", cure = null } = this.#preset ?? {};
    this.#choice.set({ name });
    say(this.about, about, true);
    this.cure.hidden = !cure;
    if (!cure) return;
    const label = this.stepping.knobs.find((knob) => knob.name === cure.knob)?.label ?? cure.knob;
    const cured = knobs[cure.knob] === cure.value;
    this.cure.disabled = cured;
    this.cure.textContent = cured
      ? `Cured: ${label} ${cure.value}`
      : `Cure: ${label} ${knobs[cure.knob]} → ${cure.value}`;
  }
}

/** The choice among a view's presets, where it has any. @param {Stepping} stepping @returns {Option[]} */
function options({ presets }) {
  const names = Object.fromEntries(Object.entries(presets).map(([name, { label }]) => [name, label]));
  const help = "All knobs at once; begins again.";
  const option = { name: "name", kind: /** @type {const} */ ("name"), label: "Preset", help, default: "", names };
  const free = {
    optional: false,
    ge: null,
    le: null,
    step: null,
    pattern: null,
    max_length: 200,
    unit: "",
    shown: true,
  };
  return Object.keys(names).length ? [{ ...option, ...free }] : [];
}
