// A pad to draw on with finger or mouse: white on black for gray data, a few colors on white for others.

import { context2d } from "./canvas.js";
import { element } from "./dom.js";

/** @import { Film } from "./film.js" */

const SIDE = 224; // pixels

export class Pad {
  #dirty = false;
  #waiting = 0;
  /** @type {[number, number] | null} where the last line ended */
  #last = null;

  /**
   * @param {Film} film whose data say what is drawn with
   * @param {AbortSignal} signal
   * @param {{drawn: (blob: Blob | null) => void, cleared: () => void}} events
   */
  constructor(film, signal, { drawn, cleared }) {
    this.film = film;
    this.drawn = drawn;
    this.canvas = element("canvas", { class: "pad", width: SIDE, height: SIDE, "aria-label": "Draw here" });
    this.context = context2d(this.canvas);
    this.brush = element("input", { type: "range", min: 4, max: 48, value: 18, "aria-label": "Width of the brush" });
    this.ink = element("input", { type: "color", value: "#f5b800", "aria-label": "Color of the brush" });
    const clear = () => {
      this.clear();
      cleared();
    };
    const ways = element(
      "div",
      { class: "picture-ways" },
      this.brush,
      this.ink,
      element("button", { onclick: clear }, "Clear"),
    );
    this.root = element("div", { class: "picture-pad" }, this.canvas, ways);
    this.#wire();
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

  #wire() {
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      if (!this.#dirty) this.#fill();
      this.#dirty = true;
      this.#last = this.#at(event);
      this.#stroke(event);
    });
    this.canvas.addEventListener("pointermove", (event) => this.#stroke(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(kind, () => {
        this.#last = null;
      });
    }
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #at({ offsetX, offsetY }) {
    return [(offsetX * SIDE) / this.canvas.clientWidth, (offsetY * SIDE) / this.canvas.clientHeight];
  }

  #fill() {
    this.context.fillStyle = this.gray ? "#000" : "#fff";
    this.context.fillRect(0, 0, SIDE, SIDE);
  }

  /** @param {PointerEvent} event */
  #stroke(event) {
    if (!this.#last) return;
    const { context } = this;
    const here = this.#at(event);
    context.strokeStyle = this.gray ? "#fff" : this.ink.value;
    context.lineWidth = Number(this.brush.value);
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...this.#last);
    context.lineTo(...here);
    context.stroke();
    this.#last = here;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.canvas.toBlob((blob) => this.#dirty && this.drawn(blob), "image/png"), 80);
  }

  /** Takes away what is drawn, and what was still to be sent of it. */
  clear() {
    clearTimeout(this.#waiting);
    this.#dirty = false;
    this.#fill();
    this.context.fillStyle = this.gray ? "#888" : "#777";
    this.context.font = "16px system-ui, sans-serif";
    this.context.textAlign = "center";
    this.context.fillText("draw here", SIDE / 2, SIDE / 2 + 4);
  }
}
