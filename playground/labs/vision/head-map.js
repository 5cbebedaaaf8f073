// Where one head looks from a query in the middle: its mean attention by the offset of the patch, and its numbers.

import { color, draw, fit, halo, outlined } from "../../ui/static/canvas.js";
import { aboveUniform } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { percent } from "../../ui/static/format.js";
import { RAMP } from "../../ui/static/picture-lane.js";

/** @import { Measured } from "./heads.js" */
/** @import { Head } from "./head-plot.js" */

const SIDE = 136; // CSS pixels of the map

/** What a head is called. @param {Head} head */
export const called = ({ layer, head }) => `Block ${layer + 1}, ${head < 0 ? "mean of its heads" : `head ${head + 1}`}`;

export class HeadMap {
  constructor() {
    this.canvas = element("canvas", { role: "img" });
    this.least = element("b", {}, "uniform");
    this.most = element("b");
    const ramp = element("i", { style: `background: linear-gradient(90deg, ${RAMP})` });
    const scale = element("div", { class: "scale" }, this.least, ramp, this.most);
    this.title = element("h4");
    this.numbers = element("dl");
    this.reach = element("figcaption");
    const said = element("div", { "aria-live": "polite" }, this.title, this.numbers);
    this.words = element("div", {}, said);
    this.root = element(
      "div",
      { class: "head-map" },
      element("figure", {}, this.canvas, scale, this.reach),
      this.words,
    );
  }

  /**
   * @param {Measured} measured
   * @param {Head} head
   * @param {Float32Array} values its map
   * @param {number} most the end of the scale
   */
  paint({ words, tensors }, head, values, most) {
    const { grid, size, uniform } = words;
    const side = 2 * grid - 1;
    const cell = Math.max(1, Math.floor(SIDE / side));
    fit(this.canvas, cell * side);
    draw(this.canvas, (context) => {
      for (const [i, value] of values.entries()) {
        const [red, green, blue, opacity] = aboveUniform(value, most);
        context.fillStyle = `rgba(${red},${green},${blue},${opacity})`;
        context.fillRect((i % side) * cell, Math.floor(i / side) * cell, cell, cell);
      }
      const middle = (grid - 1) * cell;
      outlined(context, halo(1), () => context.rect(middle + 1, middle + 1, cell - 2, cell - 2));
    });
    this.canvas.style.background = color("--wash");
    this.most.textContent = `${most.toFixed(1)}×`;
    this.title.textContent = called(head);
    this.canvas.setAttribute("aria-label", `Where it looks from the query in the middle: ${called(head)}`);
    const { distance, entropy, class_token: token } = tensors;
    /** @param {{data: Float32Array, shape: number[]}} tensor */
    const of = ({ data, shape: [, heads] }) => {
      const row = data.slice(head.layer * heads, (head.layer + 1) * heads);
      return head.head < 0 ? row.reduce((sum, value) => sum + value, 0) / heads : row[head.head];
    };
    const told = [
      [
        "Distance",
        `${of(distance).toFixed(1)} px`,
        `${percent(of(distance) / size)} of the side; uniform ${uniform.toFixed(1)} px`,
      ],
      [
        "Entropy",
        `${of(entropy).toFixed(2)} nats`,
        `of ${Math.log(grid ** 2).toFixed(2)}, as over ${Math.exp(of(entropy)).toFixed(0)} of ${grid ** 2} patches`,
      ],
      ...(words.has_class_token ? [["Class token", percent(of(token)), "of the attention of patches"]] : []),
    ];
    this.numbers.replaceChildren(
      ...told.flatMap(([name, value, more]) => [
        element("dt", {}, name),
        element("dd", {}, element("b", {}, value), ` ${more}`),
      ]),
    );
    const patch = size / grid;
    this.reach.textContent = `±${Math.round((grid - 1) * patch)} px around the query`;
  }
}
