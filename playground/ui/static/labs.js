// The labs' tabs, which are Gradio's: one stop of the Tab key, and the arrow keys walk through them.

import { arrows } from "./drag.js";

/** The strip that the keys walk through. @type {Element | null} */
let strip = null;

/**
 * A lab has come to the front: its tab is the one that Tab stops at.
 * @param {string} lab
 */
export function turned(lab) {
  const front = document.getElementById(`lab-${lab}-button`);
  const tabs = front?.parentElement;
  if (!tabs) return;
  if (tabs !== strip) arrows(tabs);
  strip = tabs;
  for (const tab of tabs.querySelectorAll("button")) tab.tabIndex = tab === front ? 0 : -1;
  tabs.parentElement?.scrollTo({ left: front.offsetLeft - tabs.offsetLeft - front.offsetWidth }); // on a phone
}
