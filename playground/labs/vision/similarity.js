// How alike the position codes of patches are: one map large, and all of them side by side.

import { color, context2d, draw, fit, halo, outlined, resize } from "../../ui/static/canvas.js";
import { rgb, signed } from "../../ui/static/colormap.js";
import { element } from "../../ui/static/dom.js";
import { draggable } from "../../ui/static/drag.js";

/** @import { Tensor } from "../../ui/static/types.d.ts" */

const [GAP, WIDE] = [4, 8]; // CSS pixels between two small maps, at the least and at the most
const ENDS = Array.from({ length: 17 }, (_, i) => `rgba(${signed(i / 8 - 1)})`).join();

/**
 * The place in a square grid that a point of a canvas falls on; null beside it.
 * @param {number} x as a share of the canvas
 * @param {number} y
 * @param {number} grid places in a row
 */
export function placeAt(x, y, grid) {
  const [column, row] = [Math.floor(x * grid), Math.floor(y * grid)];
  return column >= 0 && row >= 0 && column < grid && row < grid ? row * grid + column : null;
}

/**
 * The place that an arrow key leads to; the edges hold.
 * @param {number} place
 * @param {number} right -1, 0 or 1
 * @param {number} up
 * @param {number} grid
 */
export function moved(place, right, up, grid) {
  const within = (/** @type {number} */ at) => Math.max(0, Math.min(grid - 1, at));
  return grid * within(Math.floor(place / grid) - up) + within((place % grid) + right);
}

/** The map of one place, and those of all. */
export class Similarity {
  /** @type {Tensor<Float32Array> | null} (P, P) */
  #values = null;
  #place = 0;

  /**
   * @param {object} events
   * @param {(place: number | null) => void} events.hover the pointer is on a place, or on none
   * @param {(place: number) => void} events.hold a place is pressed, or a key leads there
   */
  constructor({ hover, hold }) {
    const label = "The position code of one patch compared with all; move over it, or use the arrow keys";
    this.one = element("canvas", { class: "plane", tabindex: 0, role: "application", "aria-label": label });
    this.all = element("canvas", { class: "similarities", role: "img", "aria-label": "The maps of all patches" });
    this.told = element("figcaption", { "aria-live": "polite" });
    this.counted = element("figcaption");
    const ramp = element("i", { style: `background: linear-gradient(90deg, ${ENDS})` });
    const ends = ["Cosine −1", "1"].map((end) => element("b", {}, end));
    this.scale = element("div", { class: "scale" }, ends[0], ramp, ends[1]);
    this.figures = [
      element("figure", {}, this.one, this.scale, this.told),
      element("figure", {}, this.all, this.counted),
    ];
    for (const canvas of [this.one, this.all]) {
      const at = (/** @type {PointerEvent} */ event) =>
        placeAt(event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight, this.grid);
      canvas.addEventListener("pointermove", (event) => hover(at(event)));
      canvas.addEventListener("pointerleave", () => hover(null));
    }
    draggable(this.one, {
      to: (x, y) => this.#hold(placeAt(x, y, this.grid), hold),
      by: (right, up) => this.#hold(moved(this.#place, right, up, this.grid), hold),
    });
    this.all.addEventListener("click", ({ offsetX, offsetY }) => {
      const [x, y] = [offsetX / this.all.clientWidth, offsetY / this.all.clientHeight];
      this.#hold(placeAt(x, y, this.grid), hold);
    });
  }

  /** Places in a row; 0 where the network has no codes. */
  get grid() {
    return Math.sqrt(this.#values?.shape[0] ?? 0);
  }

  /** @param {number | null} place @param {(place: number) => void} hold */
  #hold(place, hold) {
    if (place !== null && this.grid) hold(place);
  }

  /** @param {Tensor<Float32Array>} values (P, P) */
  show(values) {
    this.#values = values;
  }

  /**
   * @param {number} place whose map is large
   * @param {number} side CSS pixels of both canvases
   */
  paint(place, side) {
    const { grid } = this;
    if (!grid) return;
    this.#place = Math.min(place, grid ** 2 - 1);
    const whole = Math.floor(side / grid) * grid;
    fit(this.one, whole);
    this.scale.style.width = `${whole}px`;
    draw(this.one, (context, width) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(this.#map(this.#place), 0, 0, width, width);
      this.#frame(context, width / grid, 2);
    });
    const room = Math.floor((side + GAP) / grid) - GAP;
    const small = room < grid ? room : Math.floor(room / grid) * grid; // whole pixels for each cell
    const pitch = small + Math.max(GAP, Math.min(WIDE, room + GAP - small));
    fit(this.all, grid * pitch - (pitch - small));
    draw(this.all, (context) => {
      context.imageSmoothingEnabled = small < grid;
      for (let i = 0; i < grid ** 2; i++) {
        const [x, y] = [(i % grid) * pitch, Math.floor(i / grid) * pitch];
        context.fillStyle = color("--ground");
        context.fillRect(x, y, small, small);
        context.drawImage(this.#map(i), x, y, small, small);
      }
      context.strokeStyle = color("--accent");
      context.lineWidth = 2;
      const [x, y] = [(this.#place % grid) * pitch, Math.floor(this.#place / grid) * pitch];
      context.strokeRect(x, y, small, small);
    });
  }

  /**
   * The map of a place, a pixel a cell.
   * @param {number} place
   */
  #map(place) {
    const { grid } = this;
    const canvas = element("canvas");
    resize(canvas, grid);
    const image = new ImageData(grid, grid);
    const ground = rgb(color("--ground").replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3"));
    for (let i = 0; i < grid ** 2; i++) {
      const [red, green, blue, opacity] = signed(this.cosine(place, i));
      const mixed = [red, green, blue].map((part, c) => opacity * part + (1 - opacity) * ground[c]);
      image.data.set([...mixed, 255], 4 * i);
    }
    context2d(canvas).putImageData(image, 0, 0);
    return canvas;
  }

  /** @param {number} place @param {number} other */
  cosine(place, other) {
    return this.#values?.data[place * this.grid ** 2 + other] ?? 0;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} side of a cell
   * @param {number} width of the line
   */
  #frame(context, side, width) {
    const [x, y] = [(this.#place % this.grid) * side, Math.floor(this.#place / this.grid) * side];
    outlined(context, halo(width), () => context.rect(x + 2, y + 2, side - 4, side - 4));
  }
}
