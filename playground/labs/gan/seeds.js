// The square between four seeds: the generator's output at every place of it, and a point to drag.

import { Painter } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { Lane } from "./lane.js";

/** @import { Values } from "../../ui/static/types.d.ts" */

/** The nearest share of the square, with the digits that a link keeps. @param {number} value */
const within = (value) => Number(Math.max(0, Math.min(1, value)).toFixed(4));

/** @extends {Painter<Lane>} */
export default class Seeds extends Painter {
  /** @type {Cache<ImageBitmap>} */
  cache = new Cache(60);
  /** @type {((milliseconds: number) => void) | undefined} is called with how long each picture took, in benchmarks */
  measured;

  lane() {
    return new Lane(this);
  }

  /** @param {Values} changes */
  changed(changes) {
    if (!("x" in changes)) return super.changed(changes);
    for (const lane of this.lanes) {
      lane.draw();
      lane.paint();
    }
  }

  /**
   * The finger or a key chose a place; it stays within the square.
   * @param {number} x
   * @param {number} y
   */
  move(x, y) {
    this.set({ x: within(x), y: within(y) });
  }
}
