// The side panel of a lab: what the view lets a visitor set, the form that trains, and the lesson.

import { define, element } from "./dom.js";
import { given } from "./link.js";

/** @typedef {{inspect: HTMLElement, pictures: HTMLElement, controls: HTMLElement, extras: HTMLElement, about: HTMLElement}} Places */

/** The panel's sections: the last two are printed by the server, a lesson where the lab has one. */
const SECTIONS = { inspect: "Inspect", train: "Train", lesson: "Lesson" };

/** @type {Map<string, Places>} */
const panels = new Map();

/**
 * The places of a lab's panel that a view fills.
 * @param {string} lab
 */
export function panel(lab) {
  const known = panels.get(lab);
  if (known) return known;
  const pictures = element("div", { class: "inspect-pictures", hidden: true });
  const controls = element("div", { class: "inspect-controls" });
  const extras = element("div", { class: "inspect-extras" });
  const about = element("details", { class: "inspect-about" }, element("summary", {}, "About this run"));
  const inspect = element("div", { class: "inspect" }, extras, controls, pictures, about);
  const places = { inspect, pictures, controls, extras, about };
  panels.set(lab, places);
  return places;
}

/**
 * Turns a lab's panel to a section; an event of the lab's element.
 * @param {string} lab
 * @param {keyof typeof SECTIONS} section
 */
export function turn(lab, section) {
  const tabs = document.querySelector(`lab-panel[lab="${lab}"]`);
  const room = tabs?.closest(".lab");
  if (!(tabs && room instanceof HTMLElement)) return;
  room.dataset.section = section;
  room.dispatchEvent(new Event("section"));
  for (const tab of tabs.querySelectorAll("[role=tab]")) {
    const selected = tab.getAttribute("data-section") === section;
    tab.setAttribute("aria-selected", String(selected));
    tab.setAttribute("tabindex", selected ? "0" : "-1");
  }
}

class Panel {
  /** @param {HTMLElement} root */
  constructor(root) {
    const lab = root.getAttribute("lab") ?? "";
    const printed = root.getAttribute("sections")?.split(" ") ?? [];
    const names = /** @type {(keyof typeof SECTIONS)[]} */ (printed);
    const tabs = names.map((section) => {
      const onclick = () => turn(lab, section);
      return element("button", { role: "tab", "data-section": section, onclick }, SECTIONS[section]);
    });
    const bar = element("div", { class: "panel-tabs", role: "tablist", "aria-label": "Panel" }, ...tabs);
    bar.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      const here = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
      const goal = tabs[(here + by + tabs.length) % tabs.length];
      goal.click();
      goal.focus();
    });
    root.replaceChildren(bar, panel(lab).inspect);
    const lesson = printed.includes("lesson") && given(lab, "lesson") !== null;
    turn(lab, lesson ? "lesson" : (given(lab, "recipe") ?? given(lab, "knobs")) ? "train" : "inspect");
  }
}
define("lab-panel", Panel);
