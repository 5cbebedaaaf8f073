// A place on the stage that a lesson asks for: where the visitor thinks that it lies, and where it was measured.

import { element } from "./dom.js";
import { draggable } from "./drag.js";

/**
 * @typedef {[x: number, y: number]} At shares of the view's main canvas from its upper left corner
 * @typedef {[left: number, top: number, right: number, bottom: number]} Region the same
 */

const STRIDE = 0.05; // of an arrow key
const LABEL = "Where? Click, drag, or move the mark with the arrow keys";

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)}%`;
/** @param {number} share @returns {number} within the canvas, with the digits that are kept */
const within = (share) => Number(Math.max(0, Math.min(1, share)).toFixed(3));

/** A place in words. @param {At} at */
export const words = ([x, y]) => `${percent(x)} from the left, ${percent(y)} from the top`;

/** @param {At} at @param {Region} region */
export const inside = ([x, y], [left, top, right, bottom]) => left <= x && x <= right && top <= y && y <= bottom;

/** Lies over the view's main canvas, wherever a painter puts that. */
export class Place {
  #frame = 0;

  /**
   * @param {HTMLElement} stage
   * @param {() => boolean} fits whether the stage shows what it is about
   * @param {At | null} at where the visitor thinks that it lies
   * @param {((at: At) => void) | Region} then hears of each choice; or where it was measured, and nothing can be chosen
   */
  constructor(stage, fits, at, then) {
    this.stage = stage;
    this.fits = fits;
    this.mark = element("i", { class: "place-mark" });
    this.region = element("i", { class: "place-region" });
    this.root = element("div", { class: "place", hidden: true }, this.region, this.mark);
    this.#put(at);
    if (typeof then === "function") this.#ask(at ?? [0.5, 0.5], then);
    else {
      const [left, top, right, bottom] = then.map(percent);
      this.region.style.inset = `${top} calc(100% - ${right}) calc(100% - ${bottom}) ${left}`;
      this.region.textContent = "measured";
    }
    stage.append(this.root);
    this.#follow();
  }

  /**
   * @param {At} at
   * @param {(at: At) => void} chosen
   */
  #ask([x, y], chosen) {
    const { root } = this;
    // an application, so that screen readers leave the arrow keys to it
    Object.assign(root, { role: "application", tabIndex: 0, ariaLabel: LABEL });
    /** @param {number} right @param {number} down */
    const to = (right, down) => {
      [x, y] = [within(right), within(down)];
      this.#put([x, y]);
      chosen([x, y]);
    };
    draggable(root, { to, by: (right, up) => to(x + STRIDE * right, y - STRIDE * up) });
  }

  /** @param {At | null} at */
  #put(at) {
    this.mark.hidden = !at;
    if (at) [this.mark.style.left, this.mark.style.top] = at.map(percent);
  }

  #follow() {
    const { root, stage } = this;
    const main = stage.querySelector("[data-part=main]");
    const [outer, inner] = [stage.getBoundingClientRect(), main?.getBoundingClientRect()];
    root.hidden = !(inner?.width && this.fits());
    if (inner) {
      const { style } = root;
      style.left = `${inner.left - outer.left}px`;
      style.top = `${inner.top - outer.top}px`;
      style.width = `${inner.width}px`;
      style.height = `${inner.height}px`;
    }
    this.#frame = requestAnimationFrame(() => this.#follow());
  }

  remove() {
    cancelAnimationFrame(this.#frame);
    this.root.remove();
  }
}
