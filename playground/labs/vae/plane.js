// A plane through latent space: the decoder's output at every place of it, and a point to drag.

import { legend } from "../../ui/static/colormap.js";
import { Painter } from "../../ui/static/painter.js";
import { Cache } from "../../ui/static/requests.js";
import { directions } from "./directions.js";
import { Lane, within } from "./lane.js";

/** @import { Values } from "../../ui/static/types.d.ts" */
/** @import { Sheet } from "./dots.js" */
/** @import { Plane } from "./lane.js" */

/** @extends {Painter<Lane>} */
export default class LatentPlane extends Painter {
  /** The picture that the point stands for, or was dragged away from. */
  #picture = this.stage.picture;
  /** @type {Cache<Plane>} */
  cache = new Cache(60);
  /** @type {Cache<Sheet>} */
  sheets = new Cache(8);
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
    this.offer();
    this.stage.extras.replaceChildren(legend(this.fitting[0]?.info.classes ?? []));
  }

  /** Offers the directions that the first run has, and a residual only where a plane leaves any. */
  offer() {
    const { controls, fitting, options } = this;
    const latent = fitting.map(({ info }) => Number(info.knobs.latent));
    controls.hide(
      "off_plane",
      latent.every((one) => one === 2),
    );
    if (!latent.length) return;
    const [across, up] = this.lanes[0]?.usual ?? ["", ""];
    controls.offer("across", directions(latent[0], across, options.up || up));
    controls.offer("up", directions(latent[0], up, options.across || across));
    controls.set({ across: options.across === across ? "" : options.across, up: options.up === up ? "" : options.up });
  }

  /** @param {Values} changes */
  changed(changes) {
    const turned = "across" in changes || "up" in changes;
    if (turned && this.options.moved) return this.set({ x: 0, y: 0, moved: false }); // they are other coordinates now
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
