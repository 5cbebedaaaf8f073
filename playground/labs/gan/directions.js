// Directions in the space of codes: a picture that moves along them, and a strip of pictures and a slider for each.

import { Painter } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { Lane } from "./directions-lane.js";
import { moved } from "./moves.js";

/** @import { Values } from "../../ui/static/types.d.ts" */
/** @import { Measured } from "./effects.js" */
/** @import { Found } from "./directions-lane.js" */

/** @extends {Painter<Lane>} */
export default class Directions extends Painter {
  #looked = "";
  /** @type {Cache<Found>} */
  strips = new Cache(60);
  /** @type {Cache<Measured>} */
  effects = new Cache(60);
  /** @type {((milliseconds: number) => void) | undefined} is called with how long each picture took, in benchmarks */
  measured;

  lane() {
    return new Lane(this);
  }

  /** Whether the directions on the stage are those that have names. */
  get named() {
    return this.options.found === "attributes";
  }

  show() {
    const looked = this.fitting.map(({ id }) => id).join();
    const isOther = this.#looked && looked !== this.#looked;
    this.#looked = looked;
    // another run has its own directions, and perhaps other attributes
    if (isOther && (this.options.moved || this.options.attribute)) return this.set({ moved: "", attribute: "" });
    for (const name of ["attribute", "keep"]) this.controls.hide(name, !this.named);
    super.show();
  }

  /** Offers the attributes that the labeler tells. @param {string[]} names */
  offer(names) {
    const choices = names.map((name, i) => /** @type {[string, string]} */ ([String(i + 1), name]));
    this.controls.offer("attribute", [["", "the best of each"], ...choices]);
  }

  /** @param {Values} changes */
  changed(changes) {
    if (Object.keys(changes).some((name) => name !== "moved")) return super.changed(changes);
    for (const lane of this.lanes) lane.move();
  }

  /**
   * A slider was moved.
   * @param {string} name of its direction
   * @param {number} value in standard deviations
   */
  move(name, value) {
    this.set({ moved: moved(this.options.moved, name, value) });
  }
}
