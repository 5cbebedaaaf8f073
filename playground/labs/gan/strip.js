// One direction as a row: its name, a strip of pictures along it, and a slider below the strip.

import { color, draw } from "../../ui/static/canvas.js";
import { element } from "../../ui/static/dom.js";
import { fixed } from "../../ui/static/format.js";

const STEP = 0.05; // of the slider, in standard deviations
const THUMB = 16; // CSS pixels: a slider's handle is as wide

/** @typedef {{image: ImageBitmap, frames: number, extent: number}} Strips rows of `frames` pictures, from -extent to extent */

export class Strip {
  #extent = 3;
  #frames = 7;

  /**
   * @param {string} name of the direction, in a link
   * @param {(value: number) => void} move hears where the slider or the strip was touched, in standard deviations
   */
  constructor(name, move) {
    this.name = name;
    this.title = element("b");
    this.note = element("span");
    this.effect = element("span", { class: "direction-effect" });
    this.value = element("output");
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.range = element("input", { type: "range", step: STEP, "data-direction": name });
    this.range.addEventListener("input", () => move(Number(this.range.value)));
    this.canvas.addEventListener("click", ({ offsetX }) => move(this.#at(offsetX / this.canvas.clientWidth)));
    const words = element("div", { class: "direction-name" }, this.title, this.note, this.effect);
    const along = element("div", { class: "direction-along" }, this.canvas, this.range);
    this.root = element("div", { class: "direction" }, words, along, this.value);
  }

  /** The value of the picture at a share of the strip. @param {number} share */
  #at(share) {
    const frame = Math.max(0, Math.min(this.#frames - 1, Math.floor(share * this.#frames)));
    return ((2 * frame) / (this.#frames - 1) - 1) * this.#extent;
  }

  /**
   * @param {string} title
   * @param {string} note what stands below it
   * @param {number} extent to which the slider goes on either side, in standard deviations
   */
  call(title, note, extent) {
    this.#extent = extent;
    Object.assign(this.range, { min: -extent, max: extent });
    this.title.textContent = title;
    this.note.textContent = note;
    this.effect.textContent = "";
    this.range.setAttribute("aria-label", `${title}, in standard deviations`);
  }

  /** @param {number} value in standard deviations */
  stand(value) {
    this.range.value = String(value);
    this.value.textContent = value ? `${value > 0 ? "+" : ""}${fixed(value, 2)}` : "0";
    this.root.classList.toggle("moved", value !== 0);
  }

  /**
   * @param {Strips} strips
   * @param {number} row of them
   * @param {number} side of a picture, in CSS pixels
   */
  paint({ image, frames, extent }, row, side) {
    this.#frames = frames;
    const { canvas, range } = this;
    Object.assign(canvas.style, { width: `${frames * side}px`, height: `${side}px` });
    // the handle goes from the middle of the first picture to that of the last one
    Object.assign(range.style, { width: `${(frames - 1) * side + THUMB}px`, marginLeft: `${(side - THUMB) / 2}px` });
    const size = image.width / frames;
    const near = Math.round(((Number(range.value) / extent + 1) / 2) * (frames - 1));
    draw(canvas, (context, width) => {
      context.imageSmoothingEnabled = side < 2 * size;
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, row * size, image.width, size, 0, 0, width, side);
      context.strokeStyle = color("--accent");
      context.lineWidth = 2;
      context.strokeRect(near * side + 1, 1, side - 2, side - 2);
    });
  }
}
