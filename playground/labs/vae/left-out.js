// What a plane leaves out of a picture: decoded from its whole code, from its place on the plane alone, and the difference.

import { context2d, enlarge, resize, show } from "../../ui/static/canvas.js";
import { rgb } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { fixed, percent } from "../../ui/static/format.js";
import { address } from "../../ui/static/server.js";

/** @import { Pictures, Query } from "../../ui/static/types.d.ts" */

const ROOM = 88; // CSS pixels for a picture
const LEAST = 56; // where four of them stand side by side
const GAP = 8;
const FAINT = 0.05; // of brightness: a scale that ended below it would show rounding
const [BRIGHTER, DARKER] = ["d55e00", "0072b2"].map(rgb);

/**
 * By how much a picture is brighter than another one, at each pixel the mean over the channels, from -1 to 1.
 * @param {Pictures} picture (C, H, W)
 * @param {Pictures} other likewise
 * @returns {Float32Array} (H, W)
 */
export function difference({ data, shape: [channels, height, width] }, { data: other }) {
  const values = new Float32Array(height * width);
  for (const [i, value] of data.entries()) values[i % values.length] += (value - other[i]) / (255 * channels);
  return values;
}

export class LeftOut {
  constructor() {
    this.given = element("img", { class: "tile given", alt: "The encoded picture", hidden: true });
    const label = "Decoded from its place on the plane alone";
    this.whole = element("canvas", { class: "tile", role: "img", "aria-label": "Decoded from its whole code" });
    this.projected = element("canvas", { class: "tile", role: "img", "aria-label": label });
    this.difference = element("canvas", { class: "tile", role: "img", "aria-label": "Their difference" });
    this.scale = element("figcaption");
    const names = ["given", "whole code", "plane alone"];
    const captions = [...names.map((name) => element("figcaption", {}, name)), this.scale];
    const tiles = [this.given, this.whole, this.projected, this.difference];
    this.figures = tiles.map((tile, i) => element("figure", {}, tile, captions[i]));
    this.row = element("div", { class: "left-out" }, ...this.figures);
    this.words = element("p", { class: "caption" });
    this.root = element("div", { hidden: true }, this.row, this.words);
  }

  /**
   * @param {Query} query of the answer about the picture
   * @param {Pictures} whole (C, H, W)
   * @param {Pictures} projected likewise
   */
  show({ run, picture }, whole, projected) {
    this.given.src = address(`/pictures/${picture}.png`, { run });
    this.given.hidden = this.root.hidden = false;
    show(this.whole, whole);
    show(this.projected, projected);
    const values = difference(whole, projected);
    const most = Math.max(FAINT, ...values.map(Math.abs));
    const [, height, width] = whole.shape;
    const image = new ImageData(width, height);
    for (const [i, value] of values.entries()) {
      image.data.set([...(value > 0 ? BRIGHTER : DARKER), (255 * Math.abs(value)) / most], 4 * i);
    }
    resize(this.difference, width, height);
    context2d(this.difference).putImageData(image, 0, 0);
    this.scale.textContent = `difference, ±${fixed(most, 2)}`;
    this.scale.title = "Of brightness from 0 to 1, the mean over the channels";
  }

  /**
   * How much is left out, in words; of a plane that is all of the space, nothing is, and nothing is shown of it.
   * @param {number} share of the code's squared distance from the plane's origin
   * @param {number} explained the share of all codes' variance that lies in the plane
   * @param {boolean} all whether the plane is all of the space
   */
  say(share, explained, all) {
    for (const figure of this.figures.slice(2)) figure.hidden = all;
    this.words.textContent = all
      ? "The plane is all of latent space, so it leaves nothing out."
      : `The plane leaves out ${percent(share)} of this code's squared distance from the plane's origin, and ` +
        `${percent(1 - explained)} of the variance of all codes. Orange is brighter with the whole code, blue darker.`;
  }

  /**
   * @param {number} size of a picture, in its own pixels
   * @param {number} width of the column, in CSS pixels
   */
  fit(size, width) {
    const four = (width - 3 * GAP) / 4;
    const narrow = four < LEAST;
    this.row.classList.toggle("narrow", narrow);
    const room = Math.min(ROOM, narrow ? (width - GAP) / 2 : four);
    for (const tile of [this.given, this.whole, this.projected, this.difference]) enlarge(tile, size, room);
  }
}
