// A share as a bar between its name and its value.

import { element } from "./dom.js";

/**
 * @param {string} label
 * @param {{title?: string, right?: boolean}} [look] whether it is the one that matters
 * @returns {{root: HTMLElement, set: (share: number, text: string) => void}}
 */
export function bar(label, { title = label, right = false } = {}) {
  const fill = element("i");
  const value = element("b");
  const root = element("div", { class: right ? "bar right" : "bar", title }, element("span", {}, label), fill, value);
  const set = (/** @type {number} */ share, /** @type {string} */ text) => {
    fill.style.setProperty("--value", String(share));
    value.textContent = text;
  };
  return { root, set };
}
