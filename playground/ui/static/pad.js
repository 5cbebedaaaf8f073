// A pad to draw on with finger or mouse: white on black for gray data, a few colors on white for others.

import { context2d } from "./canvas.js";
import { element } from "./dom.js";
import { pen } from "./drag.js";

/** @import { Film } from "./film.js" */

const SIDE = 224; // pixels
const MOST = 20; // strokes that can be undone

export class Pad {
  #dirty = false;
  /** What was on the pad before each of the last strokes. @type {ImageData[]} */
  #before = [];
  #waiting = 0;
  /** Where the line is, as shares of the pad. @type {[number, number]} */
  #last = [0, 0];

  /**
   * @param {Film} film whose data say what is drawn with
   * @param {AbortSignal} signal
   * @param {{drawn: (blob: Blob | null) => void, cleared: () => void}} events
   */
  constructor(film, signal, { drawn, cleared }) {
    this.film = film;
    this.drawn = drawn;
    const label = "Draw here; with the keyboard the arrows move the pen, and Space puts it down and takes it up";
    this.canvas = element("canvas", { class: "pad", width: SIDE, height: SIDE, "aria-label": label });
    this.context = context2d(this.canvas);
    this.brush = element("input", { type: "range", min: 4, max: 48, value: 18, "aria-label": "Width of the brush" });
    this.ink = element("input", { type: "color", value: "#f5b800", "aria-label": "Color of the brush" });
    const clear = () => {
      this.clear();
      cleared();
    };
    this.eraser = element("button", { "aria-pressed": "false", title: "Takes away what is drawn" }, "Eraser");
    this.eraser.addEventListener("click", () => this.eraser.setAttribute("aria-pressed", String(!this.erasing)));
    const undo = element(
      "button",
      { onclick: () => this.undo() || clear(), title: "Takes the last stroke back" },
      "Undo",
    );
    const clearing = element("button", { onclick: clear }, "Clear");
    const ways = element("div", { class: "picture-ways" }, this.brush, this.ink, this.eraser, undo, clearing);
    const frame = pen(this.canvas, { begin: (x, y) => this.#begin(x, y), to: (x, y) => this.#stroke(x, y) });
    this.root = element("div", { class: "picture-pad" }, frame, ways);
    const renew = () => {
      this.ink.hidden = this.gray;
      if (!this.#dirty) this.clear();
    };
    film.addEventListener("run", renew, { signal });
    renew();
  }

  get gray() {
    return this.film.track?.info.channels === 1;
  }

  get erasing() {
    return this.eraser.getAttribute("aria-pressed") === "true";
  }

  /** The color of an empty pad. */
  get #ground() {
    return this.gray ? "#000" : "#fff";
  }

  #fill() {
    this.context.fillStyle = this.#ground;
    this.context.fillRect(0, 0, SIDE, SIDE);
  }

  /**
   * @param {number} x as a share of the pad
   * @param {number} y
   */
  #begin(x, y) {
    if (!this.#dirty) this.#fill();
    this.#dirty = true;
    this.#before = [...this.#before.slice(1 - MOST), this.context.getImageData(0, 0, SIDE, SIDE)];
    this.#last = [x, y];
    this.#stroke(x, y);
  }

  /**
   * @param {number} x as a share of the pad
   * @param {number} y
   */
  #stroke(x, y) {
    const { context } = this;
    context.strokeStyle = this.erasing ? this.#ground : this.gray ? "#fff" : this.ink.value;
    context.lineWidth = Number(this.brush.value);
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    for (const [right, below] of [this.#last, [x, y]]) context.lineTo(SIDE * right, SIDE * below);
    context.stroke();
    this.#last = [x, y];
    this.#send();
  }

  /** Hands on what is drawn, once the pen rests for a moment. */
  #send() {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.canvas.toBlob((blob) => this.#dirty && this.drawn(blob), "image/png"), 80);
  }

  /** Takes the last stroke back; whether something is left on the pad. */
  undo() {
    const before = this.#before.pop();
    if (!before || !this.#before.length) return false;
    this.context.putImageData(before, 0, 0);
    this.#send();
    return true;
  }

  /** Takes away what is drawn, and what was still to be sent of it. */
  clear() {
    clearTimeout(this.#waiting);
    this.#dirty = false;
    this.#before = [];
    this.#fill();
    this.context.fillStyle = this.gray ? "#888" : "#777";
    this.context.font = "16px system-ui, sans-serif";
    this.context.textAlign = "center";
    this.context.fillText("draw here", SIDE / 2, SIDE / 2 + 4);
  }
}
