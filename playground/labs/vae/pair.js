// What the decoder draws, beside the picture that was encoded.

import { enlarge, show } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { address } from "../../ui/static/server.js";

/** @import { Pictures, Query } from "../../ui/static/types.d.ts" */

const ROOM = 224; // CSS pixels for a picture
const LEAST = 140; // where two of them stand side by side
const GAP = 16;

export class Pair {
  constructor() {
    this.decoded = element("canvas", { class: "tile decoded", role: "img", "aria-label": "The decoded picture" });
    this.given = element("img", { class: "tile given", alt: "The encoded picture", hidden: true });
    const figures = [this.decoded, this.given].map((picture, i) =>
      element("figure", {}, picture, element("figcaption", {}, ["decoded", "given"][i])),
    );
    this.root = element("div", { class: "pair" }, ...figures);
  }

  /** Shows the encoded picture. @param {Query} query of the answer about it */
  give({ run, picture }) {
    this.given.src = address(`/pictures/${picture}.png`, { run });
    this.given.hidden = false;
  }

  /** @param {Pictures} picture (C, H, W) */
  show(picture) {
    show(this.decoded, picture);
  }

  /**
   * Makes both as large as there is room.
   * @param {number} size of a picture, in its own pixels
   * @param {number} width of the column, in CSS pixels
   * @param {number} [most] of a picture
   */
  fit(size, width, most = ROOM) {
    const room = Math.min(most, Math.max(LEAST, (width - GAP) / 2));
    for (const picture of [this.decoded, this.given]) enlarge(picture, size, room);
  }
}
