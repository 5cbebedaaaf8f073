// One expert of pictures: where in them it is asked, and for which patches.

import { at } from "../../../ui/static/answer.js";
import { context2d, draw, resize, tile } from "../../../ui/static/canvas.js";
import { viridis } from "../../../ui/static/colormap.js";
import { element } from "../../../ui/static/dom.js";
import { ExpertRow } from "./expert-list.js";

/** @import { Pictures, Tensor } from "../../../ui/static/types.d.ts" */

const GAP = 2; // CSS pixels between two patches

export class PatchRow extends ExpertRow {
  /**
   * @param {number} number counted from 0
   * @param {string} ink
   * @param {() => void} choose
   */
  constructor(number, ink, choose) {
    super(number, ink, choose);
    this.places = element("canvas", { class: "expert-places", role: "img" });
    this.patches = element("canvas", { class: "expert-patches", role: "img" });
    this.classes.before(this.places, this.patches);
  }

  /**
   * @param {Tensor<Float32Array>} places (grid, grid), the share of the patches at a place
   * @param {Pictures} patches (n, C, p, p), those that it is the likeliest choice for
   * @param {number} shown how many of these there are
   */
  picture(places, patches, shown) {
    this.places.setAttribute("aria-label", `Where in the picture expert ${this.number + 1} is asked`);
    this.patches.setAttribute("aria-label", `The ${shown} patches that it is the likeliest choice for`);
    const [grid] = places.shape;
    resize(this.places, grid);
    const image = new ImageData(grid, grid);
    for (const [i, share] of places.data.entries()) image.data.set([...viridis(share), 255], 4 * i);
    context2d(this.places).putImageData(image, 0, 0);
    const [most] = patches.shape;
    draw(this.patches, (context, width) => {
      const side = (width - GAP * (most - 1)) / most;
      for (let i = 0; i < shown; i++) tile(context, at(patches, i), i * (side + GAP), 0, side);
    });
  }
}
