// A plane through latent space: the decoder's output at every place of it, and a point to drag.

import { legend } from "../../ui/static/colormap.js";
import { Painter } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { Lane, within } from "./lane.js";

/** @import { Values } from "../../ui/static/types.d.ts" */
/** @import { Plane } from "./lane.js" */

/** @extends {Painter<Lane>} */
export default class LatentPlane extends Painter {
  /** The picture that the point stands for, or was dragged away from. */
  #picture = this.stage.picture;
  /** @type {Cache<Plane>} */
  cache = new Cache(60);
  /** @type {((milliseconds: number) => void) | undefined} is called with how long each picture took, in benchmarks */
  measured;

  lane() {
    return new Lane(this);
  }

  show() {
    const { picture } = this.stage;
    const another = picture !== this.#picture;
    this.#picture = picture;
    if (another && this.options.moved) return this.set({ x: 0, y: 0, moved: false });
    super.show();
    this.stage.extras.replaceChildren(legend(this.fitting[0]?.info.classes ?? []));
  }

  /** @param {Values} changes */
  changed(changes) {
    if (!changes.moved) return super.changed(changes);
    for (const lane of this.lanes) lane.follow();
  }

  /**
   * The finger or a key chose a place; it stays within the plane.
   * @param {number} x
   * @param {number} y
   */
  move(x, y) {
    this.set({ x: within(x), y: within(y), moved: true });
  }
}
