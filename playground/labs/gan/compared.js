// A picture that was moved, large, and beside it what it was before and where it differs.

import { context2d, enlarge, resize, show } from "../../ui/static/canvas.js";
import { signed } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { difference } from "./moves.js";

/** @import { Pictures } from "../../ui/static/types.d.ts" */

const [SMALL, GAP] = [64, 16]; // CSS pixels of a small picture, and between it and the large one
const LEAST = 128; // and of the large one
const STRONG = 0.3; // a difference at which the map's colors end, as a share of all brightness

export class Compared {
  /** @type {Pictures | null} */
  #picture = null;
  /** @type {Pictures | null} */
  #original = null;

  /** @param {() => void} back takes all moves back */
  constructor(back) {
    const label = "The picture, moved along the directions whose sliders were set";
    this.canvas = element("canvas", { class: "tile", role: "img", "aria-label": label, "data-part": "main" });
    this.before = element("canvas", { class: "tile", role: "img", "aria-label": "The picture before it was moved" });
    const title = "Blue where the picture is brighter now, orange where it is darker";
    this.map = element("canvas", { class: "tile", role: "img", "aria-label": title, title });
    this.back = element("button", { type: "button", title: "Back to the original", onclick: back }, "Reset");
    this.small = element(
      "div",
      { class: "direction-pair" },
      element("figure", {}, this.before, element("figcaption", {}, "original")),
      element("figure", {}, this.map, element("figcaption", { title }, "difference")),
      this.back,
    );
    this.root = element("div", { class: "direction-picture" }, this.canvas, this.small);
  }

  /** @param {Pictures} picture (C, H, W) */
  show(picture) {
    this.#picture = picture;
    show(this.canvas, picture);
    this.#compare();
  }

  /** What it was before it was moved. @param {Pictures} picture (C, H, W) */
  from(picture) {
    this.#original = picture;
    show(this.before, picture);
    this.#compare();
  }

  /**
   * Makes all of them as large as there is room.
   * @param {number} size of a picture, in its own pixels
   * @param {number} height that there is, in CSS pixels
   */
  fit(size, height) {
    for (const canvas of [this.before, this.map]) enlarge(canvas, size, SMALL);
    enlarge(this.canvas, size, Math.max(LEAST, Math.min(this.root.clientWidth - SMALL - GAP, height)));
  }

  #compare() {
    const [picture, original] = [this.#picture, this.#original];
    if (!picture || !original || picture.data.length !== original.data.length) return;
    const size = picture.shape[2];
    const image = new ImageData(size, size);
    for (const [i, value] of difference(picture, original).entries()) {
      const [red, green, blue, opacity] = signed(value / STRONG);
      image.data.set([red, green, blue, 255 * opacity], 4 * i);
    }
    resize(this.map, size);
    context2d(this.map).putImageData(image, 0, 0);
  }
}
