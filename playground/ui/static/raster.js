// What is on the stage as pixels, with its captions.

import { color, context2d } from "./canvas.js";
import { element, find } from "./dom.js";

/** @import { Stage } from "./stage.js" */

const MARGIN = 16; // CSS pixels above and below

/**
 * The stage without what is in its bar, cut off below the view.
 * @param {Stage} stage
 * @param {number} density pixels of the picture for one of the page
 */
export async function raster({ section, place }, density) {
  await import("./vendor/html-to-image.js");
  const bar = find(section, ".stage-bar", HTMLElement);
  const whole = await globalThis.htmlToImage.toCanvas(section, {
    backgroundColor: color("--ground"),
    pixelRatio: density,
    skipFonts: true,
    includeQueryParams: true,
    // the values of all others hold those of custom properties, of which Gradio has hundreds
    includeStyleProperties: [...getComputedStyle(section)].filter((name) => !name.startsWith("--")),
    // the bar keeps its height, so that what lies over the stage stays where it is
    filter: (node) => node.parentElement !== bar,
  });
  const { top } = section.getBoundingClientRect();
  const lowest = Math.max(...[...place.children].map((child) => child.getBoundingClientRect().bottom - top));
  const above = density * (bar.offsetHeight - MARGIN);
  const height = Math.min(whole.height, Math.ceil(density * (lowest + MARGIN))) - above;
  const canvas = element("canvas", { width: whole.width, height });
  context2d(canvas).drawImage(whole, 0, -above);
  return canvas;
}
